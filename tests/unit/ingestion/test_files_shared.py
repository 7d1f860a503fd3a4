"""Every shipped manifest on the recorded data: each record lands once, with the meaning in its README."""

from datetime import datetime
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
import pytest

from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import load_manifest, shipped_manifests

OBSERVED_AT = datetime(2026, 11, 1)  # noqa: DTZ001 naive UTC, as the API takes it

# Counts of files, records and identical repetitions, from the table in the data's README (wide files: filled cells).
EXPECTED = {
    "binance_15m_funding": (1, 6803, 0),
    "binance_15m_long_short": (1, 8382, 0),
    "binance_15m_open_interest": (1, 2794, 0),
    "binance_15m_taker": (1, 2789, 0),
    "binance_rest_candle_1d": (3, 2058, 0),
    "binance_rest_candle_1h": (3, 8420, 0),
    "binance_rest_candle_spot_1h": (1, 5008, 0),
    "binance_rest_funding": (3, 526, 0),
    "binance_rest_funding_8h": (1, 626, 0),
    "binance_rest_open_interest_1d": (3, 58, 0),
    "binance_rest_open_interest_4h": (3, 358, 0),
    "binance_snapshots_open_interest_1h": (1, 2040, 0),
    "bybit_15m_candle": (1, 1693, 0),
    "bybit_15m_funding": (1, 202, 0),
    "bybit_15m_long_short": (1, 672, 0),
    "bybit_15m_open_interest": (1, 672, 0),
    "bybit_daily_candle": (2, 3214, 2),
    "coinalyze_candle": (2, 2930, 0),
    "coinalyze_liquidation": (2, 2879, 51),
    "coinalyze_long_short": (2, 2926, 4),
    "coinalyze_open_interest": (2, 2930, 0),
    "coinglass_funding": (2, 11192, 0),
    "coinglass_liquidation": (3, 1335, 0),
    "coinglass_long_short_global_account": (1, 445, 0),
    "coinglass_long_short_top_account": (1, 445, 0),
    "coinglass_long_short_top_position": (1, 445, 0),
    "coinglass_open_interest_binance_coin_margin": (3, 1335, 0),
    "coinglass_open_interest_binance_stablecoin_margin": (3, 1335, 0),
    "coinglass_open_interest_by_exchange": (3, 27546, 0),
    "coinglass_open_interest_live": (1, 1352, 0),
    "coinglass_open_interest_restated": (1, 800, 0),
    "coinglass_open_interest_total": (3, 1335, 0),
    "coinglass_price": (1, 470, 0),
    "docpats_long_short_1h": (1, 50, 0),
    "docpats_open_interest_1h": (1, 50, 0),
    "funding_2020_2023_utc": (2, 21810, 0),
    "funding_2020_2023_utc_plus_3": (5, 17522, 0),
    "market_cap_coingecko_daily": (1, 81, 0),
    "market_cap_coingecko_snapshots": (1, 1235, 0),
    "market_cap_coinmetrics_daily": (1, 2070, 0),
    "multi_venue_candle": (1, 38366, 0),
    "multi_venue_funding": (1, 39244, 0),
    "multi_venue_liquidation_daily_hyperliquid": (1, 50, 0),
    "multi_venue_open_interest_hyperliquid": (1, 17480, 0),
    "multi_venue_open_interest_snapshot": (1, 25, 0),
    "okx_snapshots_funding": (1, 1145, 0),
    "okx_snapshots_long_short": (1, 1145, 0),
    "okx_snapshots_open_interest": (1, 1145, 0),
}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("landing")


def landed(landing: Path, shared_data: Path, name: str) -> list[dict[str, object]]:
    manifest = load_manifest(shipped_manifests()[name])
    ingest_manifest(manifest, shared_data, landing, observed_at=OBSERVED_AT)
    paths = sorted(landing.glob(f"*/{name}/*/*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


# The recorded five-minute files are of symbols that this part of the data does not include.
NOT_RECORDED_HERE = {f"coinalyze_5m_{kind}" for kind in ("open_interest", "candle", "liquidation", "long_short")}


def test_every_shipped_manifest_is_expected() -> None:
    assert set(shipped_manifests()) == set(EXPECTED) | NOT_RECORDED_HERE


def test_five_minute_coinalyze_files_are_three_hours_ahead(tmp_path: Path) -> None:
    (tmp_path / "coinalyze").mkdir()
    file = tmp_path / "coinalyze" / "XRPUSDT_PERP.A_open-interest-history.csv"
    file.write_text("2024-09-14 03:00:00,10,12,9,11\n")
    rows = landed(tmp_path / "landing", tmp_path, "coinalyze_5m_open_interest")
    assert [(str(row["stamped_at"]), row["interval_seconds"], row["oi_native"]) for row in rows] == [
        ("2024-09-14 00:00:00", 300, 11.0)
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_manifest_takes_in_all_its_files_once(shared_data: Path, tmp_path: Path, name: str) -> None:
    manifest = load_manifest(shipped_manifests()[name])
    report = ingest_manifest(manifest, shared_data, tmp_path, observed_at=OBSERVED_AT)
    assert report.failures == ()
    assert (report.landed, report.rows, report.duplicates) == EXPECTED[name]
    again = ingest_manifest(manifest, shared_data, tmp_path, observed_at=datetime(2026, 11, 2))  # noqa: DTZ001 naive UTC
    assert (again.landed, again.unchanged, again.failures) == (0, report.landed, ())


def test_coinalyze_clocks_are_six_hours_ahead(shared_data: Path, landing: Path) -> None:
    """Opens of hourly candles equal those of Binance only after the shift of six hours: 2024-06-20 03:00 is 21:00."""
    rows = landed(landing, shared_data, "coinalyze_candle")
    assert str(min(row["stamped_at"] for row in rows)) == "2024-06-19 21:00:00"


def test_venue_columns_add_up_to_the_vendors_own_total(shared_data: Path, landing: Path) -> None:
    mark = datetime(2025, 7, 15)  # noqa: DTZ001 naive UTC
    venues = landed(landing, shared_data, "coinglass_open_interest_by_exchange")
    total = landed(landing, shared_data, "coinglass_open_interest_total")

    def sum_at(rows: list[dict[str, object]]) -> float:
        return sum(row["oi_native"] for row in rows if (row["symbol"], row["stamped_at"]) == ("BTC", mark))

    assert sum_at(venues) == pytest.approx(sum_at(total), rel=0.01)
    assert {row["venue_native"] for row in venues} >= {"GATE", "GATE.IO", "CRYPTO.COM"}


def test_two_collectors_of_binance_open_interest_agree_to_the_last_digit(shared_data: Path, landing: Path) -> None:
    rest = {
        row["stamped_at"]: row["oi_native"]
        for row in landed(landing, shared_data, "binance_rest_open_interest_4h")
        if row["symbol"] == "BTCUSDT"
    }
    other = {row["stamped_at"]: row["oi_native"] for row in landed(landing, shared_data, "docpats_open_interest_1h")}
    common = rest.keys() & other.keys()
    assert len(common) == 12
    assert [rest[mark] for mark in common] == [other[mark] for mark in common]


def test_funding_on_two_clocks_is_one_history(shared_data: Path, landing: Path) -> None:
    shifted = {
        row["stamped_at"].replace(microsecond=0): row["rate_native"]
        for row in landed(landing, shared_data, "funding_2020_2023_utc_plus_3")
        if row["venue_native"] == "binance"
    }
    other = {
        row["stamped_at"].replace(microsecond=0): row["rate_native"]
        for row in landed(landing, shared_data, "binance_15m_funding")
    }
    common = shifted.keys() & other.keys()
    assert len(common) == 4383
    assert all(shifted[mark] == pytest.approx(other[mark], abs=1e-9) for mark in common)


def test_a_restated_history_keeps_both_sights(shared_data: Path, landing: Path) -> None:
    rows = landed(landing, shared_data, "coinglass_open_interest_restated")
    sights: dict[object, dict[object, float]] = {}
    for row in rows:
        sights.setdefault(row["stamped_at"], {})[row["observed_at"]] = row["oi_native"]
    ratios = [max(sight.items())[1] / min(sight.items())[1] for sight in sights.values() if len(sight) == 2]
    assert len(ratios) == 394
    assert median(ratios) == pytest.approx(0.872, abs=0.001)


def test_silent_zeros_come_in_as_zeros(shared_data: Path, landing: Path) -> None:
    rows = landed(landing, shared_data, "okx_snapshots_open_interest")
    assert {row["oi_native"] for row in rows} == {0.0}
    assert {row["symbol"] for row in rows} == {f"{coin}-USDT-SWAP" for coin in ("BNB", "BTC", "ETH", "SOL", "XRP")}
