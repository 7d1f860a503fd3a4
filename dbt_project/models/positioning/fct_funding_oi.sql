with

    bars as (

        select
            hash(velocity.source, velocity.asset, velocity.timeframe) as series_key,
            velocity.source,
            velocity.asset,
            velocity.timeframe,
            velocity.event_at,
            funding.funding_8h_ratio,
            funding.funding_coverage_ratio,
            velocity.oi_growth_ratio,
            market.oi_growth_24h_ratio,
            market.growth_basis,
            velocity.velocity_zscore
        from {{ ref("fct_oi_velocity") }} as velocity
        inner join
            {{ ref("fct_market_open_interest") }} as market
            on velocity.source = market.source
            and velocity.asset = market.asset
            and velocity.timeframe = market.timeframe
            and velocity.event_at = market.event_at
        left join
            {{ ref("int_funding__market") }} as funding
            on velocity.source = funding.source
            and velocity.asset = funding.asset
            and velocity.timeframe = funding.timeframe
            and velocity.event_at = funding.event_at
        where
            {{ changed("velocity.event_at", window="funding_correlation") }}
            and {{ changed("market.event_at", window="funding_correlation") }}

    ),

    {% for timeframe in timeframes() %}
        -- The bars that have both growth and funding.
        paired_{{ timeframe.name }} as (

            select series_key, event_at as bar_at, oi_growth_ratio, funding_8h_ratio
            from bars
            where timeframe = '{{ timeframe.name }}' and oi_growth_ratio is not null and funding_8h_ratio is not null

        ),

        filled_{{ timeframe.name }} as (

            {{ fill_gaps("paired_" ~ timeframe.name, timeframe.seconds, ["oi_growth_ratio", "funding_8h_ratio"]) }}

        ),

    {% endfor %}
    -- Correlation of funding and growth over the window, for each bar that has both.
    month as (

        {% for timeframe in timeframes() %}
            select
                series_key,
                bar_at as event_at,
                corr(oi_growth_ratio, funding_8h_ratio) over month_to_now as correlation,
                coalesce(stddev_samp(oi_growth_ratio) over month_to_now, 0)
                > {{ threshold_literal("smallest_growth_stddev") }}
                and coalesce(stddev_samp(funding_8h_ratio) over month_to_now, 0)
                > {{ threshold_literal("smallest_funding_stddev") }} as is_moving,
                {{ is_covered("funding_correlation", "count(oi_growth_ratio) over month_to_now", timeframe.seconds) }}
                as is_covered
            from filled_{{ timeframe.name }}
            window
                month_to_now as (
                    partition by series_key order by bar_at {{ grid_to_now("funding_correlation", timeframe.seconds) }}
                )
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    year_and_now as (

        select series_key, timeframe, event_at, funding_8h_ratio
        from bars
        where funding_8h_ratio is not null and timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}

        {% if is_incremental() %}
            union all

            -- In an incremental run this table already holds the year before.
            select hash(source, asset, timeframe) as series_key, timeframe, event_at, funding_8h_ratio
            from {{ this }}
            where
                funding_8h_ratio is not null
                and timeframe in {{ coarse_timeframes() }}
                and event_at < {{ recompute_from() }}
                and {{ changed("event_at", window="funding_percentile") }}
        {% endif %}

    ),

    -- Number of earlier bars of the year, and how many of them have lower funding.
    ranked as (

        select
            series_key,
            timeframe,
            event_at,
            count(*) over year_to_now - 1 as year_count,
            rank(order by funding_8h_ratio) over year_to_now - 1 as bars_below
        from year_and_now
        window year_to_now as (partition by series_key order by event_at {{ frame_from("funding_percentile") }})

    ),

    year as (

        select
            series_key,
            event_at,
            bars_below / nullif(year_count, 0) as percentile,
            {{ is_covered("funding_percentile", "year_count", timeframe_seconds("timeframe")) }} as is_covered
        from ranked

    ),

    -- Each bar with its percentile, its correlation and their status.
    judged as (

        select
            bars.*,
            case when year.is_covered then year.percentile end as funding_percentile_365d_ratio,
            case
                when bars.funding_8h_ratio is null or year.is_covered is null
                then 'missing_input'
                when year.is_covered
                then 'ok'
                else 'warmup'
            end as funding_status,
            case
                when month.is_covered is null
                then 'missing_input'
                when not month.is_covered
                then 'warmup'
                when month.is_moving
                then 'ok'
                else 'zero_variance'
            end as correlation_status,
            month.correlation
        from bars
        left join
            month
            on bars.series_key = month.series_key
            and bars.event_at = month.event_at
            and bars.oi_growth_ratio is not null
            and bars.funding_8h_ratio is not null
        -- Funding hardly changes within an hour, so bars below 1h take the percentile of the last full hour.
        left join
            year
            on case
                when bars.timeframe in {{ coarse_timeframes() }}
                then bars.series_key
                else hash(bars.source, bars.asset, '1h')
            end
            = year.series_key
            and case
                when bars.timeframe in {{ coarse_timeframes() }}
                then bars.event_at
                else date_trunc('hour', bars.event_at)
            end
            = year.event_at
            and bars.funding_8h_ratio is not null
        where {{ changed("bars.event_at") }}

    ),

    conditions as (

        select
            *,
            funding_8h_ratio < 0 and oi_growth_24h_ratio > {{ threshold("flat_change") }} as is_negative_and_rising,
            funding_percentile_365d_ratio >= {{ threshold("euphoria_funding_percentile") }}
            and velocity_zscore > {{ threshold("velocity_extreme_zscore") }} as is_euphoria
        from judged

    )

select
    source,
    asset,
    timeframe,
    event_at,
    funding_8h_ratio,
    funding_coverage_ratio,
    funding_percentile_365d_ratio,
    oi_growth_ratio,
    oi_growth_24h_ratio,
    case when coalesce(oi_growth_ratio, oi_growth_24h_ratio) is not null then growth_basis end as growth_basis,
    velocity_zscore,
    case when correlation_status = 'ok' then correlation end as funding_oi_correlation_30d,
    -- `neutral` needs both conditions to be known and false; a missing input may leave the state NULL.
    case
        when is_negative_and_rising
        then 'negative_funding_rising_oi'
        when is_euphoria
        then 'euphoria'
        when not is_negative_and_rising and not is_euphoria
        then 'neutral'
    end as funding_state,
    funding_status,
    correlation_status
from conditions
