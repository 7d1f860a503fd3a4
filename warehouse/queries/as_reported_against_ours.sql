-- Why do our numbers differ from the numbers that the source shows?
--
-- One row per venue (or instrument), at the source's newest instant or, if the source has a total of its own, at the
-- newest instant with that total. reported_oi_usd: as published. sides: 2 if the venue counts the long and the short
-- of each contract, else 1. oi_usd: our number, with each contract counted once. difference_usd: reported minus ours;
-- difference_reason explains it. source_total_oi_usd: compare it with the sum of reported_oi_usd, never with the sum
-- of oi_usd.
--
-- Not for: market totals (use marts.fct_market_open_interest). Never add two scopes or two sources.
with

    parameters as (

        select
            'coinglass' as source,  -- change here
            'BTC' as asset  -- change here

    ),

    newest as (

        select
            coalesce(
                max(case when reported.source_total_oi_usd is not null then reported.event_at end),
                max(reported.event_at)
            ) as event_at
        from quality.dq_open_interest_as_reported as reported
        inner join parameters on reported.source = parameters.source and reported.asset = parameters.asset

    )

select
    reported.source,
    reported.scope,
    reported.venue,
    reported.symbol,
    reported.event_at,
    reported.oi_native,
    reported.native_unit,
    reported.reported_oi_usd,
    reported.sides,
    reported.oi_base,
    reported.oi_usd,
    reported.difference_usd,
    reported.difference_reason,
    reported.source_total_oi_usd,
    reported.methodology_id
from quality.dq_open_interest_as_reported as reported
inner join parameters on reported.source = parameters.source and reported.asset = parameters.asset
inner join newest on reported.event_at = newest.event_at
order by reported.reported_oi_usd desc, reported.venue, reported.symbol
