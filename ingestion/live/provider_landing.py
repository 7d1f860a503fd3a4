"""Landing of the rows of one provider: an API of a venue, or a vendor. Rows and state land in the same file.

What belongs here: rows to records and batches, and reading the state. What does not: the requests (api_fetch.py).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from common.errors import InputError, TransientError
from common.settings import Settings, SourceMode
from ingestion.api.feed import Feed, Instrument, Reading, Window
from ingestion.api.landed_instruments import landed_instruments
from ingestion.api.rows import Row
from ingestion.api.vendor import VendorFeed
from ingestion.landing import Batch, content_sha256, newest_batch, read_batch, read_state, write_batch
from ingestion.live.series_state import Series
from ingestion.live.settings import LiveSettings
from ingestion.records import DATASETS, INSTRUMENT, Dataset

# Limits the memory, and the rows that are requested again after a killed backfill.
_ROWS_PER_CHUNK = 20_000
# Clocks differ a little. A label further in the future is wrong: as the newest label, it would hide the later rows.
_CLOCK_TOLERANCE = timedelta(minutes=1)
_SMALLEST_STEP = timedelta(microseconds=1)
_OPTIONAL = frozenset({"scope", "venue_native"})

# Created once, because `json.dumps` with options would create an encoder for each row.
_as_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Provider:
    """A provider of rows: an API of a venue, or a vendor. ``venue_native`` is None for a vendor."""

    name: str
    source: str
    source_mode: SourceMode
    venue_native: str | None
    feeds: Sequence[Feed | VendorFeed]


class ProviderLanding:
    """Lands the new rows of one provider. ``rows`` counts the landed rows by dataset.

    The process may be killed at any time. Rows and state land in the same file, so the next tick continues after the
    rows that have landed.
    """

    def __init__(self, provider: Provider, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Read the state of the provider's newest batches. Raises InputError when one of them cannot be read."""
        self.rows: dict[str, int] = {}
        self._provider = provider
        self._landing_dir = settings.landing_dir
        self._clock = clock
        self._overlap = timedelta(minutes=settings.section(LiveSettings).overlap_minutes)
        self._pending: dict[str, list[pa.Table]] = {}
        self._to_write: set[str] = set()
        self._series: dict[str, dict[tuple[str, str], Series]] = {}
        self._written_at: dict[str, datetime] = {}
        self._order = _landing_order(provider.feeds)
        for name in self._order:
            self._read_state(name)

    def series(self, reading: Reading, symbol: str) -> Series:
        """Return the series of ``symbol`` in ``reading``. Creates it when it is missing."""
        return self._series[reading.dataset.name].setdefault((reading.collector, symbol), Series())

    def since(self, reading: Reading, symbol: str) -> datetime | None:
        """Return the first label to request for ``symbol``; None when it was never requested."""
        return self.series(reading, symbol).floor(self._overlap)

    def take(self, reading: Reading, rows: Iterable[Row], window: Window | None, received_at: datetime) -> list[str]:
        """Keep the new rows of finished bars within ``window``. They land with the next flush.

        A row whose label lies in the future is not kept. Return a line for each. Raises InputError when all labels lie
        in the future, or a row has other columns than the dataset. Then no row is kept.
        """
        listed = list(rows)
        candidates, future = [], []
        for row in listed:
            try:
                is_over = _is_over(reading, row, received_at)
            except InputError as error:
                future.append(error)
                continue
            if is_over and (window is None or window.since <= row["stamped_at"] < window.until):
                candidates.append(row)
        if future and len(future) == len(listed):
            raise future[0]
        _refuse_other_columns(reading, candidates)
        new_rows = [row for row in candidates if self.series(reading, row["symbol"]).take(row, reading.dataset)]
        if new_rows:
            records = [self._record(reading, row, received_at) for row in new_rows]
            table = pa.Table.from_pylist(records, schema=reading.dataset.schema)
            self._pending.setdefault(reading.dataset.name, []).append(table)
            self._to_write.add(reading.dataset.name)
        return [str(error) for error in future]

    def landed_instruments(self) -> Mapping[str, Instrument]:
        """Return the trading contracts that this provider has landed last, by symbol; none if none has landed."""
        if self._provider.venue_native is None:
            return {}
        try:
            return landed_instruments(
                self._landing_dir,
                self._provider.venue_native,
                source_mode=self._provider.source_mode,
                now=self._clock(),
                provider=self._provider.name,
            )
        except TransientError:
            return {}

    def note_requested(self, readings: Sequence[Reading], symbols: Iterable[str], until: datetime) -> None:
        """Note that responses cover ``symbols`` before ``until``. Land the pending rows when there are many."""
        for symbol in symbols:
            for reading in readings:
                if self.series(reading, symbol).note_requested(until):
                    self._to_write.add(reading.dataset.name)
        if sum(table.num_rows for tables in self._pending.values() for table in tables) >= _ROWS_PER_CHUNK:
            self.flush()

    def flush(self) -> None:
        """Land all pending rows and states, one batch for each dataset."""
        for name in self._order:
            if name in self._to_write:
                self._write(DATASETS[name], self._pending.pop(name, []))
        self._to_write.clear()

    def _record(self, reading: Reading, row: Row, received_at: datetime) -> dict[str, Any]:
        return {
            "source": self._provider.source,
            "source_mode": self._provider.source_mode,
            "collector": reading.collector,
            "scope": "instrument",
            "venue_native": self._provider.venue_native,
            "label_convention": reading.label_convention,
            "interval_seconds": reading.interval_seconds,
            "observed_at": received_at,
            **row,
            "payload": _as_text(row["payload"]),
        }

    def _write(self, dataset: Dataset, tables: list[pa.Table]) -> None:
        table = pa.concat_tables([dataset.schema.empty_table(), *tables])
        state: dict[str, dict[str, Any]] = {}
        for (collector, symbol), series in self._series[dataset.name].items():
            state.setdefault(collector, {})[symbol] = series.as_state(self._overlap)
        # Each batch gets a later time than the one before, also with a coarse clock: names of batches sort by time.
        observed_at = self._clock()
        if dataset.name in self._written_at:
            observed_at = max(observed_at, self._written_at[dataset.name] + _SMALLEST_STEP)
        self._written_at[dataset.name] = observed_at
        batch = self._batch(dataset.name, content_sha256(json.dumps(state), str(observed_at)), observed_at)
        write_batch(self._landing_dir, batch, dataset, table, state=state)
        self.rows[dataset.name] = self.rows.get(dataset.name, 0) + table.num_rows

    def _batch(self, dataset_name: str, content: str, observed_at: datetime) -> Batch:
        name = self._provider.name
        return Batch(dataset_name, name, f"{name}/{dataset_name}", content, observed_at)

    def _read_state(self, dataset_name: str) -> None:
        self._series[dataset_name] = {}
        path = newest_batch(self._landing_dir, self._batch(dataset_name, "", self._clock()))
        if path is None:
            return
        self._written_at[dataset_name] = read_batch(path).observed_at
        for collector, states in read_state(path).items():
            for symbol, state in states.items():
                self._series[dataset_name][collector, symbol] = Series.from_state(state, self._overlap)


def _landing_order(feeds: Sequence[Feed | VendorFeed]) -> list[str]:
    """Return the datasets of ``feeds`` in the order in which they land: instruments first, deciding datasets last.

    The state of a feed's first reading decides where the next request starts, so its dataset lands after those of the
    other readings. When the process is killed between the two files, the next tick requests the page again and drops
    the rows that have landed.
    """
    deciding = {feed.readings[0].dataset.name for feed in feeds if len(feed.readings) > 1 and feed.label_spacing}
    names = dict.fromkeys(reading.dataset.name for feed in feeds for reading in feed.readings)
    return [INSTRUMENT.name, *sorted(names, key=lambda name: name in deciding)]


def _is_over(reading: Reading, row: Row, received_at: datetime) -> bool:
    """Return whether the bar of ``row`` is over. Raises InputError when its label lies in the future."""
    stamped_at: datetime = row["stamped_at"]
    bar = timedelta(seconds=reading.interval_seconds or 0)
    is_label_the_end = reading.label_convention == "end"
    if reading.label_convention == "instant":
        begins_at = ends_at = stamped_at
    else:
        begins_at, ends_at = (stamped_at - bar, stamped_at) if is_label_the_end else (stamped_at, stamped_at + bar)
    if begins_at > received_at + _CLOCK_TOLERANCE:
        raise InputError(
            f"{reading.collector} of {row['symbol']} is labelled {stamped_at}, but was received at {received_at}; "
            "the clock of the venue or of this machine is wrong, check that of this machine first"
        )
    return reading.label_convention == "instant" or ends_at <= received_at


def _refuse_other_columns(reading: Reading, rows: Iterable[Mapping[str, Any]]) -> None:
    expected = {"symbol", "stamped_at", "payload", *reading.dataset.columns}
    for row in rows:
        given = row.keys() - _OPTIONAL
        if given != expected:
            wrong = ", ".join(sorted(given ^ expected))
            name = reading.dataset.name
            raise InputError(
                f"{reading.collector}: a row of {name} misses or adds the columns {wrong}; correct its parser"
            )
