"""Every defect that the recorded data really has, found by name in quality.dq_finding, and kept out of the marts."""

from collections.abc import Callable, Iterator

import pytest

from common.settings import Settings
from warehouse.connection import open_read_only

Ask = Callable[[str], list[tuple]]
SNAPSHOT = "multi_venue_open_interest_snapshot"


@pytest.fixture(scope="module")
def ask(real_home: Settings) -> Iterator[Ask]:
    """Answer SQL from the warehouse of all recorded data."""
    with open_read_only(real_home.build_file, missing="build it") as con:
        yield lambda sql: con.execute(sql).fetchall()


def findings(ask: Ask, rule: str, columns: str) -> list[tuple]:
    return ask(f"select {columns} from quality.dq_finding where rule = '{rule}' order by all")


def test_the_collector_that_wrote_zeros_for_days_is_quarantined(ask: Ask) -> None:
    found = findings(ask, "zero_open_interest", "series, venue, asset, handling")
    assert found == [
        ("okx_snapshots_open_interest", "okx", asset, "quarantined") for asset in ("BNB", "BTC", "ETH", "SOL", "XRP")
    ]
    # A failed read is no collapse: nothing of it is counted anywhere.
    assert ask("select count(*) from marts.fct_venue_share where venue = 'okx' and source = 'exchanges'") == [(0,)]


def test_units_of_the_seven_venue_snapshot_are_refuted(ask: Ask) -> None:
    found = {(venue, asset): text for venue, asset, text in findings(ask, "wrong_unit", "venue, asset, explanation")}
    assets = ("BTC", "DOGE", "ETH", "HYPE", "SOL")
    assert set(found) == {(venue, asset) for venue in ("binance", "bybit", "okx") for asset in assets}
    assert all(
        found[venue, asset].startswith("coin/USD confusion") for venue in ("binance", "bybit") for asset in assets
    )
    assert all(found["okx", asset].startswith("contract size") for asset in assets)
    rows = ask(
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


def test_the_renamed_venue_is_one_venue(ask: Ask) -> None:
    found = findings(ask, "venue_renamed", "venue, asset, explanation")
    assert found == [("gate", asset, "GATE.IO became GATE") for asset in ("BTC", "ETH", "XRP")]
    # No false jump where the name changes: growth over the rename is there, and small.
    ((growth,),) = ask(
        "select oi_growth_ratio from marts.fct_venue_oi_velocity where source = 'coinglass' and venue = 'gate' "
        "and asset = 'BTC' and timeframe = '4h' and event_at = timestamp '2025-05-17 16:00:00'"
    )
    assert abs(growth) < 0.1


def test_restated_history_is_counted_and_the_older_values_stay_in_raw(ask: Ask) -> None:
    ((series, count, ratio),) = findings(ask, "restated_history", "series, row_count, observed_value")
    assert series == "coinglass_open_interest_restated: coin_margin_total"
    assert count == 394
    assert 0.8 < ratio < 0.95
    raw = "raw.open_interest where collector = 'coinglass_open_interest_restated'"
    newest = "staging.stg_open_interest where collector = 'coinglass_open_interest_restated'"
    assert ask(f"select count(*), count(distinct stamped_at) from {raw}") == [(800, 406)]
    assert ask(f"select count(*) from {newest}") == [(406,)]


def test_missing_venue_columns_are_named(ask: Ask) -> None:
    found = findings(ask, "missing_venue", "venue, asset, row_count, explanation")
    assert found == [
        ("cme", "XRP", 34, "not reported before its first mark"),
        *(("kucoin", asset, 221, "not reported before its first mark") for asset in ("BTC", "ETH", "XRP")),
    ]


def test_two_sources_of_one_number_agree(ask: Ask) -> None:
    medians = dict(
        ask(
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
