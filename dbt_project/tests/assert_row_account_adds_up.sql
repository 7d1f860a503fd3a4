{%- set datasets = [
    "open_interest",
    "candle",
    "funding_rate",
    "liquidation",
    "liquidation_event",
    "long_short_ratio",
    "circulating_supply",
    "instrument",
    "stream_coverage",
] %}

with

    landed as (

        {% for dataset in datasets %}
            select '{{ dataset }}' as dataset, count(*) as landed_count
            from {{ source("raw", dataset) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    accounted as (

        select
            dataset,
            sum(row_count) as accounted_count,
            coalesce(sum(row_count) filter (where state = 'lost'), 0) as lost_count
        from {{ ref("dq_row_account") }}
        group by dataset

    )

select landed.dataset, landed.landed_count, accounted.accounted_count, accounted.lost_count
from landed
left join accounted on landed.dataset = accounted.dataset
where landed.landed_count <> coalesce(accounted.accounted_count, 0) or accounted.lost_count > 0
