-- When did open interest spike on one venue while the others stayed calm?
--
-- One row per venue and bar with |z| above 2 (z: velocity_zscore) while the median |z| of at least two other venues
-- was below 1, newest first. velocity_zscore: the growth of the venue in standard deviations of its own 30 days
-- before.
--
-- Not for: naming the cause. One large trader, a promotion, arbitrage against another venue and a broken feed look
-- alike. First look up the venue in findings.sql.
with

    parameters as (

        select
            'coinglass' as source,  -- change here
            'BTC' as asset,  -- change here
            '4h' as timeframe,  -- change here
            2.0 as venue_zscore,
            1.0 as others_zscore,
            2 as other_venues

    ),

    velocities as (

        select
            velocity.source,
            velocity.asset,
            velocity.venue,
            velocity.timeframe,
            velocity.event_at,
            velocity.oi_growth_ratio,
            velocity.velocity_zscore
        from marts.fct_venue_oi_velocity as velocity
        inner join
            parameters
            on velocity.source = parameters.source
            and velocity.asset = parameters.asset
            and velocity.timeframe = parameters.timeframe
        where velocity.velocity_zscore is not null

    ),

    against_others as (

        select
            spike.source,
            spike.asset,
            spike.venue,
            spike.event_at,
            spike.oi_growth_ratio,
            spike.velocity_zscore,
            count(*) as other_venue_count,
            percentile_cont(0.5) within group (order by abs(other.velocity_zscore)) as others_median_abs_zscore
        from velocities as spike
        inner join parameters on abs(spike.velocity_zscore) > parameters.venue_zscore
        inner join velocities as other on spike.event_at = other.event_at and spike.venue <> other.venue
        group by spike.source, spike.asset, spike.venue, spike.event_at, spike.oi_growth_ratio, spike.velocity_zscore

    )

select
    against_others.source,
    against_others.asset,
    against_others.venue,
    against_others.event_at,
    against_others.oi_growth_ratio,
    against_others.velocity_zscore,
    against_others.others_median_abs_zscore,
    against_others.other_venue_count
from against_others
inner join
    parameters
    on against_others.others_median_abs_zscore < parameters.others_zscore
    and against_others.other_venue_count >= parameters.other_venues
order by against_others.event_at desc, against_others.venue
