-- One row per source, asset, timeframe, signal, version and bar on which a pattern of several days holds: accumulation,
-- exhaustion after a cascade of longs, or absorption of a cascade.
with

    bars as (

        select
            bar.source,
            bar.asset,
            bar.timeframe,
            bar.event_at,
            bar.reference_price_usd,
            bar.is_oi_trough_a_day_ago,
            bar.oi_fall_3d_ratio,
            bar.oi_fall_5d_ratio,
            bar.oi_rise_ratio,
            bar.is_oi_high_30d,
            bar.zone_low_usd,
            bar.support_usd,
            bar.resistance_usd,
            growth.price_growth_ratio as price_growth_24h_ratio,
            growth.oi_growth_ratio as oi_growth_24h_ratio,
            funding.funding_8h_ratio
        from {{ ref("int_signal__bar") }} as bar
        left join
            {{ ref("fct_oi_price_growth") }} as growth
            on bar.source = growth.source
            and bar.asset = growth.asset
            and bar.timeframe = growth.timeframe
            and bar.event_at = growth.event_at
            and growth.lookback = '24h'
            and {{ changed("growth.event_at", window="signal_cascade") }}
        left join
            {{ ref("fct_funding_oi") }} as funding
            on bar.source = funding.source
            and bar.asset = funding.asset
            and bar.timeframe = funding.timeframe
            and bar.event_at = funding.event_at
            and {{ changed("funding.event_at", window="signal_cascade") }}
        where {{ changed("bar.event_at", window="signal_cascade") }}

    ),

    -- A day ago open interest was at its lowest of several days, after a fall. Since then it has grown while the price
    -- stayed still and above its support.
    bullish_accumulation as (

        select
            *,
            oi_rise_ratio / parameters['flat_change'] as strength,
            zone_low_usd as stop_price_usd,
            {{
                evidence(
                    [
                        "oi_fall_3d_ratio",
                        "oi_fall_5d_ratio",
                        "oi_rise_ratio",
                        "price_growth_24h_ratio",
                        "zone_low_usd",
                        "support_usd",
                    ]
                )
            }} as evidence
        from bars
        inner join {{ parameters_of("bullish_accumulation") }} using (timeframe)
        where
            is_oi_trough_a_day_ago
            and oi_fall_3d_ratio < - parameters['flat_change']
            and oi_fall_5d_ratio < - parameters['flat_change']
            and oi_rise_ratio > parameters['flat_change']
            and zone_low_usd >= support_usd
            and abs(price_growth_24h_ratio) < parameters['price_still']

    ),

    -- The days after an accumulation (window `signal_pursuit`), with the lowest price since then.
    pursued as (

        select
            bars.*,
            accumulation.parameters_version as setup_version,
            accumulation.stop_price_usd as setup_zone_low_usd,
            accumulation.event_at as setup_at,
            min(bars.reference_price_usd) over (
                partition by
                    bars.source, bars.asset, bars.timeframe, accumulation.parameters_version, accumulation.event_at
                order by bars.event_at
            ) as lowest_since_usd
        from bullish_accumulation as accumulation
        inner join
            bars
            on accumulation.source = bars.source
            and accumulation.asset = bars.asset
            and accumulation.timeframe = bars.timeframe
            and bars.event_at > accumulation.event_at
            and bars.event_at <= accumulation.event_at + interval {{ window_days("signal_pursuit") }} day

    ),

    -- Verdicts a day after a cascade of longs that began soon after a crowded high (window `signal_crowded`). At a
    -- crowded high open interest is at its highest of a month, funding is negative, and the price is not above its high
    -- of the twenty days before.
    exhaustions as (

        select
            stabilization.source,
            stabilization.asset,
            stabilization.timeframe,
            stabilization.known_at as event_at,
            stabilization.change_from_before_ratio,
            min(1 - high.reference_price_usd / high.resistance_usd) as below_high_ratio,
            arg_max(high.funding_8h_ratio, high.event_at) as funding_8h_ratio
        from {{ ref("fct_post_liquidation_stabilization") }} as stabilization
        inner join {{ ref("fct_liquidation_cascade") }} as cascade on stabilization.cascade_id = cascade.cascade_id
        inner join
            bars as high
            on cascade.source = high.source
            and cascade.asset = high.asset
            and cascade.timeframe = high.timeframe
            and high.event_at >= cascade.started_at - interval {{ window_days("signal_crowded") }} day
            and high.event_at <= cascade.started_at
            and high.is_oi_high_30d
            and high.funding_8h_ratio < 0
            and high.reference_price_usd <= high.resistance_usd
        left join
            bars as start
            on cascade.source = start.source
            and cascade.asset = start.asset
            and cascade.timeframe = start.timeframe
            and cascade.started_at = start.event_at
        left join
            bars as finish
            on cascade.source = finish.source
            and cascade.asset = finish.asset
            and cascade.timeframe = finish.timeframe
            and cascade.event_at = finish.event_at
        where
            stabilization.horizon_hours = {{ threshold_literal("stabilization_verdict_hours") }}
            and {{ changed("stabilization.known_at") }}
            -- A drop of open interest has no side; a falling price shows that longs were closed.
            and (
                cascade.dominant_side = 'long'
                or (cascade.detected_by = 'oi_drop' and finish.reference_price_usd < start.reference_price_usd)
            )
        group by
            stabilization.cascade_id,
            stabilization.source,
            stabilization.asset,
            stabilization.timeframe,
            stabilization.known_at,
            stabilization.change_from_before_ratio

    ),

    absorptions as (

        select source, asset, timeframe, known_at as event_at, stabilization_ratio, change_from_before_ratio
        from {{ ref("fct_post_liquidation_stabilization") }}
        where horizon_hours = {{ threshold_literal("stabilization_verdict_hours") }} and {{ changed("known_at") }}

    ),

    -- After an accumulation the price breaks out upwards without falling out of its zone, and open interest grows.
    bullish_accumulation_triggered as (

        select
            *,
            oi_growth_24h_ratio / parameters['flat_change'] as strength,
            setup_zone_low_usd as stop_price_usd,
            {{ evidence(["reference_price_usd", "resistance_usd", "oi_growth_24h_ratio", "setup_zone_low_usd"]) }}
            as evidence
        from pursued
        inner join {{ parameters_of("bullish_accumulation_triggered") }} using (timeframe)
        where
            setup_version = parameters_version
            and lowest_since_usd >= setup_zone_low_usd
            and reference_price_usd > resistance_usd
            and oi_growth_24h_ratio > parameters['flat_change']

    ),

    -- The cascade began just below the crowded high, and open interest fell by the amount that exhausts the selling.
    bearish_exhaustion as (

        select
            *,
            change_from_before_ratio / parameters['change_high'] as strength,
            {{ evidence(["change_from_before_ratio", "below_high_ratio", "funding_8h_ratio"]) }} as evidence
        from exhaustions
        inner join {{ parameters_of("bearish_exhaustion") }} using (timeframe)
        where
            below_high_ratio <= parameters['stall']
            and change_from_before_ratio between parameters['change_low'] and parameters['change_high']

    ),

    -- A day after a cascade open interest is as high as at the end of the cascade.
    cascade_absorbed as (

        select
            *,
            stabilization_ratio / parameters['stabilization'] as strength,
            {{ evidence(["stabilization_ratio", "change_from_before_ratio"]) }} as evidence
        from absorptions
        inner join {{ parameters_of("cascade_absorbed") }} using (timeframe)
        where stabilization_ratio >= parameters['stabilization']

    ),

    held as (

        {{ signals(["bullish_accumulation", "bullish_accumulation_triggered"], stop="stop_price_usd") }}

        union all

        {{ signals(["bearish_exhaustion", "cascade_absorbed"]) }}

    )

-- Two setups may break out at one bar, and two cascades may be judged at one instant: one row is kept.
select
    source,
    asset,
    venue,
    timeframe,
    event_at,
    signal,
    parameters_version,
    direction,
    cooldown_hours,
    escalation_ratio,
    strength,
    stop_price_usd,
    evidence
from held
where {{ changed("event_at") }}
qualify
    row_number() over (
        partition by source, asset, timeframe, event_at, signal, parameters_version
        order by stop_price_usd desc, strength desc, evidence
    )
    = 1
