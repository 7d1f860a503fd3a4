-- One row per source, asset, timeframe and bar in which perpetual contracts with a funding rate have open interest:
-- the mean of their latest settled rates, weighted by their open interest in USD at the last instant of the bar. The
-- value of a venue in a bar in which it is suspended has no weight.
with

    markets as (

        select distinct hash(source, asset) as market_key, source, asset
        from {{ ref("fct_funding_rate") }}
        where is_settled and {{ changed("event_at", window="funding_hold") }}

    ),

    settlements as (

        select
            hash(source, venue, symbol) as instrument_key,
            event_at as settled_at,
            rate_8h_ratio,
            event_at + to_seconds(3600 * (interval_hours + {{ threshold("funding_tolerance_hours") }})) as held_until
        from {{ ref("fct_funding_rate") }}
        where is_settled and rate_8h_ratio is not null and {{ changed("event_at", window="funding_hold") }}

    ),

    -- The instants of the bars in which a venue is suspended.
    suspended as (

        select
            hash(source, venue, asset) as venue_key,
            instant_at,
            {% for timeframe in timeframes() %}
                bool_or(timeframe = '{{ timeframe.name }}') as is_suspended_{{ timeframe.name }}
                {{- "," if not loop.last }}
            {% endfor %}
        from
            (
                select
                    source,
                    venue,
                    asset,
                    timeframe,
                    unnest(
                        generate_series(
                            event_at - to_seconds({{ timeframe_seconds("timeframe") }} - 300),
                            event_at,
                            interval 5 minute
                        )
                    ) as instant_at
                from {{ ref("fct_venue_open_interest") }}
                where is_suspended and {{ changed("event_at", window="rounding") }}
            )
        group by source, venue, asset, instant_at

    ),

    -- Rows have a number in place of the names, which makes the joins cheaper, and say of which bars they are a level.
    weights as (

        select
            hash(source, venue, symbol) as instrument_key,
            hash(source, asset) as market_key,
            event_at,
            {% for timeframe in timeframes() %}
                {{ is_level_of(timeframe) }}
                and suspended.is_suspended_{{ timeframe.name }} is not true as is_level_of_{{ timeframe.name }},
            {% endfor %}
            oi_usd
        from {{ ref("fct_open_interest") }} as oi
        left join
            suspended
            on hash(oi.source, oi.venue, oi.asset) = suspended.venue_key
            and oi.event_at = suspended.instant_at
        where
            market_type = 'perpetual'
            and not is_quarantined
            and oi_usd > 0
            and native_timeframe is not null
            and {{ changed("event_at", window="rounding") }}
            -- A market without a settlement has no rate; leaving it out here saves the work of the joins.
            and hash(source, asset) in (select market_key from markets)

    ),

    -- A settlement holds until the next one is due, plus a tolerance. After that the rate of the instrument is missing.
    matched as (

        select
            weights.*,
            case when weights.event_at <= settlements.held_until then settlements.rate_8h_ratio end as rate_8h_ratio
        from weights
        asof left join
            settlements
            on weights.instrument_key = settlements.instrument_key
            and weights.event_at >= settlements.settled_at

    ),

    -- Sums over the instruments of a market at each instant that are levels of the same bars.
    instants as (

        select
            market_key,
            event_at,
            {% for timeframe in timeframes() %} is_level_of_{{ timeframe.name }}, {% endfor %}
            sum(oi_usd * rate_8h_ratio) as weighted_rate,
            sum(case when rate_8h_ratio is not null then oi_usd end) as rated_oi_usd,
            sum(oi_usd) as oi_usd
        from matched
        group by market_key, event_at {%- for timeframe in timeframes() %}, is_level_of_{{ timeframe.name }}{% endfor %}

    ),

    {% for timeframe in timeframes() %}
        bars_{{ timeframe.name }} as (

            select
                market_key,
                '{{ timeframe.name }}' as timeframe,
                {{ bar_end("event_at", timeframe.seconds) }} as event_at,
                arg_max_null(weighted_rate / rated_oi_usd, event_at) as funding_8h_ratio,
                arg_max_null(rated_oi_usd / oi_usd, event_at) as funding_coverage_ratio
            from
                (
                    select
                        market_key,
                        event_at,
                        sum(weighted_rate) as weighted_rate,
                        sum(rated_oi_usd) as rated_oi_usd,
                        sum(oi_usd) as oi_usd
                    from instants
                    where is_level_of_{{ timeframe.name }}
                    group by market_key, event_at
                )
            group by market_key, {{ bar_end("event_at", timeframe.seconds) }}

        ),
    {% endfor %}

    bars as (

        {% for timeframe in timeframes() %}
            select market_key, timeframe, event_at, funding_8h_ratio, funding_coverage_ratio
            from bars_{{ timeframe.name }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select markets.source, markets.asset, bars.timeframe, bars.event_at, bars.funding_8h_ratio, bars.funding_coverage_ratio
from bars
inner join markets on bars.market_key = markets.market_key
where bars.funding_8h_ratio is not null and bars.event_at <= {{ last_observed() }} and {{ changed("bars.event_at") }}
