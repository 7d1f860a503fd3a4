-- Do two sources of the same number agree? If not, which error explains the difference?
--
-- One row per check, pair of series, venue, asset and verdict, worst first. median_ratio: first series divided by
-- second, median of the days. verdict: consistent (within 2 %), sides_mismatch (about 2 or 1/2), contract_size (a
-- power of ten), coin_usd_confusion (about the price), differs, not_comparable.
--
-- Not for: choosing the right one of two. direct_and_vendor compares a venue's perpetual with all of the venue's
-- contracts: expect a ratio below 1 if the venue lists more than one contract of the asset.
select
    check_name,
    series_a,
    series_b,
    venue,
    asset,
    verdict,
    count(*) as day_count,
    min(day) as first_day,
    max(day) as last_day,
    sum(pair_count) as pair_count,
    percentile_cont(0.5) within group (order by median_ratio) as median_ratio,
    min(lowest_ratio) as lowest_ratio,
    max(highest_ratio) as highest_ratio
from quality.dq_cross_source
group by check_name, series_a, series_b, venue, asset, verdict
order by
    case verdict when 'consistent' then 2 when 'not_comparable' then 1 else 0 end,
    day_count desc,
    check_name,
    series_a,
    series_b,
    venue,
    asset
