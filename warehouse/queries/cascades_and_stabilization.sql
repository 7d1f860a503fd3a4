-- Which liquidation cascades were there, and did open interest hold afterwards?
--
-- One row per cascade of every source, newest first. drawdown_24h_ratio: lowest open interest within 24 hours, against
-- the level before the cascade. stabilization_*_ratio: open interest at the horizon over the level at the cascade's
-- end (1: unchanged). verdict_24h: absorbed (0.99 or more), exhausted (10 to 15 % below the level before), unwinding,
-- pending (the horizon has not passed), missing_input. All levels are in coins, over the venues that were present
-- throughout. is_absorbed_24h and is_exhausted_24h: the two facts behind the verdict, which may hold together.
-- detected_by: liquidations, oi_drop (a fall of OI with a large price move, where a feed is missing or incomplete), or
-- both.
--
-- Not for: counting crashes. One crash may have rows of two sources and of two timeframes. The liquidated USD of
-- one venue or of a sampled feed is a lower bound of what the market lost.
with

    parameters as (

        select 'BTC' as asset  -- change here

    ),

    horizons as (

        select
            cascade_id,
            max(case when horizon_hours = 24 then oi_before_base end) as oi_before_base,
            max(case when horizon_hours = 24 then drawdown_ratio end) as drawdown_24h_ratio,
            max(case when horizon_hours = 1 then stabilization_ratio end) as stabilization_1h_ratio,
            max(case when horizon_hours = 4 then stabilization_ratio end) as stabilization_4h_ratio,
            max(case when horizon_hours = 24 then stabilization_ratio end) as stabilization_24h_ratio,
            max(case when horizon_hours = 48 then stabilization_ratio end) as stabilization_48h_ratio,
            max(case when horizon_hours = 24 then recovered_ratio end) as recovered_24h_ratio,
            bool_or(is_absorbed) filter (where horizon_hours = 24) as is_absorbed_24h,
            bool_or(is_exhausted) filter (where horizon_hours = 24) as is_exhausted_24h,
            max(case when horizon_hours = 24 then verdict end) as verdict_24h
        from marts.fct_post_liquidation_stabilization
        group by cascade_id

    )

select
    cascade.source,
    cascade.asset,
    cascade.timeframe,
    cascade.detected_by,
    cascade.started_at,
    cascade.event_at,
    cascade.is_open,
    cascade.long_liquidated_usd,
    cascade.short_liquidated_usd,
    cascade.dominant_side,
    horizons.oi_before_base,
    horizons.drawdown_24h_ratio,
    horizons.stabilization_1h_ratio,
    horizons.stabilization_4h_ratio,
    horizons.stabilization_24h_ratio,
    horizons.stabilization_48h_ratio,
    horizons.recovered_24h_ratio,
    horizons.is_absorbed_24h,
    horizons.is_exhausted_24h,
    horizons.verdict_24h
from marts.fct_liquidation_cascade as cascade
inner join parameters on cascade.asset = parameters.asset
left join horizons on cascade.cascade_id = horizons.cascade_id
order by cascade.event_at desc, cascade.source, cascade.timeframe
