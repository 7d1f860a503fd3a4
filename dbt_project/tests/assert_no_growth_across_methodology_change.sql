-- Only venues with a change of rule can fail, so only these are looked at.
with

core_rows as (

    select
        source,
        venue,
        asset,
        symbol,
        methodology_id,
        event_at
    from {{ ref("fct_open_interest") }}
    where not is_quarantined

    union all

    select
        source,
        venue,
        asset,
        asset as symbol,
        methodology_id,
        event_at
    from {{ ref("fct_venue_total_open_interest") }}
    where not is_quarantined

),

changing as (

    select
        source,
        venue,
        asset
    from core_rows
    group by source, venue, asset
    having count(distinct methodology_id) > 1

),

growths as (

    select
        velocity.source,
        velocity.venue,
        velocity.asset,
        velocity.timeframe,
        velocity.event_at,
        velocity.oi_rate_ratio,
        {{ timeframe_seconds("velocity.timeframe") }} as bar_seconds
    from {{ ref("fct_venue_oi_velocity") }} as velocity
    inner join changing
        using (source, venue, asset)
    where velocity.oi_rate_ratio is not null

),

-- Every rule that a bar, or the bar before it, has seen.
rules as (

    select distinct
        growths.source,
        growths.venue,
        growths.asset,
        growths.timeframe,
        growths.event_at,
        core_rows.symbol,
        core_rows.methodology_id,
        core_rows.event_at > growths.event_at - to_seconds(growths.bar_seconds) as is_this_bar
    from growths
    inner join core_rows
        on growths.source = core_rows.source
        and growths.venue = core_rows.venue
        and growths.asset = core_rows.asset
        and core_rows.event_at > growths.event_at - to_seconds(2 * growths.bar_seconds)
        and core_rows.event_at <= growths.event_at

),

linked as (

    select distinct
        source,
        venue,
        asset,
        timeframe,
        event_at
    from rules
    group by source, venue, asset, timeframe, event_at, symbol, methodology_id
    having count(*) = 2

)

select growths.*
from growths
anti join linked
    using (source, venue, asset, timeframe, event_at)
