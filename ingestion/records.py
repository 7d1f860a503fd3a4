"""The schema of every raw dataset: the columns of a record, its key and its units. Landing and the loader share it.

A record keeps the native value and its native unit, the source's own time label, and the time of observation. It is not
interpreted here: dbt converts it to one-sided base coins and USD, with the dated methodology seed.

``stamped_at`` is the source's own time label, converted to UTC (naive). ``label_convention`` is its meaning:

* ``instant``: the value is true at the label (a level, or an event),
* ``end``: the label is the end of a bar of ``interval_seconds``,
* ``start``: the label is the start of the bar, so the value is known ``interval_seconds`` later,
* ``dated``: the meaning changed on a date; the dated seed ``label_convention`` has it for each collector.

Only staging derives ``event_at`` from these two columns: decision 0002 (docs/decisions).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, get_args

import pyarrow as pa

Scope = Literal["instrument", "venue_total", "venue_segment", "market_total", "asset"]
LabelConvention = Literal["instant", "start", "end", "dated"]
Unit = Literal["base", "contract", "usd", "fraction", "percent"]
PriceKind = Literal["trade", "mark", "index", "spot"]
Coverage = Literal["full", "sampled", "aggregate"]
RatioBasis = Literal["accounts", "top_accounts", "top_positions", "taker_flow"]
MarketType = Literal["perpetual", "dated"]
Settlement = Literal["linear", "inverse"]
PositionSide = Literal["long", "short"]
LiquidationPriceKind = Literal["bankruptcy", "order", "fill"]

TIMESTAMP = pa.timestamp("us")

# The bounds of every time label. No record of these markets is older: a label in seconds that is read as milliseconds
# gives a time in 1970. A label is at most this long after its observation, because clocks differ.
EARLIEST_STAMP = datetime(2015, 1, 1)  # noqa: DTZ001 -- instants are UTC and naive throughout
LONGEST_AHEAD = timedelta(days=1)

_COMMON = [
    pa.field("source", pa.string(), nullable=False),
    pa.field("source_mode", pa.string(), nullable=False),
    pa.field("collector", pa.string(), nullable=False),
    pa.field("scope", pa.string(), nullable=False),
    pa.field("venue_native", pa.string()),
    pa.field("symbol", pa.string(), nullable=False),
    pa.field("stamped_at", TIMESTAMP, nullable=False),
    pa.field("label_convention", pa.string(), nullable=False),
    pa.field("interval_seconds", pa.int32()),
    pa.field("observed_at", TIMESTAMP, nullable=False),
]
_PAYLOAD = pa.field("payload", pa.string())


@dataclass(frozen=True)
class Dataset:
    """One raw dataset.

    ``fields`` are the columns that it adds to the common ones. ``key`` identifies a fact: two rows with the same key
    and different values are two observations of one fact. ``values`` maps each value column to its allowed units (an
    empty tuple: the column's name states the unit).
    """

    name: str
    fields: tuple[pa.Field, ...]
    key: tuple[str, ...]
    values: dict[str, tuple[str, ...]]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of ``fields``."""
        return tuple(field.name for field in self.fields)

    @property
    def value(self) -> str:
        """The column of the measured value itself, the first of ``values``. The others accompany it."""
        return next(iter(self.values))

    @cached_property
    def own_key(self) -> tuple[str, ...]:
        """The columns of the key that the dataset adds to the common ones."""
        return tuple(column for column in self.columns if column in self.key)

    @cached_property
    def schema(self) -> pa.Schema:
        """Arrow schema of a landing batch of this dataset."""
        return pa.schema([*_COMMON, *self.fields, _PAYLOAD])


_KEY = ("source", "collector", "scope", "venue_native", "symbol", "stamped_at")

OPEN_INTEREST = Dataset(
    name="open_interest",
    fields=(
        # The venue's own name of the number. Bybit, for example, publishes several numbers with different meanings.
        pa.field("native_field", pa.string(), nullable=False),
        pa.field("oi_native", pa.float64()),
        pa.field("native_unit", pa.string(), nullable=False),
        # The same quantity in USD, where the source states it beside the native value.
        pa.field("value_usd_native", pa.float64()),
        # The price in the same row of the source, in USD.
        pa.field("price_usd_native", pa.float64()),
    ),
    key=(*_KEY, "native_field"),
    values={"oi_native": ("base", "contract", "usd"), "value_usd_native": (), "price_usd_native": ()},
)

CANDLE = Dataset(
    name="candle",
    fields=(
        pa.field("price_kind", pa.string(), nullable=False),
        pa.field("open_usd", pa.float64()),
        pa.field("high_usd", pa.float64()),
        pa.field("low_usd", pa.float64()),
        pa.field("close_usd", pa.float64()),
        pa.field("volume_native", pa.float64()),
        pa.field("native_unit", pa.string()),
        pa.field("turnover_usd", pa.float64()),
    ),
    key=(*_KEY, "price_kind"),
    values={
        "open_usd": (),
        "high_usd": (),
        "low_usd": (),
        "close_usd": (),
        "volume_native": ("base", "contract", "usd"),
        "turnover_usd": (),
    },
)

FUNDING_RATE = Dataset(
    name="funding_rate",
    fields=(
        pa.field("rate_native", pa.float64()),
        pa.field("native_unit", pa.string(), nullable=False),
        # NULL where the source does not state it. Staging then derives it from consecutive settlements.
        pa.field("funding_interval_hours", pa.float64()),
        pa.field("is_settled", pa.bool_(), nullable=False),
    ),
    key=(*_KEY, "is_settled"),
    values={"rate_native": ("fraction", "percent"), "funding_interval_hours": ()},
)

LIQUIDATION = Dataset(
    name="liquidation",
    fields=(
        # Long and short are the sides of the positions that were closed.
        pa.field("long_native", pa.float64()),
        pa.field("short_native", pa.float64()),
        pa.field("native_unit", pa.string(), nullable=False),
        pa.field("coverage", pa.string(), nullable=False),
    ),
    key=_KEY,
    values={"long_native": ("base", "contract", "usd"), "short_native": ("base", "contract", "usd")},
)

LONG_SHORT_RATIO = Dataset(
    name="long_short_ratio",
    fields=(
        pa.field("basis", pa.string(), nullable=False),
        pa.field("long_native", pa.float64()),
        pa.field("short_native", pa.float64()),
        pa.field("native_unit", pa.string(), nullable=False),
        # long / short, where the source states only the ratio.
        pa.field("ratio_native", pa.float64()),
    ),
    key=(*_KEY, "basis"),
    values={
        "long_native": ("fraction", "percent", "base"),
        "short_native": ("fraction", "percent", "base"),
        "ratio_native": (),
    },
)

CIRCULATING_SUPPLY = Dataset(
    name="circulating_supply",
    fields=(
        pa.field("supply_base", pa.float64()),
        pa.field("market_cap_usd", pa.float64()),
        pa.field("price_usd", pa.float64()),
    ),
    key=_KEY,
    values={"supply_base": (), "market_cap_usd": (), "price_usd": ()},
)

# A contract's specification as the venue states it; ``stamped_at`` is when it was observed. A row lands on each change.
INSTRUMENT = Dataset(
    name="instrument",
    fields=(
        # The base coin as the venue names it. A seed maps XBT, 1000PEPE and kPEPE to assets.
        pa.field("symbol_native", pa.string(), nullable=False),
        pa.field("quote", pa.string(), nullable=False),
        pa.field("settle", pa.string(), nullable=False),
        pa.field("market_type", pa.string(), nullable=False),
        pa.field("settlement", pa.string(), nullable=False),
        # One contract is ``contract_size`` base coins or USD.
        pa.field("contract_unit", pa.string(), nullable=False),
        pa.field("contract_size", pa.float64(), nullable=False),
        pa.field("listed_at", TIMESTAMP),
        pa.field("expiry_at", TIMESTAMP),
        pa.field("is_trading", pa.bool_(), nullable=False),
    ),
    key=_KEY,
    values={"contract_size": ()},
)

# One forced close, from a stream or from a venue's list; ``stamped_at`` is its instant.
LIQUIDATION_EVENT = Dataset(
    name="liquidation_event",
    fields=(
        # The venue's own identity of the event, or a hash of its content: the same message twice is one event.
        pa.field("event_id", pa.string(), nullable=False),
        # The side of the position that was closed, never of the order that closed it.
        pa.field("position_side", pa.string(), nullable=False),
        pa.field("quantity_native", pa.float64(), nullable=False),
        pa.field("native_unit", pa.string(), nullable=False),
        pa.field("price_usd_native", pa.float64()),
        pa.field("price_kind", pa.string(), nullable=False),
        pa.field("coverage", pa.string(), nullable=False),
    ),
    key=(*_KEY, "event_id"),
    values={"quantity_native": ("base", "contract", "usd"), "price_usd_native": ()},
)

# An interval that ends at ``stamped_at``, in which a venue's liquidation stream was connected without a break. Between
# two intervals there is a gap: there the absence of events does not mean that nobody was liquidated.
STREAM_COVERAGE = Dataset(
    name="stream_coverage",
    fields=(pa.field("covered_from", TIMESTAMP, nullable=False),),
    key=(*_KEY, "covered_from"),
    values={},
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        OPEN_INTEREST, CANDLE, FUNDING_RATE, LIQUIDATION, LONG_SHORT_RATIO, CIRCULATING_SUPPLY,
        INSTRUMENT, LIQUIDATION_EVENT, STREAM_COVERAGE,
    )
}  # fmt: skip

UNITS: tuple[str, ...] = get_args(Unit)
