"""Generated open interest: a year of 5-minute rows per venue and asset from a fixed seed, landed like other sources.

The instruments, units and sides are those of the seeds, so that the build converts them as it converts real data. Every
row has the source mode ``simulated``.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from common.settings import PROJECT_ROOT
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import OPEN_INTEREST

BAR_SECONDS = 300
BARS_A_DAY = 86_400 // BAR_SECONDS
START = np.datetime64("2025-01-01", "us")
COLLECTOR = "benchmark"

# The field of each venue's history, and its unit. Units and sides differ (oi_methodology.csv).
NATIVE_FIELDS = {
    "binance": ("sumOpenInterest", "base"),
    "bybit": ("openInterest", "base"),
    "okx": ("oi", "contract"),
    "bitget": ("openInterest", "base"),
    "hyperliquid": ("openInterest", "base"),
}
# Price in USD and open interest in USD of a venue of middle size: orders of magnitude only.
ASSETS = {
    "BTC": (95_000.0, 5e9),
    "ETH": (3_400.0, 3e9),
    "SOL": (190.0, 1e9),
    "BNB": (650.0, 4e8),
    "XRP": (2.2, 6e8),
    "DOGE": (0.32, 4e8),
    "HYPE": (24.0, 3e8),
    "ADA": (0.9, 2e8),
    "AVAX": (36.0, 1e8),
    "LINK": (21.0, 1e8),
}
_BAR = np.timedelta64(BAR_SECONDS, "s").astype("timedelta64[us]")
_OBSERVED_AFTER = np.timedelta64(2_000_000, "us")
# One bar for each of the two increment steps.
_NEXT_BARS = 2
_MISSING_SHARE = 0.002
_HOLES_A_VENUE_AND_YEAR = 4


@dataclass(frozen=True)
class Shape:
    """How much to generate: the first ``venues`` and ``assets`` of the lists above, over ``days`` of 5-minute bars."""

    days: int = 365
    venues: int = len(NATIVE_FIELDS)
    assets: int = len(ASSETS)
    seed: int = 20250101

    @property
    def bars(self) -> int:
        """Bars of one series."""
        return self.days * BARS_A_DAY


@dataclass(frozen=True)
class Instrument:
    """One perpetual of a venue, and the native units per base coin of one-sided open interest."""

    venue: str
    asset: str
    symbol: str
    native_field: str
    native_unit: str
    native_per_base: float


@dataclass(frozen=True)
class Simulation:
    """Native open interest and price, arrays of bars x instruments; missing bars are NaN in ``oi_native``.

    Row ``i`` is the bar that ends at ``START + (i + 1) * 5 minutes``. The arrays have two more bars than the shape; the
    increment steps land them.
    """

    instruments: list[Instrument]
    oi_native: np.ndarray
    price_usd: np.ndarray


def simulate(shape: Shape) -> Simulation:
    """Simulate every series: prices are random walks that all venues share, open interest reverts to its mean."""
    random = np.random.default_rng(shape.seed)
    instruments = _instruments(shape)
    bars, columns = shape.bars + _NEXT_BARS, len(instruments)
    assets = list(ASSETS)[: shape.assets]
    column_asset = np.array([assets.index(instrument.asset) for instrument in instruments])
    level = np.array([ASSETS[asset] for asset in assets])

    price = level[:, 0] * np.exp(np.cumsum(random.normal(0, 0.001, (bars, len(assets))), axis=0))
    price_usd = price[:, column_asset] * (1 + random.normal(0, 0.0001, (bars, columns)))

    venue_size = random.uniform(0.3, 2.0, columns)
    mean_base = (level[:, 1] / level[:, 0])[column_asset] * venue_size
    native_per_base = np.array([instrument.native_per_base for instrument in instruments])
    walk = _mean_reverting(random.normal(0, 0.0015, (bars, columns)), reversion=0.0005)
    oi_native = mean_base * np.exp(walk) * native_per_base
    oi_native[_missing(random, shape, instruments)] = np.nan
    return Simulation(instruments, oi_native, price_usd)


def land_bars(landing_dir: Path, simulation: Simulation, first_bar: int, last_bar: int) -> int:
    """Land the bars from ``first_bar`` to before ``last_bar``, one batch per venue and month; return the row count."""
    rows = 0
    for venue in dict.fromkeys(instrument.venue for instrument in simulation.instruments):
        for month_first, month_last in _months(first_bar, last_bar):
            table = _table(simulation, venue, month_first, month_last)
            origin = f"benchmark/{venue}/{_bar_end(month_first):%Y-%m}/{month_first}-{month_last}"
            values = [table[name].combine_chunks().buffers()[1] for name in ("stamped_at", "oi_native")]
            batch = Batch(OPEN_INTEREST.name, COLLECTOR, origin, content_sha256(*values), _bar_end(month_last))
            write_batch(landing_dir, batch, OPEN_INTEREST, table)
            rows += table.num_rows
    return rows


def _instruments(shape: Shape) -> list[Instrument]:
    contracts = {
        (row["venue"], row["symbol_native"]): row
        for row in _seed("contract_spec")
        if row["market_type"] == "perpetual" and row["settlement"] == "linear"
    }
    sides = {
        (row["venue"], row["native_field"], row["native_unit"]): int(row["sides"])
        for row in _seed("oi_methodology")
        if row["source"] == "exchanges" and row["settlement"] == "linear"
    }
    instruments = []
    for venue, (field, unit) in list(NATIVE_FIELDS.items())[: shape.venues]:
        for asset in list(ASSETS)[: shape.assets]:
            contract = contracts[venue, asset]
            base_per_native = float(contract["contract_size"]) if unit == "contract" else 1.0
            native_per_base = sides[venue, field, unit] / base_per_native
            instruments.append(Instrument(venue, asset, contract["symbol"], field, unit, native_per_base))
    return instruments


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _mean_reverting(shocks: np.ndarray, reversion: float) -> np.ndarray:
    """Turn shocks (bars x series) into AR(1) walks around 0, in place."""
    keep = 1 - reversion
    for bar in range(1, len(shocks)):
        shocks[bar] += keep * shocks[bar - 1]
    return shocks


def _missing(random: np.random.Generator, shape: Shape, instruments: list[Instrument]) -> np.ndarray:
    """Return which bars are missing: single bars, and outages of a venue of 6 hours to 3 days; never the last bar."""
    missing = random.random((shape.bars + _NEXT_BARS, len(instruments))) < _MISSING_SHARE
    column_venue = np.array([instrument.venue for instrument in instruments])
    holes = max(1, round(_HOLES_A_VENUE_AND_YEAR * shape.days / 365))
    for venue in dict.fromkeys(column_venue):
        for _ in range(holes):
            start, length = random.integers(0, shape.bars), random.integers(BARS_A_DAY // 4, 3 * BARS_A_DAY)
            missing[start : start + length, column_venue == venue] = True
    missing[-1] = False
    return missing


def _table(simulation: Simulation, venue: str, first_bar: int, last_bar: int) -> pa.Table:
    columns = [index for index, instrument in enumerate(simulation.instruments) if instrument.venue == venue]
    instruments = [simulation.instruments[index] for index in columns]
    bars = last_bar - first_bar
    rows = bars * len(columns)
    stamped_at = np.repeat(START + np.arange(first_bar + 1, last_bar + 1) * _BAR, len(columns))
    symbols = pa.DictionaryArray.from_arrays(
        np.tile(np.arange(len(columns), dtype=np.int32), bars), [instrument.symbol for instrument in instruments]
    )
    values = {
        "source": _constant("exchanges", rows),
        "source_mode": _constant("simulated", rows),
        "collector": _constant(COLLECTOR, rows),
        "scope": _constant("instrument", rows),
        "venue_native": _constant(venue, rows),
        "symbol": symbols,
        "stamped_at": pa.array(stamped_at),
        "label_convention": _constant("instant", rows),
        "interval_seconds": pa.array(np.full(rows, BAR_SECONDS, dtype=np.int32)),
        "observed_at": pa.array(stamped_at + _OBSERVED_AFTER),
        "native_field": _constant(instruments[0].native_field, rows),
        "oi_native": pa.array(simulation.oi_native[first_bar:last_bar, columns].ravel(), from_pandas=True),
        "native_unit": _constant(instruments[0].native_unit, rows),
        "value_usd_native": pa.nulls(rows, pa.float64()),
        "price_usd_native": pa.array(simulation.price_usd[first_bar:last_bar, columns].ravel()),
        "payload": pa.nulls(rows, pa.string()),
    }
    table = pa.table({name: values[name] for name in OPEN_INTEREST.schema.names})
    return table.filter(pc.field("oi_native").is_valid())


def _constant(value: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), [value])


def _bar_end(bar: int) -> datetime:
    bar_end: datetime = (START + (bar + 1) * _BAR).item()
    return bar_end


def _months(first_bar: int, last_bar: int) -> Iterator[tuple[int, int]]:
    """Split a range of bars at the first day of each month."""
    month_of = [f"{_bar_end(day * BARS_A_DAY):%Y-%m}" for day in range(last_bar // BARS_A_DAY + 1)]
    cuts = [day * BARS_A_DAY for day in range(1, len(month_of)) if month_of[day] != month_of[day - 1]]
    edges = [first_bar, *(cut for cut in cuts if first_bar < cut < last_bar), last_bar]
    yield from pairwise(edges)
