with

    -- One basis per expiry: the median of its contracts.
    bases as (

        select
            hash(source, asset, venue, expiry_at) as series_key,
            event_at,
            (epoch(expiry_at) - epoch(event_at)) / 86400 as days_to_expiry,
            median(basis_ratio) as basis_ratio,
            bool_and(is_over_index) as is_over_index
        from {{ ref("int_price__basis") }}
        where {{ changed("event_at", window="spread") }}
        group by source, asset, venue, expiry_at, event_at

    ),

    annualized as (

        select
            *,
            case
                when days_to_expiry > {{ threshold("near_expiry_days") }} then basis_ratio * 365 / days_to_expiry
            end as basis_annualized_ratio
        from bases

    ),

    -- Each expiry beside the perpetual contracts of the same venue.
    legs as (

        select
            hash(dated.source, dated.asset, dated.venue, dated.expiry_at) as series_key,
            dated.source,
            dated.asset,
            dated.venue,
            dated.expiry_at,
            dated.timeframe,
            dated.event_at,
            dated.oi_base as dated_oi_base,
            perpetual.oi_base as perpetual_oi_base,
            dated.oi_growth_ratio - perpetual.oi_growth_ratio as oi_growth_difference_ratio,
            (epoch(dated.expiry_at) - epoch(dated.event_at)) / 86400 as days_to_expiry
        from {{ ref("int_venue__open_interest_leg") }} as dated
        left join
            {{ ref("int_venue__open_interest_leg") }} as perpetual
            on dated.source = perpetual.source
            and dated.asset = perpetual.asset
            and dated.venue = perpetual.venue
            and dated.timeframe = perpetual.timeframe
            and dated.event_at = perpetual.event_at
            and perpetual.expiry_at is null
        where dated.expiry_at is not null and {{ changed("dated.event_at", window="spread") }}

    ),

    spreads as (

        select
            legs.*,
            legs.days_to_expiry <= {{ threshold("near_expiry_days") }} as is_near_expiry,
            annualized.basis_ratio,
            annualized.is_over_index,
            annualized.basis_annualized_ratio
        from legs
        left join annualized on legs.series_key = annualized.series_key and legs.event_at = annualized.event_at

    ),

    {% for timeframe in timeframes() %}
        -- Every bar of the basis of these expiries, also where open interest has a hole.
        bars_{{ timeframe.name }} as (

            select series_key, event_at as bar_at, basis_annualized_ratio
            from annualized
            semi join (select series_key from legs where timeframe = '{{ timeframe.name }}') as leg using (series_key)
            where epoch(event_at)::bigint % {{ timeframe.seconds }} = 0

        ),

        filled_{{ timeframe.name }} as (

            {{ fill_gaps("bars_" ~ timeframe.name, timeframe.seconds, ["basis_annualized_ratio"]) }}

        ),
    {% endfor %}

    framed as (

        {% for timeframe in timeframes() %}
            select
                series_key,
                '{{ timeframe.name }}' as timeframe,
                {{ timeframe.seconds }} as bar_seconds,
                bar_at as event_at,
                avg(basis_annualized_ratio) over month_before as spread_mean,
                stddev_samp(basis_annualized_ratio) over month_before as spread_stddev,
                {{ framed_count("basis_annualized_ratio", "month_before") }} as spread_count
            from filled_{{ timeframe.name }}
            window
                month_before as (partition by series_key order by bar_at {{ grid_before("spread", timeframe.seconds) }})
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    judged as (

        select
            spreads.*,
            framed.spread_mean,
            framed.spread_stddev,
            case
                when spreads.is_near_expiry
                then 'near_expiry'
                else
                    {{
                        zscore_status(
                            "spreads.basis_annualized_ratio",
                            "spread",
                            "framed.spread_count",
                            "framed.bar_seconds",
                            "framed.spread_stddev",
                            threshold_literal("smallest_spread_stddev"),
                        )
                    }}
            end as spread_status
        from spreads
        left join
            framed
            on spreads.series_key = framed.series_key
            and spreads.timeframe = framed.timeframe
            and spreads.event_at = framed.event_at
        where {{ changed("spreads.event_at") }}

    )

select
    source,
    asset,
    venue,
    expiry_at,
    timeframe,
    event_at,
    days_to_expiry,
    is_near_expiry,
    dated_oi_base,
    perpetual_oi_base,
    dated_oi_base / nullif(perpetual_oi_base, 0) as dated_to_perpetual_ratio,
    -- Near expiry positions close because the contract ends, so the difference would have no meaning.
    case when not is_near_expiry then oi_growth_difference_ratio end as oi_growth_difference_ratio,
    basis_ratio,
    is_over_index as is_basis_over_index,
    basis_annualized_ratio,
    case when spread_status = 'ok' then (basis_annualized_ratio - spread_mean) / spread_stddev end as spread_zscore,
    spread_status
from judged
