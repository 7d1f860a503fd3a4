"""The row account of one home in which every dataset lands with every fault, and of the small cases of other people.

Each landed row of the made-up part states beside it what must become of it. Of the files, the test knows how many rows
they have and how many of them the warehouse must know. All of them are built once.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from marts_support import build_home, build_models, home_of_all_workers, load_everything

from common.settings import Settings
from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import Manifest, load_manifest, shipped_manifests
from ingestion.files.uncovered import data_files, uncovered_files
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS
from warehouse.connection import open_read_only
from warehouse.row_account import rows_left_out

# The newest instant that anything was observed, after the data of every case.
OBSERVED_AT = datetime.fromisoformat("2026-11-01 00:30")
OBSERVED_BEFORE = datetime.fromisoformat("2026-10-31 00:30")
DAY = "2020-06-10"

IN_CORE = "in_core"
OLDER = "superseded: older_observation"
OTHER_COLLECTOR = "superseded: other_collector"
OTHER_VALUE = "superseded: other_value_of_bar"
UNKNOWN_VENUE = "unmapped: unknown_venue"
UNKNOWN_INSTRUMENT = "unmapped: unknown_instrument"
UNKNOWN_ASSET = "unmapped: unknown_asset"
NO_METHODOLOGY = "unmapped: no_methodology"
NO_MODEL = "unused: scope_without_model"
NO_VALUE = "unused: no_value"
NO_INTERVAL = "unused: no_interval"
OPEN_BAR = "unused: open_bar"


def at(clock: str) -> datetime:
    """Return the instant of the day, or of another one."""
    return datetime.fromisoformat(clock if "-" in clock else f"{DAY} {clock}")


# The values of an ordinary row of each dataset; the rows below name what differs.
_COMMON = {"source": "exchanges", "source_mode": "file", "collector": "hand", "scope": "instrument",
           "venue_native": "binance", "symbol": "BTCUSDT", "label_convention": "instant", "interval_seconds": 3600,
           "observed_at": OBSERVED_AT}  # fmt: skip
_ORDINARY: dict[str, dict[str, Any]] = {
    "open_interest": {"native_field": "openInterest", "oi_native": 80_000.0, "native_unit": "base",
                      "price_usd_native": 70_000.0},
    "candle": {"price_kind": "trade", "close_usd": 70_000.0, "volume_native": 5.0, "native_unit": "base",
               "label_convention": "end"},
    "funding_rate": {"rate_native": 0.0001, "native_unit": "fraction", "is_settled": True,
                     "funding_interval_hours": 8.0, "interval_seconds": None},
    "liquidation": {"long_native": 1.0, "short_native": 2.0, "native_unit": "base", "coverage": "full",
                    "label_convention": "end"},
    "liquidation_event": {"event_id": "1", "position_side": "long", "quantity_native": 1.0, "native_unit": "base",
                          "price_usd_native": 70_000.0, "price_kind": "fill", "coverage": "full",
                          "interval_seconds": None},
    "long_short_ratio": {"basis": "accounts", "long_native": 0.6, "short_native": 0.4, "native_unit": "fraction"},
    "circulating_supply": {"source": "coingecko", "scope": "asset", "venue_native": None, "symbol": "BTC",
                           "supply_base": 2e7},
    "instrument": {"symbol": "BTCUSDT_270625", "symbol_native": "BTC", "quote": "USDT", "settle": "USDT",
                   "market_type": "dated", "settlement": "linear", "contract_unit": "base", "contract_size": 1.0,
                   "expiry_at": datetime.fromisoformat("2027-06-25 08:00"), "is_trading": True,
                   "interval_seconds": None},
    "stream_coverage": {"collector": "bybit_liquidation_stream", "scope": "venue_total", "venue_native": "bybit",
                        "symbol": "all", "interval_seconds": None, "covered_from": at("01:00")},
}  # fmt: skip
_NO_CONTRACT = {"symbol": "NOSUCHUSDT"}
_NO_VENUE = {"venue_native": "nosuchvenue"}
_NO_COIN = {"symbol": "NOCOIN"}
_COINGLASS = {"source": "coinglass", "venue_native": "BINANCE", "symbol": "BTC", "scope": "venue_total"}
_COINGLASS_LEVEL = {**_COINGLASS, "native_field": "venue_total", "native_unit": "usd", "oi_native": 5e9}
_OTHER = {"collector": "hand_other"}
_BEFORE = {"observed_at": OBSERVED_BEFORE}
_AFTER_THE_END = {"stamped_at": at("2026-11-01 01:00")}

# What must become of each row, with the label of the row and what differs from an ordinary one.
LANDED: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "open_interest": [
        (IN_CORE, "01:00", {}),
        (IN_CORE, "02:00", {}),
        (OLDER, "02:00", _BEFORE),
        ("quarantined: zero", "03:00", {"oi_native": 0.0}),
        # The newest observation of two collectors is used.
        (OTHER_COLLECTOR, "04:00", _BEFORE),
        (IN_CORE, "04:00", _OTHER),
        # The measurement nearest to the end of the bar is used, also if it was observed earlier.
        (IN_CORE, "05:00", _BEFORE),
        (OTHER_VALUE, "04:57", {}),
        # A zero does not take the place of a level, although it is the newest observation.
        (IN_CORE, "08:00", {**_OTHER, **_BEFORE}),
        (OTHER_COLLECTOR, "08:00", {"oi_native": 0.0}),
        (UNKNOWN_INSTRUMENT, "01:00", _NO_CONTRACT),
        (UNKNOWN_INSTRUMENT, "02:00", _NO_CONTRACT),
        (OLDER, "02:00", {**_NO_CONTRACT, **_BEFORE}),
        (UNKNOWN_VENUE, "01:00", _NO_VENUE),
        (NO_METHODOLOGY, "06:00", {"native_unit": "contract"}),
        (NO_METHODOLOGY, "06:00", {"native_field": "mystery"}),
        (NO_VALUE, "07:00", {"oi_native": None, "value_usd_native": 5e9}),
        (NO_MODEL, "01:00", {"scope": "venue_segment"}),
        (IN_CORE, "01:00", _COINGLASS_LEVEL),
        ("quarantined: zero", "02:00", {**_COINGLASS_LEVEL, "oi_native": 0.0}),
        (UNKNOWN_ASSET, "01:00", {**_COINGLASS_LEVEL, **_NO_COIN}),
        (UNKNOWN_VENUE, "01:00", {**_COINGLASS_LEVEL, **_NO_VENUE}),
        (NO_METHODOLOGY, "03:00", {**_COINGLASS_LEVEL, "native_unit": "base"}),
        ("unused: comparison_only", "01:00", {**_COINGLASS_LEVEL, "scope": "market_total", "venue_native": None}),
    ],
    "candle": [
        (IN_CORE, "01:00", {}),
        (IN_CORE, "01:00", {"price_kind": "mark"}),
        (OLDER, "01:00", {"price_kind": "mark", **_BEFORE}),
        (OTHER_COLLECTOR, "02:00", _BEFORE),
        (IN_CORE, "02:00", _OTHER),
        # Half hours: trades add up to the hour, and the mark price of the hour is the last one.
        (IN_CORE, "02:30", {"interval_seconds": 1800}),
        (IN_CORE, "03:00", {"interval_seconds": 1800}),
        (OTHER_VALUE, "02:30", {"interval_seconds": 1800, "price_kind": "mark"}),
        (IN_CORE, "03:00", {"interval_seconds": 1800, "price_kind": "mark"}),
        ("unused: old_level", "03:20", {"interval_seconds": 1200, "price_kind": "mark"}),
        (NO_INTERVAL, "05:00", {"interval_seconds": None}),
        ("unused: long_interval", "06:00", {"interval_seconds": 604_800}),
        (NO_VALUE, "07:00", {"close_usd": None, "native_unit": None}),
        (NO_VALUE, "07:00", {"close_usd": None, "price_kind": "index"}),
        (OPEN_BAR, "01:00", _AFTER_THE_END),
        # A part of an hour that is not over.
        (OPEN_BAR, "01:00", {"stamped_at": at("2026-11-01 00:30"), "interval_seconds": 1800}),
        (UNKNOWN_INSTRUMENT, "01:00", _NO_CONTRACT),
        (UNKNOWN_VENUE, "01:00", _NO_VENUE),
        (NO_MODEL, "01:00", _COINGLASS),
    ],
    "funding_rate": [
        (IN_CORE, "00:00", {}),
        (IN_CORE, "08:00", {}),
        (OLDER, "08:00", _BEFORE),
        (OTHER_VALUE, "08:00:00.007", _BEFORE),
        (IN_CORE, "08:00", {"is_settled": False}),
        (OTHER_COLLECTOR, "16:00", _BEFORE),
        (IN_CORE, "16:00", _OTHER),
        (NO_VALUE, "23:00", {"rate_native": None}),
        (UNKNOWN_INSTRUMENT, "08:00", _NO_CONTRACT),
        (UNKNOWN_VENUE, "08:00", _NO_VENUE),
        (NO_MODEL, "08:00", _COINGLASS),
    ],
    "liquidation": [
        (IN_CORE, "01:00", {}),
        (OLDER, "01:00", _BEFORE),
        (OTHER_COLLECTOR, "02:00", _BEFORE),
        (IN_CORE, "02:00", _OTHER),
        (IN_CORE, "02:30", {"interval_seconds": 1800}),
        (IN_CORE, "03:00", {"interval_seconds": 1800}),
        (NO_INTERVAL, "05:00", {"interval_seconds": None}),
        ("unused: long_interval", "06:00", {"interval_seconds": 604_800}),
        (NO_VALUE, "07:00", {"long_native": None, "short_native": None}),
        (OPEN_BAR, "01:00", _AFTER_THE_END),
        (UNKNOWN_INSTRUMENT, "01:00", _NO_CONTRACT),
        (UNKNOWN_VENUE, "01:00", _NO_VENUE),
        (IN_CORE, "01:00", {**_COINGLASS, "native_unit": "usd"}),
        (UNKNOWN_ASSET, "01:00", {**_COINGLASS, **_NO_COIN}),
        (NO_MODEL, "01:00", {**_COINGLASS, "scope": "market_total", "venue_native": None}),
    ],
    "liquidation_event": [
        (IN_CORE, "01:01", {}),
        (IN_CORE, "01:01", {"event_id": "2"}),
        (IN_CORE, "01:01", _OTHER),
        (OLDER, "01:01", {"event_id": "2", **_BEFORE}),
        (UNKNOWN_INSTRUMENT, "01:01", _NO_CONTRACT),
        (UNKNOWN_VENUE, "01:01", _NO_VENUE),
        (NO_MODEL, "01:01", _COINGLASS),
    ],
    "long_short_ratio": [
        (IN_CORE, "01:00", {}),
        (IN_CORE, "02:00", {"long_native": None, "short_native": None, "ratio_native": 1.5}),
        (OLDER, "02:00", _BEFORE),
        (OTHER_VALUE, "01:57", {}),
        (OTHER_COLLECTOR, "03:00", _BEFORE),
        (IN_CORE, "03:00", _OTHER),
        (IN_CORE, "03:00", {"basis": "top_accounts"}),
        (NO_VALUE, "04:00", {"long_native": None, "short_native": None}),
        (UNKNOWN_INSTRUMENT, "01:00", _NO_CONTRACT),
        (UNKNOWN_VENUE, "01:00", _NO_VENUE),
        (NO_MODEL, "01:00", _COINGLASS),
    ],
    "circulating_supply": [
        (IN_CORE, "00:00", {}),
        (OLDER, "00:00", _BEFORE),
        (OTHER_COLLECTOR, "12:00", _BEFORE),
        (IN_CORE, "12:00", _OTHER),
        (NO_VALUE, "13:00", {"supply_base": None, "price_usd": 70_000.0}),
        (UNKNOWN_ASSET, "00:00", _NO_COIN),
    ],
    "instrument": [
        (IN_CORE, "01:00", {}),
        (IN_CORE, "02:00", {}),
        (IN_CORE, "03:00", {"contract_size": 10.0}),
        (OLDER, "03:00", _BEFORE),
        (UNKNOWN_VENUE, "01:00", _NO_VENUE),
        (UNKNOWN_ASSET, "01:00", {"symbol": "NOCOINUSDT", "symbol_native": "NOCOIN"}),
    ],
    "stream_coverage": [
        (IN_CORE, "01:59", {}),
        (IN_CORE, "02:30", {"covered_from": at("02:01")}),
        (OLDER, "02:30", {"covered_from": at("02:01"), **_BEFORE}),
        (NO_VALUE, "01:00", {}),
        ("unmapped: unknown_stream", "01:59", {"collector": "hand_stream"}),
    ],
}  # fmt: skip

# The origins of the made-up part of which no row counts: each row lands with its collector, and with what differs.
HAND = ("hand", "hand_other", "bybit_liquidation_stream", "hand_stream")


@dataclass(frozen=True)
class Case:
    """A manifest for a file of the cases: the rows that land, and what must become of those that core does not have."""

    manifest: dict[str, Any]
    landed: int
    left_out: dict[str, int]


def _levels(files: str, time: dict[str, Any], values: dict[str, str], **more: Any) -> dict[str, Any]:
    unit, field = more.pop("unit", "base"), more.pop("native_field", "openInterest")
    return {
        "dataset": "open_interest", "scope": "instrument", "source": "exchanges", "files": [files],
        "time": {"label_convention": "instant", **time}, "venue": {"fixed": "binance"}, "symbol": {"fixed": "BTCUSDT"},
        "records": [{"values": values, "unit": unit, "constants": {"native_field": field}}], **more,
    }  # fmt: skip


def _candles(files: str, time: dict[str, Any], values: dict[str, str], **more: Any) -> dict[str, Any]:
    unit = {"unit": "base"} if "volume_native" in values else {}
    record = {"values": values, **unit, "constants": {"price_kind": "trade"}}
    time = {"label_convention": "start", **time}
    return {**_levels(files, time, values), "dataset": "candle", "records": [record], **more}


def _funding(files: str, time: dict[str, Any], values: dict[str, str], **more: Any) -> dict[str, Any]:
    record = {"values": values, "unit": "fraction", "constants": {"is_settled": True}}
    return {**_levels(files, time, values), "dataset": "funding_rate", "records": [record], **more}


def _supply(files: str, time: dict[str, Any], values: dict[str, str], **more: Any) -> dict[str, Any]:
    whole = {**_levels(files, time, values), "dataset": "circulating_supply", "scope": "asset"}
    del whole["venue"]
    return {**whole, "records": [{"values": values}], **more}


_MS = {"unit": "ms", "interval": "1h"}
_ISO = {"unit": "iso", "interval": "1h"}
_OHLC = {"open_usd": "open", "high_usd": "high", "low_usd": "low", "close_usd": "close"}
_OI_USD = {"oi_native": "oi", "value_usd_native": "oi_usd"}
_BY_PATH = {"symbol": {"path": "symbol"}}

CASES: dict[str, Case] = {
    # NEARUSDT is no known contract.
    "jsonl_mixed_symbols": Case(
        _levels("01-jsonl-mixed-symbols/*.jsonl", {"column": "ts", "unit": "ms"}, {"oi_native": "size"},
                symbol={"column": "symbol"}), 12, {UNKNOWN_INSTRUMENT: 1}),
    "wide_btc": Case(
        _levels("05-wide-one-column-per-asset/open_interest.csv", {"column": "date", "unit": "iso", "interval": "1d"},
                {"oi_native": "btc_oi_value_usd"}, unit="usd", native_field="oi_usd"), 30, {}),
    "wide_eth": Case(
        _levels("05-wide-one-column-per-asset/open_interest.csv", {"column": "date", "unit": "iso", "interval": "1d"},
                {"oi_native": "eth_oi_value_usd"}, unit="usd", native_field="oi_usd",
                symbol={"fixed": "ETHUSDT"}), 30, {}),
    # Four of the days have a value in other columns only.
    "wider_btc": Case(
        _levels("05-wide-one-column-per-asset/oi.csv", {"column": "date", "unit": "iso", "interval": "1d"},
                {"oi_native": "btc_oi_value_usd"}, unit="usd", native_field="oi_usd", empty="missing"), 36, {}),
    "jitter_levels": Case(
        _levels("06-gravestone-jitter/{symbol}_oi_4h.csv", {"column": "timestamp", "unit": "ms", "interval": "4h"},
                {"oi_native": "sum_open_interest", "value_usd_native": "sum_open_interest_value"},
                native_field="sumOpenInterest", **_BY_PATH), 504, {}),
    "jitter_funding": Case(
        _funding("06-gravestone-jitter/{symbol}_funding.csv", {"column": "timestamp", "unit": "ms"},
                 {"rate_native": "funding_rate"}, **_BY_PATH), 600, {}),
    "jitter_candles": Case(
        _candles("06-gravestone-jitter/{symbol}_4h.csv", {"column": "timestamp", "unit": "ms", "interval": "4h"},
                 {**_OHLC, "volume_native": "volume"}, **_BY_PATH), 180, {}),
    "freqtrade_candles": Case(
        _candles("08-freqtrade-json-lists/*.json.gz", {"column": "time", **_MS}, {**_OHLC, "volume_native": "volume"},
                 header=["time", "open", "high", "low", "close", "volume"], symbol={"fixed": "XRPUSDT"}), 100, {}),
    "parquet_levels": Case(
        _levels("09-parquet-ms-tz/btc_oi.parquet", {"column": "timestamp", "unit": "ms", "interval": "5m"},
                {"oi_native": "open_interest"}), 8352, {}),
    "parquet_funding": Case(
        _funding("09-parquet-ms-tz/btc_funding.parquet", {"column": "datetime", "unit": "iso"},
                 {"rate_native": "funding_rate"}), 4680, {}),
    # The last of the 2,348 rows has a price and no supply, so it makes no record.
    "coinmetrics_supply": Case(
        _supply("10-coinmetrics-parquet-ns/*.parquet",
                {"column": "date", "unit": "iso", "interval": "1d", "label_convention": "start"},
                {"market_cap_usd": "CapMrktCurUSD", "supply_base": "SplyCur", "price_usd": "PriceUSD"},
                source="coinmetrics", symbol={"fixed": "BTC"}, empty="missing"), 2347, {}),
    "json_array": Case(
        _levels("11-json-array-ms/*.json", {"column": "time", **_MS},
                {"oi_native": "openInterest", "value_usd_native": "openInterestValue"}), 6, {}),
    # A total of all venues is only compared with the sum over the venues.
    "daily_total": Case(
        {key: value for key, value in _levels(
            "13-daily-total-usd/*.csv", {"column": "date", "unit": "iso", "interval": "1d"}, {"oi_native": "oi_usd"},
            unit="usd", native_field="total", scope="market_total", source="coinglass",
            symbol={"fixed": "BTC"}).items() if key != "venue"}, 7, {"unused: comparison_only": 7}),
    "coingecko_export": Case(
        _supply("14-coingecko-export/*.csv",
                {"column": "snapped_at", "unit": "%Y-%m-%d %H:%M:%S UTC", "interval": "1d"},
                {"market_cap_usd": "market_cap", "price_usd": "price"}, source="coingecko",
                symbol={"fixed": "BNB"}), 60, {}),
    "tradingview_export": Case(
        _candles("18-tradingview-export/*.csv", {"column": "time", "unit": "s", "interval": "1h"}, _OHLC), 59, {}),
    "bybit_answer": Case(
        _levels("20-bybit-result-list/*.json", {"column": "timestamp", "unit": "ms", "interval": "7d"},
                {"oi_native": "openInterest"}, rows="result.list", venue={"fixed": "bybit"}), 3, {}),
    "okx_answer": Case(
        _levels("21-okx-contracts/*.json", {"column": "ts", "unit": "ms"}, {"oi_native": "oi"}, unit="contract",
                native_field="oi", venue={"fixed": "okx"}, symbol={"column": "instId"}), 1, {}),
    "archive_metrics": Case(
        _levels("24-binance-metrics-zip/*.csv", {"column": "create_time", "unit": "iso", "interval": "5m"},
                {"oi_native": "sum_open_interest", "value_usd_native": "sum_open_interest_value"},
                native_field="sum_open_interest", symbol={"column": "symbol"}), 13, {}),
    "ccxt_dump": Case(
        _levels("25-ccxt-dump/*.jsonl", {"column": "timestamp", **_MS},
                {"oi_native": "openInterestAmount", "value_usd_native": "openInterestValue"},
                symbol={"column": "symbol", "rename": {"default": {"BTC/USDT:USDT": "BTCUSDT"}}}), 6, {}),
    "offset_in_cell": Case(
        _levels("26-encodings/iso_offset.csv", {"column": "time", **_ISO, "zone": "in_cell"}, _OI_USD), 6, {}),
    "seconds_with_parts": Case(
        _levels("26-encodings/epoch_float.csv", {"column": "time", "unit": "s", "interval": "1h"}, _OI_USD), 6, {}),
    "seconds_as_power": Case(
        _levels("26-encodings/epoch_sci.csv", {"column": "time", "unit": "s", "interval": "1h"}, _OI_USD), 6, {}),
    "pandas_index": Case(
        _levels("26-encodings/pandas_index.csv", {"column": "timestamp", **_ISO, "zone": "in_cell"}, _OI_USD), 6, {}),
    # Five spellings of venues and symbols, of which the seeds know one venue with none of its symbols.
    "mixed_spellings": Case(
        _levels("26-encodings/mixed_spellings.csv", {"column": "time", **_MS}, _OI_USD, venue={"column": "exchange"},
                symbol={"column": "symbol"}), 30, {UNKNOWN_VENUE: 24, UNKNOWN_INSTRUMENT: 6}),
    # The last number of BNB is cut off.
    "late_polls": Case(
        _levels("28-late-poll-and-cut-off/{symbol}_late.csv", {"column": "time", **_ISO},
                {"oi_native": "oi", "value_usd_native": "usd"},
                venue={"fixed": "bybit"}, **_BY_PATH), 147, {"quarantined: implied_price": 1}),
}  # fmt: skip
# Files that the reader refuses, with the form of their times in a manifest, and the error.
REFUSED = {
    "03-wide-no-time/open_interest.csv": (_ISO, "column time, oi, oi_usd is missing"),
    "26-encodings/comment_lines.csv": (_MS, "Expected 1 columns, got 3"),
    "26-encodings/multi_header.csv": (_ISO, "two columns have the same name"),
    "26-encodings/nan_words.csv": (_MS, "line 4, column oi: 'NaN' (and 1 more) is not a number"),
    "26-encodings/semicolon_comma.csv": (_ISO, "Expected 1 columns, got 3"),
    "26-encodings/thousands.csv": (
        {**_ISO, "zone": "in_cell"},
        "line 2, column oi: '83,397.687' (and 5 more) is not a number",
    ),
    "26-encodings/utf16_tab.csv": (_ISO, "'utf-8' codec can't decode byte 0xff"),
}
# Files that no manifest can express: another format, or events without a key.
UNCOVERED = {
    "17-excel/BNB.xlsx": "oiw does not read this format",
    "23-hyperliquid-events/liquidations.csv": "this file has no column",
    "24-binance-metrics-zip/BTCUSDT-metrics-2023-11-14.zip": "oiw does not read this format",
    "24-binance-metrics-zip/BTCUSDT-metrics-2023-11-15.zip": "oiw does not read this format",
}
# The manifests of the cases in `truth`, the rows of their files, and what the account says of those rows.
TRUTH = {
    "min_oi": (2023, {IN_CORE: 2023}),
    # Levels in USD of an asset without any price.
    "min_usd": (1081, {"in_core: no_price": 1081}),
    # One column for each of three venues.
    "coinglass_open_interest_by_exchange": (3 * 426, {IN_CORE: 3 * 426}),
    "coinglass_price": (438, {IN_CORE: 438}),
}


def case_manifests() -> dict[str, Manifest]:
    """Return the manifests of the files that land."""
    return {
        name: Manifest.model_validate({"name": name, "description": "-", "source_mode": "file", **case.manifest})
        for name, case in CASES.items()
    }


def truth_manifests(shared_cases: Path, folder: Path) -> dict[str, Manifest]:
    """Return the manifests of the truth: two beside the files, with a former name of a key, and two shipped ones."""
    found = {name: load_manifest(shipped_manifests()[name]) for name in TRUTH if name in shipped_manifests()}
    for path in (shared_cases / "truth").glob("*.yaml"):
        present = folder / path.name
        present.write_text(path.read_text().replace("habit:", "label_convention:"))
        manifest = load_manifest(present)
        found[manifest.name] = manifest
    return found


def land_rows(settings: Settings, rows_by_dataset: Mapping[str, Sequence[tuple[str, str, dict[str, Any]]]]) -> None:
    """Land made-up rows, one batch for each dataset, collector and time of observation."""
    for dataset, rows in rows_by_dataset.items():
        batches: dict[tuple[str, datetime], list[dict[str, Any]]] = {}
        for _, clock, differences in rows:
            row = {**_COMMON, **_ORDINARY[dataset], "stamped_at": at(clock), **differences}
            batches.setdefault((row["collector"], row["observed_at"]), []).append(row)
        schema = DATASETS[dataset].schema
        for (collector, observed_at), landed in batches.items():
            table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in landed], schema)
            content = content_sha256(f"{landed}")
            batch = Batch(dataset, collector, f"{collector}/{dataset}", content, observed_at)
            assert write_batch(settings.landing_dir, batch, DATASETS[dataset], table)


@pytest.fixture(scope="module")
def home(shared_cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the made-up rows and all cases, built and tested once. Do not write into it."""

    def fill(settings: Settings) -> None:
        land_rows(settings, LANDED)
        folder = tmp_path_factory.mktemp("manifests")
        manifests = [(manifest, shared_cases / "files") for manifest in case_manifests().values()]
        manifests += [(manifest, shared_cases / "truth") for manifest in truth_manifests(shared_cases, folder).values()]
        for manifest, root in manifests:
            report = ingest_manifest(manifest, root, settings.landing_dir, observed_at=OBSERVED_AT)
            assert report.failures == ()
        assert load_everything(settings).failures == ()
        # The build runs every data test, among them the one that the account adds up.
        report = build_home(settings)
        assert "assert_row_account_adds_up" in {node.unique_id.split(".")[2] for node in report.nodes}

    return home_of_all_workers(tmp_path_factory, "row_account_home", fill)


@pytest.fixture(scope="module")
def con(home: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file of the home."""
    with open_read_only(home.build_file, missing="the fixture builds it") as con:
        yield con


_FATE = "state || coalesce(': ' || reason, '')"


def fates_of(con: duckdb.DuckDBPyConnection, collector: str) -> dict[str, int]:
    """Return the number of rows of a collector by what became of them."""
    return dict(
        con.execute(
            f"select {_FATE}, sum(row_count)::bigint from quality.dq_row_account where collector = ? group by all",
            [collector],
        ).fetchall()
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_row_of_every_fault_has_its_fate(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    for fate, _, differences in LANDED[dataset]:
        row = {**_COMMON, **_ORDINARY[dataset], **differences}
        expected[row["source"], row["collector"], row["venue_native"], row["symbol"], fate] += 1
    found = con.execute(
        f"select source, collector, venue_native, symbol, {_FATE}, sum(row_count)::bigint "
        "from quality.dq_row_account where dataset = ? and list_contains(?, collector) group by all",
        [dataset, HAND],
    ).fetchall()
    assert {tuple(key): count for *key, count in found} == expected


@pytest.mark.parametrize("name", CASES)
def test_every_row_of_a_file_is_accounted_for(con: duckdb.DuckDBPyConnection, name: str) -> None:
    fates = fates_of(con, name)
    known = {IN_CORE, "in_core: no_price", "in_core: identity", OTHER_COLLECTOR, OTHER_VALUE}
    assert {fate: count for fate, count in fates.items() if fate not in known} == CASES[name].left_out
    assert sum(fates.values()) == CASES[name].landed


def test_values_in_one_bar_are_one_value(con: duckdb.DuckDBPyConnection) -> None:
    # BTC, ETH and SOL were polled twice within eleven seconds.
    assert fates_of(con, "jsonl_mixed_symbols") == {
        "in_core: no_price": 8, OTHER_VALUE: 3, UNKNOWN_INSTRUMENT: 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", TRUTH)
def test_every_row_of_the_truth_is_in_core(con: duckdb.DuckDBPyConnection, name: str) -> None:
    landed, fates = TRUTH[name]
    assert fates_of(con, name) == fates
    assert sum(fates.values()) == landed


def test_holes_of_contracts_are_findings(con: duckdb.DuckDBPyConnection) -> None:
    """In the truth Bybit is out for 119 hours, and both venues for the same ten hours (truth/make.py)."""
    rows = con.execute(
        "select series, venue, first_event_at, last_event_at, row_count from quality.dq_finding_occurrence "
        "where rule = 'missing_bars' and source = 'exchanges' and asset = 'ETH' and last_event_at < '2025-02-15' "
        "order by first_event_at"
    ).fetchall()
    assert rows == [
        ("ETHUSDT", "bybit", at("2025-01-20 01:00"), at("2025-01-24 23:00"), 119),
        ("several contracts", None, at("2025-02-01 03:00"), at("2025-02-01 12:00"), 10),
    ]


def test_a_file_of_which_no_row_counts_is_named(con: duckdb.DuckDBPyConnection) -> None:
    left_out = rows_left_out(con)
    assert left_out is not None
    useless = (
        "daily_total:13-daily-total-usd/open_interest.csv",
        "hand_stream/stream_coverage",
        "mixed_spellings:26-encodings/mixed_spellings.csv",
    )
    assert left_out.useless_origins == useless
    assert [line for line in left_out.lines() if line.strip() in useless] == [f"  {origin}" for origin in useless]


def test_what_cannot_be_read_is_refused_with_its_place(shared_cases: Path, tmp_path: Path) -> None:
    for name, (time, reason) in REFUSED.items():
        keys = _levels(name, {"column": "time", **time}, _OI_USD)
        manifest = Manifest.model_validate({"name": "refused", "description": "-", "source_mode": "file", **keys})
        report = ingest_manifest(manifest, shared_cases / "files", tmp_path, observed_at=OBSERVED_AT)
        assert report.landed == 0
        (failure,) = report.failures
        assert name in failure
        assert reason in failure
        assert "\n" not in failure


def test_no_file_vanishes(con: duckdb.DuckDBPyConnection, shared_cases: Path) -> None:
    root = shared_cases / "files"
    origins = con.execute("select origin from ops.load_batch where origin like '%:%'").fetchall()
    landed = {origin.partition(":")[2] for (origin,) in origins}
    files = {path.relative_to(root).as_posix() for path in data_files(root)}
    assert files - landed == {*REFUSED, *UNCOVERED}
    # `oiw run` lists each of them in one sentence while no manifest covers it.
    groups = uncovered_files(root, list(case_manifests().values()))
    lines = {name: group.line() for group in groups for name in group.files}
    assert set(lines) == {*REFUSED, *UNCOVERED}
    for name, reason in UNCOVERED.items():
        assert reason in lines[name]
    assert all("\n" not in line for line in lines.values())


def account_of(settings: Settings) -> list[tuple[Any, ...]]:
    """Return the account by day and origin."""
    with open_read_only(settings.build_file, missing="the test builds it") as con:
        return con.execute("select * from intermediate.int_quality__account_day order by all").fetchall()


def test_an_increment_gives_the_account_of_a_full_build(home: Settings, tmp_path: Path) -> None:
    """Rows of the next hours close the bars that were open, and observe one value again."""
    grown = Settings(home=Path(shutil.copytree(home.home, tmp_path / "grown")))
    later = {"observed_at": at("2026-11-01 03:30")}
    land_rows(
        grown,
        {
            "candle": [(IN_CORE, "2026-11-01 02:00", later), (IN_CORE, "2026-11-01 01:00", later)],
            "open_interest": [(IN_CORE, "2026-11-01 02:00", later), (UNKNOWN_VENUE, "2026-11-01 02:00", _NO_VENUE)],
            "stream_coverage": [(IN_CORE, "2026-11-01 02:00", {"covered_from": at("2026-11-01 01:00"), **later})],
        },
    )
    assert load_everything(grown).failures == ()
    assert not build_models(grown).is_full_refresh
    with open_read_only(grown.build_file, missing="the test builds it") as con:
        assert con.execute("select sum(row_count) from quality.dq_left_out where reason = 'open_bar'").fetchall() == [
            (None,)
        ]
    full = Settings(home=Path(shutil.copytree(grown.home, tmp_path / "full")))
    build_models(full, is_full_refresh=True)
    assert account_of(grown) == account_of(full)
