"""Live rows through real builds, tick by tick: observed contracts, forced closes and the coverage of their streams."""

import shutil
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from marts_support import build_models, differences, home_of_all_workers, load_everything

from common.settings import Settings
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS
from warehouse.connection import open_read_only

DAY = "2026-03-01"
STREAM = "bybit_liquidation_stream"
OKX = "SOL-USDT-SWAP"
UNKNOWN = "NEW-USDT-SWAP"


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"{DAY} {clock}")


def contract(venue, symbol, coin, seen, size=1.0, **other):
    return {
        "collector": f"{venue}_instrument",
        "venue_native": venue,
        "symbol": symbol,
        "stamped_at": at(seen),
        "symbol_native": coin,
        "quote": "USDT",
        "settle": "USDT",
        "market_type": "perpetual",
        "settlement": "linear",
        "contract_unit": "base",
        "contract_size": size,
        "is_trading": True,
        **other,
    }


def level(clock, contracts, symbol=OKX):
    """Polled open interest: an instant on a grid of five minutes, at 100 USD a coin."""
    return {
        "collector": "okx_open_interest",
        "venue_native": "okx",
        "symbol": symbol,
        "stamped_at": at(clock),
        "interval_seconds": 300,
        "native_field": "oi",
        "oi_native": contracts,
        "native_unit": "contract",
        "price_usd_native": 100.0,
    }


def close(clock, symbol, coins, price, side="long"):
    return {
        "collector": STREAM,
        "venue_native": "bybit",
        "symbol": symbol,
        "stamped_at": at(clock),
        "event_id": f"{symbol} {clock}",
        "position_side": side,
        "quantity_native": coins,
        "native_unit": "base",
        "price_usd_native": price,
        "price_kind": "bankruptcy",
        "coverage": "full",
    }


def covered(covered_from, until):
    return {
        "collector": STREAM,
        "scope": "venue_segment",
        "venue_native": "bybit",
        "symbol": "bybit",
        "stamped_at": at(until),
        "covered_from": at(covered_from),
    }


# The rows of each tick. The contract trades for an hour before the first request of the venue's list.
LOADS = {
    "12:02:30": {"open_interest": [level("11:58:01", 90.0)]},
    "12:03:05": {
        "instrument": [
            contract("okx", OKX, "SOL", "12:03:00", size=0.1),
            contract("okx", UNKNOWN, "NEW", "12:03:00"),
            contract("bybit", "BTCUSDT", "BTC", "12:03:00"),
            contract("bybit", "ETHUSDT", "ETH", "12:03:00"),
        ],
        "open_interest": [level("12:03:02", 100.0), level("12:03:02", 5.0, UNKNOWN)],
    },
    # The stream is connected since 12:04, without events.
    "12:16:00": {"open_interest": [level("12:13:02", 101.0)], "stream_coverage": [covered("12:04:00", "12:15:50")]},
    # In the next list the contract is ten times as large. The first forced closes arrive, and the connection breaks at
    # 12:21.
    "12:22:05": {
        "instrument": [contract("okx", OKX, "SOL", "12:18:00", size=1.0)],
        "open_interest": [level("12:18:02", 11.0)],
        "liquidation_event": [close("12:17:00", "BTCUSDT", 2.0, 50_000.0), close("12:21:30", "ETHUSDT", 3.0, 2_000.0)],
        "stream_coverage": [covered("12:15:50", "12:21:00")],
    },
    # The coverage of the bar's last second lands 19 s later.
    "12:31:01": {"open_interest": [level("12:31:00", 12.0)], "stream_coverage": [covered("12:24:00", "12:29:59")]},
    "12:31:20": {"stream_coverage": [covered("12:29:59", "12:31:02")]},
}


def land(settings: Settings, clock: str) -> None:
    for dataset, rows in LOADS[clock].items():
        common = {
            "source": "exchanges",
            "source_mode": "simulated",
            "scope": "instrument",
            "label_convention": "instant",
        }
        schema = DATASETS[dataset].schema
        full = [{**dict.fromkeys(schema.names), **common, "observed_at": at(clock), **row} for row in rows]
        batch = Batch(dataset, rows[0]["collector"], f"{DAY} {clock}", content_sha256(repr(full)), at(clock))
        assert write_batch(settings.landing_dir, batch, DATASETS[dataset], pa.Table.from_pylist(full, schema=schema))
    assert load_everything(settings).failures == ()


@pytest.fixture(scope="module")
def ticked(tmp_path_factory) -> Settings:
    """A home that was loaded and built tick by tick. Do not write into it."""

    def fill(settings: Settings) -> None:
        for number, clock in enumerate(LOADS):
            land(settings, clock)
            assert build_models(settings).is_full_refresh is (number == 0)

    return home_of_all_workers(tmp_path_factory, "ticked", fill)


def query(settings: Settings, sql: str) -> list[tuple]:
    with open_read_only(settings.build_file, missing="") as con:
        return con.execute(sql).fetchall()


def test_tick_by_tick_equals_all_at_once(ticked: Settings, tmp_path: Path):
    refreshed = Settings(home=tmp_path / "refreshed")
    shutil.copytree(ticked.home, refreshed.home)
    build_models(refreshed, is_full_refresh=True)
    assert differences(ticked.build_file, refreshed.build_file) == []


def test_a_contract_that_changes_its_size_changes_new_rows_only(ticked: Settings):
    rows = query(
        ticked,
        "select event_at, oi_native, oi_base, oi_usd, native_timeframe from core.fct_open_interest order by event_at",
    )
    assert rows == [
        # 90 contracts of 0.1: the first observed size also counts for the time before.
        (at("12:00:00"), 90.0, 9.0, 900.0, "5m"),
        (at("12:05:00"), 100.0, 10.0, 1000.0, "5m"),
        (at("12:15:00"), 101.0, pytest.approx(10.1), pytest.approx(1010.0), "5m"),
        # 11 contracts of 1.
        (at("12:20:00"), 11.0, 11.0, 1100.0, "5m"),
        (at("12:35:00"), 12.0, 12.0, 1200.0, "5m"),
    ]


def test_only_a_fully_covered_bar_can_have_zero_liquidations(ticked: Settings):
    rows = query(
        ticked,
        "select event_at, symbol, long_liquidated_usd, short_liquidated_usd, round(bar_coverage_ratio, 4) "
        "from core.fct_liquidation where timeframe = '5m' order by all",
    )
    # The bar of 12:10 is covered, but it began before the subscription was certain. The bar of 12:25 is covered for 120
    # of 300 seconds: BTC has no known close, ETH has one. The coverage of the last second of 12:30 came late.
    assert rows == [
        (at("12:15:00"), "BTCUSDT", 0.0, 0.0, 1.0),
        (at("12:15:00"), "ETHUSDT", 0.0, 0.0, 1.0),
        (at("12:20:00"), "BTCUSDT", 100_000.0, 0.0, 1.0),
        (at("12:20:00"), "ETHUSDT", 0.0, 0.0, 1.0),
        (at("12:25:00"), "ETHUSDT", 6_000.0, 0.0, 0.4),
        (at("12:30:00"), "BTCUSDT", 0.0, 0.0, 1.0),
        (at("12:30:00"), "ETHUSDT", 0.0, 0.0, 1.0),
    ]


def test_a_coin_without_a_seed_row_is_reported_and_not_guessed(ticked: Settings):
    # The look at the venue's list names the coin, and the open interest of the contract is left out with it.
    unmapped = query(
        ticked, "select dataset, symbol, reason, row_count from quality.dq_unmapped_methodology order by all"
    )
    assert unmapped == [
        ("instrument", UNKNOWN, "unknown_asset", 1),
        ("open_interest", UNKNOWN, "unknown_instrument", 1),
    ]
    assert query(ticked, f"select * from core.fct_open_interest where symbol = '{UNKNOWN}'") == []


def test_time_without_coverage_is_a_gap(ticked: Settings):
    gaps = query(ticked, "select venue, stream, gap_from, gap_to, gap_seconds from quality.dq_coverage_gap")
    assert gaps == [("bybit", "bybit", at("12:21:00"), at("12:24:00"), 180.0)]


def test_polled_instants_make_bars_and_growth(ticked: Settings):
    rows = query(
        ticked,
        "select event_at, oi_base, oi_growth_ratio from marts.fct_market_open_interest "
        "where timeframe = '5m' order by event_at",
    )
    assert [(event_at, round(oi_base, 6)) for event_at, oi_base, _ in rows] == [
        (at("12:00:00"), 9.0),
        (at("12:05:00"), 10.0),
        (at("12:15:00"), 10.1),
        (at("12:20:00"), 11.0),
    ]
    assert [growth and round(growth, 6) for *_, growth in rows] == [
        None,
        round(10 / 9 - 1, 6),
        None,
        round(11 / 10.1 - 1, 6),
    ]
