-- Which venues hold the market now, and whose share has moved within a day?
--
-- One row per venue of the newest bar. oi_share_ratio: the venue's part of the total in USD (the shares of one bar
-- add up to 1). oi_share_change_24h_ratio: share now minus share 24 hours before, as a fraction of the market; NULL
-- if the venue was absent then. concentration_ratio: sum of the squared shares (1: a single venue).
--
-- Not for: comparing the shares of two sources, which cover different venues and contracts. A share also moves when
-- the other venues move: look at oi_base too.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            'BTC' as asset,  -- change here
            '1h' as timeframe  -- change here

    ),

    newest as (

        select max(share.event_at) as event_at
        from marts.fct_venue_share as share
        inner join
            parameters
            on share.source = parameters.source
            and share.asset = parameters.asset
            and share.timeframe = parameters.timeframe

    )

select
    share.source,
    share.asset,
    share.venue,
    share.event_at,
    share.oi_base,
    share.oi_usd,
    share.oi_share_ratio,
    share.oi_share_change_24h_ratio,
    share.concentration_ratio
from marts.fct_venue_share as share
inner join
    parameters
    on share.source = parameters.source
    and share.asset = parameters.asset
    and share.timeframe = parameters.timeframe
inner join newest on share.event_at = newest.event_at
order by share.oi_share_ratio desc
