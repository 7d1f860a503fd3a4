{%- set spans = [{"name": "bar"}] + lookbacks() %}

with

    -- The venues of each bar, with their place in the ranking of that day.
    venues as (

        select oi.*, top_venue.is_top5, top_venue.mean_share_ratio
        from {{ ref("fct_venue_open_interest") }} as oi
        left join
            {{ ref("dim_top_venue") }} as top_venue
            on oi.source = top_venue.source
            and oi.asset = top_venue.asset
            and oi.venue = top_venue.venue
            and date_trunc('day', oi.event_at) = top_venue.valid_from
        where {{ changed("oi.event_at") }}

    ),

    totals as (

        select
            source,
            asset,
            timeframe,
            event_at,
            sum(oi_base) as oi_base,
            sum(oi_usd) as oi_usd,
            sum(oi_without_base_usd) as oi_without_base_usd,
            sum(perpetual_oi_base) as perpetual_oi_base,
            sum(perpetual_oi_usd) as perpetual_oi_usd,
            sum(linear_oi_base) as linear_oi_base,
            sum(linear_oi_usd) as linear_oi_usd,
            sum(case when is_top5 then oi_usd end) as oi_top5_usd,
            sum(oi_usd * oi_usd) as squared_oi_usd,
            {% for span in spans %}
                sum(linked_{{ span.name }}_base) as linked_{{ span.name }}_base,
                sum(previous_{{ span.name }}_base) as previous_{{ span.name }}_base,
            {% endfor %}
            {{ common_growth_basis("growth_basis") }} as growth_basis,
            count(*) as venue_count,
            sum(instrument_count)::bigint as instrument_count,
            count(*) filter (where is_suspended) as suspended_venue_count,
            coalesce(sum(case when is_suspended then oi_usd end), 0) as suspended_oi_usd,
            sum(mean_share_ratio) as coverage_ratio
        from venues
        group by source, asset, timeframe, event_at

    )

select
    source,
    asset,
    timeframe,
    event_at,
    oi_base,
    oi_usd,
    oi_without_base_usd,
    perpetual_oi_base,
    perpetual_oi_usd,
    oi_base - perpetual_oi_base as dated_oi_base,
    oi_usd - perpetual_oi_usd as dated_oi_usd,
    linear_oi_base,
    linear_oi_usd,
    oi_base - linear_oi_base as inverse_oi_base,
    oi_usd - linear_oi_usd as inverse_oi_usd,
    oi_top5_usd,
    squared_oi_usd / nullif(oi_usd * oi_usd, 0) as concentration_ratio,
    {{ linked_growth("bar") }} as oi_growth_ratio,
    {% for lookback in lookbacks() %}
        {{ linked_growth(lookback.name) }} as oi_growth_{{ lookback.name }}_ratio,
    {% endfor %}
    growth_basis,
    venue_count,
    instrument_count,
    suspended_venue_count,
    suspended_oi_usd,
    coverage_ratio
from totals
