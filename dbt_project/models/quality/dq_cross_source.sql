with

    prices as (

        select asset, date_trunc('day', event_at) as day, median(reference_price_usd) as price_usd
        from {{ ref("fct_reference_price") }}
        group by asset, date_trunc('day', event_at)

    ),

    days as (

        select
            check_name,
            series_a,
            series_b,
            venue,
            asset,
            date_trunc('day', event_at) as day,
            count(*) as pair_count,
            median(value_a / nullif(value_b, 0)) as median_ratio,
            min(value_a / nullif(value_b, 0)) as lowest_ratio,
            max(value_a / nullif(value_b, 0)) as highest_ratio,
            null as known_verdict
        from {{ ref("int_quality__pair") }}
        group by check_name, series_a, series_b, venue, asset, date_trunc('day', event_at)

        union all

        -- A claim of USD that the venue's known level rejects. The two values lie days apart, so their ratio proves
        -- nothing; the unit that fits best is the verdict.
        select
            'claim_and_known_level' as check_name,
            any_value(known_from) as series_a,
            collector as series_b,
            venue,
            asset,
            date_trunc('day', event_at) as day,
            count(*) as pair_count,
            median(known_usd / claimed_usd) as median_ratio,
            min(known_usd / claimed_usd) as lowest_ratio,
            max(known_usd / claimed_usd) as highest_ratio,
            case
                any_value(likely_unit)
                when 'base'
                then 'coin_usd_confusion'
                when 'contract'
                then 'contract_size'
                when 'contract_price'
                then 'contract_size'
            end as known_verdict
        from {{ ref("int_open_interest__wrong_unit") }}
        group by collector, venue, asset, date_trunc('day', event_at)

    )

select
    days.check_name,
    days.series_a,
    days.series_b,
    days.venue,
    days.asset,
    days.day::date as day,
    days.pair_count,
    days.median_ratio,
    days.lowest_ratio,
    days.highest_ratio,
    coalesce(days.known_verdict, {{ ratio_verdict("days.median_ratio", "prices.price_usd") }}) as verdict
from days
left join prices on days.asset = prices.asset and days.day = prices.day
