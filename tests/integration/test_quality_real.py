"""Every real defect of the recorded data has its finding in quality.dq_finding and is excluded from the marts."""

from collections.abc import Callable, Iterator

import pytest

from common.settings import Settings
from warehouse.connection import open_read_only

Query = Callable[[str], list[tuple]]
SNAPSHOT = "multi_venue_open_interest_snapshot"


@pytest.fixture(scope="module")
def query(real_home: Settings) -> Iterator[Query]:
    """Run SQL on the warehouse of all recorded data."""
    with open_read_only(real_home.build_file, missing="build it") as con:
        yield lambda sql: con.execute(sql).fetchall()


def findings(query: Query, rule: str, columns: str) -> list[tuple]:
    return query(f"select {columns} from quality.dq_finding where rule = '{rule}' order by all")


def test_rows_of_the_collector_that_wrote_zeros_are_quarantined(query: Query) -> None:
    found = findings(query, "zero_open_interest", "series, venue, asset, handling")
    assert found == [
        ("okx_snapshots_open_interest", "okx", asset, "quarantined") for asset in ("BNB", "BTC", "ETH", "SOL", "XRP")
    ]
    # A failed read is not a fall of open interest: no metric contains it.
    assert query("select count(*) from marts.fct_venue_share where venue = 'okx' and source = 'exchanges'") == [(0,)]


def test_units_of_the_seven_venue_snapshot_are_reported_as_wrong(query: Query) -> None:
    found = {(venue, asset): text for venue, asset, text in findings(query, "wrong_unit", "venue, asset, explanation")}
    assets = ("BTC", "DOGE", "ETH", "HYPE", "SOL")
    assert set(found) == {(venue, asset) for venue in ("binance", "bybit", "okx") for asset in assets}
    assert all(
        found[venue, asset].startswith("coin/USD confusion") for venue in ("binance", "bybit") for asset in assets
    )
    assert all(found["okx", asset].startswith("contract size") for asset in assets)
    rows = query(
        "select venue, bool_and(is_quarantined), bool_or(is_quarantined) from core.fct_open_interest "
        f"where collector = '{SNAPSHOT}' group by venue order by venue"
    )
    assert rows == [
        ("binance", True, True),
        ("bybit", True, True),
        ("dydx", False, False),
        ("kraken", False, False),
        ("okx", True, True),
    ]


def test_the_renamed_venue_is_one_venue(query: Query) -> None:
    found = findings(query, "venue_renamed", "venue, asset, explanation")
    assert found == [("gate", asset, "GATE.IO became GATE") for asset in ("BTC", "ETH", "XRP")]
    # The rename causes no false jump: growth over it exists and is small.
    ((growth,),) = query(
        "select oi_growth_ratio from marts.fct_venue_oi_velocity where source = 'coinglass' and venue = 'gate' "
        "and asset = 'BTC' and timeframe = '4h' and event_at = timestamp '2025-05-17 16:00:00'"
    )
    assert abs(growth) < 0.1


def test_restated_history_is_counted_and_the_older_values_stay_in_raw(query: Query) -> None:
    ((series, count, ratio),) = findings(query, "restated_history", "series, row_count, observed_value")
    assert series == "coinglass_open_interest_restated: coin_margin_total"
    assert count == 394
    assert 0.8 < ratio < 0.95
    raw = "raw.open_interest where collector = 'coinglass_open_interest_restated'"
    newest = "staging.stg_open_interest where collector = 'coinglass_open_interest_restated'"
    assert query(f"select count(*), count(distinct stamped_at) from {raw}") == [(800, 406)]
    assert query(f"select count(*) from {newest}") == [(406,)]


def test_missing_venue_columns_are_named(query: Query) -> None:
    found = findings(query, "missing_venue", "venue, asset, row_count, explanation")
    assert found == [
        ("cme", "XRP", 34, "not reported before its first bar"),
        *(("kucoin", asset, 221, "not reported before its first bar") for asset in ("BTC", "ETH", "XRP")),
    ]


def test_two_sources_of_one_number_agree(query: Query) -> None:
    medians = dict(
        query(
            "select check_name, median(median_ratio) from quality.dq_cross_source "
            "where check_name <> 'claim_and_known_level' group by check_name"
        )
    )
    assert set(medians) == {
        "direct_and_vendor",
        "market_cap_two_sources",
        "two_collectors",
        "usd_and_base_times_price",
        "source_total_and_venues",
    }
    assert all(abs(median - 1) < 0.01 for median in medians.values()), medians
