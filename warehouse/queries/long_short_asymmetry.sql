-- Are there many more longs than shorts among traders, or the reverse?
--
-- One row per source, venue, instrument and basis: the newest value and the value one day before. long_share_ratio:
-- the long part of the accounts (accounts, top_accounts), of the top traders' positions (top_positions) or of the
-- takers' volume (taker_flow). short_skew_ratio: short share over long share, minus 1.
--
-- Not for: net positions. Open interest always has as many longs as shorts; these numbers are only proxies of the kind
-- of traders on each side. Do not average over bases or venues.
with

    parameters as (

        select 'BTC' as asset  -- change here

    ),

    newest as (

        select ratio.source, ratio.venue, ratio.symbol, ratio.basis, max(ratio.event_at) as event_at
        from core.fct_long_short_ratio as ratio
        inner join parameters on ratio.asset = parameters.asset
        group by ratio.source, ratio.venue, ratio.symbol, ratio.basis

    )

select
    ratio.source,
    ratio.venue,
    ratio.symbol,
    ratio.basis,
    ratio.event_at,
    ratio.long_share_ratio,
    ratio.short_share_ratio,
    ratio.short_share_ratio / nullif(ratio.long_share_ratio, 0) - 1 as short_skew_ratio,
    ratio.long_share_ratio - a_day_ago.long_share_ratio as long_share_change_24h_ratio
from newest
inner join
    core.fct_long_short_ratio as ratio
    on newest.source = ratio.source
    and newest.venue = ratio.venue
    and newest.symbol = ratio.symbol
    and newest.basis = ratio.basis
    and newest.event_at = ratio.event_at
left join
    core.fct_long_short_ratio as a_day_ago
    on newest.source = a_day_ago.source
    and newest.venue = a_day_ago.venue
    and newest.symbol = a_day_ago.symbol
    and newest.basis = a_day_ago.basis
    and newest.event_at = a_day_ago.event_at + interval '1 day'
order by ratio.source, ratio.venue, ratio.symbol, ratio.basis
