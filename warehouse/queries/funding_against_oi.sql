-- Do longs pay more when open interest grows?
--
-- One row per day. funding_8h_ratio: settled rates of the day, converted to 8 hours, weighted by the open interest
-- at the settlement and by the hours that the rate covers. oi_growth_24h_ratio: growth of contracts on the same day.
-- correlation_30d_ratio: correlation of the two over the last 30 rows, NULL until 21 of them have both numbers.
--
-- Not for: indicative rates (only settled ones are included), or venues without open interest at the minute of the
-- settlement (funding_venue_count says how many venues count). A correlation does not show a cause.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            'BTC' as asset  -- change here

    ),

    settlements as (

        select
            funding.source,
            funding.asset,
            funding.venue,
            -- A settlement at midnight belongs to the day that ends there.
            date_trunc('day', funding.event_at - interval '1 second') + interval '1 day' as event_at,
            funding.rate_8h_ratio,
            oi.oi_usd * funding.interval_hours as weight
        from core.fct_funding_rate as funding
        inner join parameters on funding.source = parameters.source and funding.asset = parameters.asset
        inner join
            core.fct_open_interest as oi
            on funding.source = oi.source
            and funding.venue = oi.venue
            and funding.symbol = oi.symbol
            and funding.event_at = oi.event_at
        where funding.is_settled and not oi.is_quarantined

    ),

    days as (

        select
            source,
            asset,
            event_at,
            sum(rate_8h_ratio * weight)
            / nullif(sum(case when rate_8h_ratio is not null then weight end), 0) as funding_8h_ratio,
            count(distinct venue) as funding_venue_count
        from settlements
        group by source, asset, event_at

    ),

    measured as (

        select
            days.source,
            days.asset,
            days.event_at,
            days.funding_8h_ratio,
            days.funding_venue_count,
            market.oi_growth_24h_ratio,
            corr(market.oi_growth_24h_ratio, days.funding_8h_ratio) over month_to_now as correlation_30d_ratio,
            count(market.oi_growth_24h_ratio + days.funding_8h_ratio) over month_to_now as day_count
        from days
        left join
            marts.fct_market_open_interest as market
            on days.source = market.source
            and days.asset = market.asset
            and days.event_at = market.event_at
            and market.timeframe = '1d'
        window month_to_now as (order by days.event_at rows between 29 preceding and current row)

    )

select
    source,
    asset,
    event_at,
    funding_8h_ratio,
    funding_8h_ratio * 3 * 365 as funding_annualized_ratio,
    funding_venue_count,
    oi_growth_24h_ratio,
    case when day_count >= 21 then correlation_30d_ratio end as correlation_30d_ratio
from measured
order by event_at desc
