-- One row per rule, series and explanation: its occurrences together, and how much the finding matters.
with

    findings as (

        select
            md5(concat_ws('|', rule, handling, source, series, venue, asset, explanation)) as finding_id,
            rule,
            handling,
            source,
            series,
            venue,
            asset,
            explanation,
            min(first_event_at) as first_event_at,
            max(last_event_at) as last_event_at,
            count(*) as occurrence_count,
            sum(row_count)::bigint as row_count,
            arg_max_null(observed_value, last_event_at) as observed_value,
            arg_max_null(expected_value, last_event_at) as expected_value,
            max(epoch(last_event_at) - epoch(first_event_at)) as longest_seconds
        from {{ ref("dq_finding_occurrence") }}
        group by rule, handling, source, series, venue, asset, explanation

    ),

    -- A rule on a source's own series has the source's own symbol.
    named as (

        select
            findings.finding_id,
            findings.source,
            findings.venue,
            coalesce(symbol_multiplier.asset, findings.asset) as asset,
            findings.first_event_at,
            findings.last_event_at
        from findings
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier on findings.asset = symbol_multiplier.symbol_native

    ),

    -- The venue's share of the asset's open interest on the days of the finding: by its source, else the largest share
    -- that any source gives it.
    shares as (

        select
            named.finding_id,
            coalesce(
                avg(top_venue.mean_share_ratio) filter (where top_venue.source = named.source),
                max(top_venue.mean_share_ratio)
            ) as oi_share_ratio
        from named
        inner join
            {{ ref("dim_top_venue") }} as top_venue
            on named.venue = top_venue.venue
            and (named.asset = top_venue.asset or named.asset is null)
            and top_venue.valid_from >= date_trunc('day', named.first_event_at)
            and top_venue.valid_from <= named.last_event_at
        group by named.finding_id

    ),

    -- Signals of the asset at a bar of an occurrence.
    signals as (

        select
            occurrence.rule,
            occurrence.source,
            occurrence.series,
            occurrence.venue,
            occurrence.asset,
            count(distinct signal.signal_id) as signal_count
        from {{ ref("dq_finding_occurrence") }} as occurrence
        inner join
            {{ ref("fct_signal") }} as signal
            on occurrence.source = signal.source
            and occurrence.asset = signal.asset
            and (signal.venue is null or signal.venue = occurrence.venue)
            and signal.event_at >= occurrence.first_event_at
            and signal.event_at <= occurrence.last_event_at
        group by occurrence.rule, occurrence.source, occurrence.series, occurrence.venue, occurrence.asset

    ),

    weighed as (

        select
            findings.*,
            -- A finding without a venue concerns all of them.
            case when findings.venue is null then 1 else shares.oi_share_ratio end as oi_share_ratio,
            findings.handling in ('shown', 'newest observation used') and findings.rule <> 'missing_bars' as is_used,
            coalesce(signals.signal_count, 0) as signal_count
        from findings
        left join shares on findings.finding_id = shares.finding_id
        left join
            signals
            on findings.rule = signals.rule
            and findings.source is not distinct from signals.source
            and findings.series is not distinct from signals.series
            and findings.venue is not distinct from signals.venue
            and findings.asset is not distinct from signals.asset

    )

select
    rule,
    case
        when handling in ('known gap', 'joined by venue_alias')
        then 'low'
        when oi_share_ratio < {{ threshold("finding_small_share") }}
        then 'low'
        when rule = 'missing_bars' and longest_seconds < {{ threshold("finding_brief_hours") }} * 3600
        then 'low'
        when is_used and (oi_share_ratio >= {{ threshold("finding_large_share") }} or signal_count > 0)
        then 'high'
        else 'medium'
    end as severity,
    handling,
    source,
    series,
    venue,
    asset,
    first_event_at,
    last_event_at,
    occurrence_count,
    row_count,
    observed_value,
    expected_value,
    oi_share_ratio,
    is_used,
    signal_count,
    explanation
from weighed
