{{ config(materialized="view") }}

-- One row per source and asset: the first bar of each timeframe that is not standard and that the source's own open
-- interest has. From this bar on, prices and flows of the timeframe are built from finer rows too.
with

    grains as (

        select source, asset, native_timeframe, event_at
        from {{ ref("int_open_interest__mapped") }}

        union all

        select oi.source, symbol_multiplier.asset, oi.native_timeframe, oi.event_at
        from {{ ref("stg_open_interest") }} as oi
        inner join {{ ref("symbol_multiplier") }} as symbol_multiplier on oi.symbol = symbol_multiplier.symbol_native
        where oi.scope = 'venue_total'

    )

select
    source,
    asset,
    {% for timeframe in timeframes() | rejectattr("is_standard") %}
        min(event_at) filter (
            where native_timeframe = '{{ timeframe.name }}'
        ) as first_{{ timeframe.name }}_at{{ "," if not loop.last }}
    {% endfor %}
from grains
where
    native_timeframe in (
        {%- for timeframe in timeframes() | rejectattr("is_standard") -%}
            '{{ timeframe.name }}'{{ ", " if not loop.last }}
        {%- endfor -%}
    )
group by source, asset
