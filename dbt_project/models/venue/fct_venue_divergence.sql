with

    -- One price per venue: the median of its perpetual contracts.
    prices as (

        select
            hash(source, asset, venue) as series_key,
            any_value(hash(source, asset)) as market_key,
            event_at,
            median(price_usd) as price_usd
        from {{ ref("int_price__contract") }}
        where market_type = 'perpetual' and {{ changed("event_at", window="premium") }}
        group by hash(source, asset, venue), event_at

    ),

    -- Only instants at which at least two venues have a price.
    priced_markets as (

        select market_key, event_at from prices group by market_key, event_at having min(series_key) < max(series_key)

    ),

    premiums as (

        select
            prices.series_key,
            prices.event_at,
            (prices.price_usd / reference.reference_price_usd - 1) * 10000 as premium_bps
        from prices
        inner join
            priced_markets
            on prices.market_key = priced_markets.market_key
            and prices.event_at = priced_markets.event_at
        inner join
            {{ ref("fct_reference_price") }} as reference
            on prices.market_key = hash(reference.source, reference.asset)
            and prices.event_at = reference.event_at
        where {{ changed("reference.event_at", window="premium") }}

    ),

    velocities as (

        select
            hash(source, asset, venue) as series_key,
            hash(source, asset, timeframe, event_at) as bar_key,
            source,
            asset,
            venue,
            timeframe,
            event_at,
            oi_growth_ratio,
            oi_growth_stddev_ratio,
            velocity_zscore,
            velocity_status
        from {{ ref("fct_venue_oi_velocity") }}
        where {{ changed("event_at", window="premium") }}

    ),

    venues as (select distinct series_key, source, asset, venue from velocities),

    -- The absolute scores of all venues of a bar, sorted. The median of the other venues is read from this list without
    -- the own place of the venue. Example: the scores are [0.5, 1, 2, 8]. For the venue with 2 (place 3) the others are
    -- [0.5, 1, 8], and the middle of three is place 2. Place 2 is before the own place, so it is also place 2 of the
    -- whole list: 1. For the venue with 0.5 (place 1) the others are [1, 2, 8]. Their place 2 is not before the own
    -- place, so it is place 3 of the whole list: 2. For an even number of others, the median is the mean of two places
    -- found in this way.
    magnitudes as (

        select bar_key, list_sort(list(abs(velocity_zscore))) as in_order
        from velocities
        where velocity_zscore is not null and {{ changed("event_at") }}
        group by bar_key

    ),

    -- Each venue with its own place in the list. A venue without a score has the place after the last.
    placed as (

        select
            velocities.*,
            magnitudes.in_order,
            len(magnitudes.in_order) - (velocities.velocity_zscore is not null)::integer as other_count,
            coalesce(
                list_position(magnitudes.in_order, abs(velocities.velocity_zscore)), len(magnitudes.in_order) + 1
            ) as own_place
        from velocities
        left join magnitudes on velocities.bar_key = magnitudes.bar_key

    ),

    bars as (

        select
            placed.series_key,
            placed.timeframe,
            placed.event_at as bar_at,
            placed.oi_growth_ratio,
            placed.oi_growth_stddev_ratio,
            placed.velocity_zscore,
            placed.velocity_status,
            {%- set lower = "(placed.other_count + 1) // 2" %}
            {%- set upper = "(placed.other_count + 2) // 2" %}
            case
                when placed.other_count >= {{ threshold("divergence_minimum_others") }}
                then
                    (
                        placed.in_order[{{ lower }} + ({{ lower }} >= placed.own_place)::integer]
                        + placed.in_order[{{ upper }} + ({{ upper }} >= placed.own_place)::integer]
                    )
                    / 2
            end as others_median_abs_zscore
        from placed

    ),

    {% set values = [
        "oi_growth_ratio",
        "oi_growth_stddev_ratio",
        "velocity_zscore",
        "velocity_status",
        "others_median_abs_zscore",
        "premium_bps",
    ] %}
    {%- for timeframe in timeframes() %}
        -- Every bar of open interest, and every bar of the premium of these venues, also where their open interest
        -- has a hole.
        bars_{{ timeframe.name }} as (

            select series_key, bar_at, {{ values | join(",\n        ") }}
            from (select * from bars where timeframe = '{{ timeframe.name }}')
            full join
                (
                    select premiums.series_key, premiums.event_at as bar_at, premiums.premium_bps
                    from premiums
                    semi join
                        (select series_key from velocities where timeframe = '{{ timeframe.name }}') as venue using (
                            series_key
                        )
                    where epoch(premiums.event_at)::bigint % {{ timeframe.seconds }} = 0
                ) using (series_key, bar_at)

        ),

        filled_{{ timeframe.name }} as ({{ fill_gaps("bars_" ~ timeframe.name, timeframe.seconds, values) }}),
    {% endfor %}

    framed as (

        {% for timeframe in timeframes() %}
            select
                series_key,
                '{{ timeframe.name }}' as timeframe,
                {{ timeframe.seconds }} as bar_seconds,
                bar_at as event_at,
                {{ values | join(",\n        ") }},
                avg(premium_bps) over month_before as premium_mean,
                stddev_samp(premium_bps) over month_before as premium_stddev,
                corr(oi_growth_ratio, premium_bps) over month_to_now as correlation,
                {{ framed_count("premium_bps", "month_before") }} as premium_count,
                {{ framed_count("oi_growth_ratio + premium_bps", "month_to_now") }} as pair_count
            from filled_{{ timeframe.name }}
            window
                grid as (partition by series_key order by bar_at),
                month_before as (grid {{ grid_before("premium", timeframe.seconds) }}),
                month_to_now as (grid {{ grid_to_now("premium", timeframe.seconds) }})
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    judged as (

        select
            *,
            {{
                zscore_status(
                    "premium_bps",
                    "premium",
                    "premium_count",
                    "bar_seconds",
                    "premium_stddev",
                    threshold_literal("smallest_premium_stddev"),
                )
            }} as premium_status,
            case
                when oi_growth_ratio is null or premium_bps is null
                then 'missing_input'
                when not ({{ is_covered("premium", "pair_count", "bar_seconds") }})
                then 'warmup'
                when
                    coalesce(oi_growth_stddev_ratio, 0) < {{ threshold_literal("smallest_growth_stddev") }}
                    or coalesce(premium_stddev, 0) < {{ threshold_literal("smallest_premium_stddev") }}
                then 'zero_variance'
                else 'ok'
            end as correlation_status
        from framed
        -- Bars without open interest have no status and are dropped here.
        where velocity_status is not null and {{ changed("event_at") }}

    ),

    -- The z-score of the premium, and the flag. A flag is NULL where one of its inputs is missing.
    scored as (

        select
            *,
            case when premium_status = 'ok' then (premium_bps - premium_mean) / premium_stddev end as premium_zscore,
            case
                when velocity_zscore is not null and others_median_abs_zscore is not null
                then
                    abs(velocity_zscore) > {{ threshold("velocity_extreme_zscore") }}
                    and others_median_abs_zscore < {{ threshold("divergence_calm_zscore") }}
            end as is_isolated_spike
        from judged

    )

select
    venues.source,
    venues.asset,
    venues.venue,
    scored.timeframe,
    scored.event_at,
    scored.velocity_zscore,
    scored.others_median_abs_zscore,
    scored.premium_bps,
    scored.premium_zscore,
    case when scored.correlation_status = 'ok' then scored.correlation end as oi_premium_correlation_30d,
    scored.is_isolated_spike,
    case
        when scored.is_isolated_spike is not null and scored.premium_zscore is not null
        then
            scored.is_isolated_spike
            and scored.velocity_zscore > 0
            and scored.premium_zscore < {{ threshold("arbitrage_premium_zscore") }}
    end as is_arbitrage_inflow,
    case
        when scored.velocity_zscore is null
        then scored.velocity_status
        when scored.others_median_abs_zscore is null
        then 'missing_input'
        else 'ok'
    end as divergence_status,
    scored.premium_status,
    scored.correlation_status
from scored
inner join venues on scored.series_key = venues.series_key
