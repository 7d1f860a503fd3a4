{{ config(materialized="view") }}
select
    source,
    asset,
    event_at,
    reference_price_usd,
    price_count
from {{ ref("int_price__reference") }}
