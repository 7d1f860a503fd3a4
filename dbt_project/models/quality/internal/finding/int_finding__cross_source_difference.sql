-- One row per pair of series, asset and verdict that disagree.
select
    'shown' as handling,
    null as source,
    series_a || ' and ' || series_b as series,
    venue,
    asset,
    min(day)::timestamp as first_event_at,
    max(day)::timestamp as last_event_at,
    count(*) as row_count,
    median(median_ratio) as observed_value,
    1.0 as expected_value,
    check_name || ': ' || verdict as explanation
from {{ ref("dq_cross_source") }}
where
    verdict not in ('consistent', 'not_comparable')
    -- The rule `wrong_unit` reports these claims.
    and check_name <> 'claim_and_known_level'
group by check_name, verdict, series_a, series_b, venue, asset
