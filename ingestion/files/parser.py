"""The table of a source to records in the dataset's schema, whole columns at a time. Pure: no file, no clock.

The manifest names the columns of a record, and manifest.py checks them against the dataset. So this module does not use
the typed constructors of rows (ingestion/api).

What belongs here: making records of rows, and the check that the rows of a file do not contradict each other.
What does not: the meaning of single cells (cells.py, times.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InputError
from ingestion.files.cells import json_objects, numbers, words
from ingestion.files.manifest import VENUE_COLUMN, ByVenue, Manifest, Record, Symbol
from ingestion.files.reader import Source
from ingestion.files.times import utc_instants
from ingestion.records import DATASETS

_EARLIEST = pa.scalar(np.datetime64("2015-01-01", "us"))
_TOLERANCE = pa.scalar(timedelta(days=1), pa.duration("us"))
# Values that accompany the record's main value. A row that has only these makes no record.
_COMPANIONS = frozenset({"value_usd_native", "price_usd_native", "price_usd", "funding_interval_hours"})
_LINE = "_line"


@dataclass(frozen=True)
class Parsed:
    """The records of one file in the dataset's schema, and the number of identical repetitions that were dropped."""

    table: pa.Table
    duplicates: int


@dataclass(frozen=True)
class _Rows:
    """The rows that make records, and the values that all records of a row share."""

    source: Source
    manifest: Manifest
    path_fields: Mapping[str, str]
    stamped_at: pa.Array
    observed_at: pa.Array

    @property
    def count(self) -> int:
        return len(self.source.lines)


def parse_source(source: Source, manifest: Manifest, path_fields: Mapping[str, str], observed_at: datetime) -> Parsed:
    """Return the records of ``source``.

    ``path_fields`` are the named fields of the file's path. ``observed_at`` (UTC, naive) is the time of observation,
    unless the manifest names a column for it. Raises InputError, which names the file and the place in it.
    """
    venue_columns = _venue_columns(source, manifest)
    _check_columns(source, manifest, venue_columns)
    rows = _rows(_matching(source, manifest), manifest, path_fields, observed_at)
    tables = [
        _records(rows, record, venue_column) for record in manifest.records for venue_column in venue_columns or (None,)
    ]
    table = pa.concat_tables(tables).unify_dictionaries()
    if table.num_rows == 0:
        raise InputError(f"{source.name}: all values are empty, so the file makes no record; remove it")
    unique = _without_repetitions(source, manifest, table)
    schema = DATASETS[manifest.dataset].schema
    return Parsed(unique.select(schema.names).cast(schema), table.num_rows - unique.num_rows)


def _venue_columns(source: Source, manifest: Manifest) -> list[str]:
    venue = manifest.venue
    if venue is None or not venue.is_wide:
        return []
    if venue.columns is not None:
        return list(venue.columns)
    excepted = set(venue.columns_except or ())
    columns = [name for name in source.table.column_names if name not in excepted]
    if not columns:
        raise InputError(
            f"{source.name}: the file has no column beside {', '.join(sorted(excepted))}; "
            "correct 'venue.columns_except'"
        )
    return columns


def _check_columns(source: Source, manifest: Manifest, venue_columns: list[str]) -> None:
    # A column that `columns_except` names may be absent: then there is nothing to except.
    wanted = [*_row_columns(manifest), *venue_columns]
    for record in manifest.records:
        wanted += [column for column in record.values.values() if column != VENUE_COLUMN]
    present = source.table.column_names
    missing = [column for column in dict.fromkeys(wanted) if column not in present]
    if missing:
        raise InputError(
            f"{source.name}: column {', '.join(missing)} is missing (it has {', '.join(present):.300}); "
            "correct the manifest, or the file"
        )


def _row_columns(manifest: Manifest) -> list[str]:
    """Return the columns that every record of a row uses: times, names and filters."""
    columns = [
        manifest.time.column,
        manifest.observed.column if manifest.observed else None,
        manifest.venue.column if manifest.venue else None,
        manifest.symbol.column,
        *manifest.where,
    ]
    return list(dict.fromkeys(column for column in columns if column))


def _matching(source: Source, manifest: Manifest) -> Source:
    for column, wanted in manifest.where.items():
        accepted = [wanted] if isinstance(wanted, str) else list(wanted)
        source = source.filter(pc.is_in(words(source, column), pa.array(accepted)))
        if source.table.num_rows == 0:
            raise InputError(f"{source.name}: no row has {column} = {' or '.join(accepted)}; correct 'where'")
    return source


def _rows(source: Source, manifest: Manifest, path_fields: Mapping[str, str], observed_at: datetime) -> _Rows:
    seen: pa.Array = pa.repeat(pa.scalar(observed_at, pa.timestamp("us")), source.table.num_rows)
    if manifest.observed is not None:
        recorded = utc_instants(source, manifest.observed)
        _check_range(source, manifest.observed.column, recorded, seen)
        seen = recorded
    stamped = utc_instants(source, manifest.time)
    _check_range(source, manifest.time.column, stamped, seen)
    return _Rows(source, manifest, path_fields, stamped, seen)


def _check_range(source: Source, column: str, instants: pa.Array, observed: pa.Array) -> None:
    early = pc.less(instants, _EARLIEST)
    source.refuse_cells(early, column, "is before 2015; correct the unit of time or the cell")
    late = pc.greater(instants, pc.add(observed, _TOLERANCE))
    source.refuse_cells(late, column, "is over a day after its observation; correct the unit, the zone or the cell")


def _records(rows: _Rows, record: Record, venue_column: str | None) -> pa.Table:
    """Return the table of ``record`` for all rows; for a wide file, from the column ``venue_column``."""
    manifest, count = rows.manifest, rows.count
    inputs = {name: _input(column, venue_column) for name, column in record.values.items()}
    values = {name: _value(rows, column) for name, column in inputs.items()}
    venues = _venues(rows, venue_column)
    columns = {
        "source": _constant(manifest.source, count),
        "source_mode": _constant(manifest.source_mode, count),
        "collector": _constant(manifest.name, count),
        "scope": _constant(manifest.scope, count),
        "venue_native": venues,
        "symbol": _symbols(rows, venues),
        "stamped_at": rows.stamped_at,
        "label_convention": _constant(manifest.time.label_convention, count),
        "interval_seconds": pa.repeat(pa.scalar(manifest.time.interval_seconds, pa.int32()), count),
        "observed_at": rows.observed_at,
        "native_unit": _units(rows, record, venues),
        **values,
        "payload": json_objects(rows.source, list(dict.fromkeys([*_row_columns(manifest), *inputs.values()]))),
        _LINE: pa.array(rows.source.lines),
    }
    for field in DATASETS[manifest.dataset].fields:
        if field.name not in columns:
            columns[field.name] = pa.repeat(pa.scalar(record.constants.get(field.name), field.type), count)
    return pa.table(columns).filter(_has_value(values))


def _input(column: str, venue_column: str | None) -> str:
    return venue_column if column == VENUE_COLUMN and venue_column is not None else column


def _value(rows: _Rows, column: str) -> pa.Array:
    values = numbers(rows.source, column, empty=rows.manifest.empty)
    if rows.manifest.zero == "missing":
        return pc.if_else(pc.equal(values, 0.0), pa.scalar(None, pa.float64()), values)
    return values


def _has_value(values: Mapping[str, pa.Array]) -> pa.Array:
    own = [array for name, array in values.items() if name not in _COMPANIONS] or list(values.values())
    mask = own[0].is_valid()
    for array in own[1:]:
        mask = pc.or_(mask, array.is_valid())
    return mask


def _constant(word: str | None, count: int) -> pa.DictionaryArray:
    if word is None:
        return pa.nulls(count, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([word]))


def _venues(rows: _Rows, venue_column: str | None) -> pa.DictionaryArray:
    venue = rows.manifest.venue
    if venue is None:
        return _constant(None, rows.count)
    if venue.column is not None:
        return words(rows.source, venue.column).dictionary_encode()
    if venue.path is not None:
        return _constant(rows.path_fields[venue.path], rows.count)
    return _constant(venue_column or venue.fixed, rows.count)


def _symbols(rows: _Rows, venues: pa.DictionaryArray) -> pa.DictionaryArray:
    symbol = rows.manifest.symbol
    if symbol.column is not None:
        raw = words(rows.source, symbol.column).dictionary_encode()
    elif symbol.path is not None:
        raw = _constant(rows.path_fields[symbol.path], rows.count)
    else:
        raw = _constant(symbol.fixed, rows.count)
    return _map_pairs(venues, raw, lambda venue, word: _native_symbol(rows.source, symbol, venue, word))


def _native_symbol(source: Source, symbol: Symbol, venue: str | None, word: str) -> str:
    if symbol.strip is not None:
        if not word.endswith(symbol.strip) or word == symbol.strip:
            raise InputError(f"{source.name}: symbol {word!r} does not end in {symbol.strip}; correct 'symbol.strip'")
        word = word.removesuffix(symbol.strip)
    renames = symbol.rename.get(venue or "default", symbol.rename.get("default", {}))
    template = _for_venue(source, symbol.template, venue, "symbol.template")
    return template.replace("{}", renames.get(word, word))


def _units(rows: _Rows, record: Record, venues: pa.DictionaryArray) -> pa.DictionaryArray:
    unit = record.unit
    if unit is None:
        return _constant(None, rows.count)
    return _map_pairs(venues, _constant("", rows.count), lambda venue, _: _for_venue(rows.source, unit, venue, "unit"))


def _for_venue(source: Source, rule: ByVenue, venue: str | None, key: str) -> str:
    if isinstance(rule, str):
        return rule
    found = rule.get(venue or "default", rule.get("default"))
    if found is None:
        raise InputError(f"{source.name}: '{key}' has no entry for venue {venue!r}; add it, or a default")
    return found


def _map_pairs(
    venues: pa.DictionaryArray, raw: pa.DictionaryArray, name_of: Callable[[str | None, str], str]
) -> pa.DictionaryArray:
    """Return ``name_of(venue, word)`` for every row. It is called once for each distinct pair."""
    known = [*venues.dictionary.to_pylist(), None]
    venue_codes = pc.fill_null(venues.indices, len(known) - 1).to_numpy()
    pairs = venue_codes.astype(np.int64) * len(raw.dictionary) + raw.indices.to_numpy()
    distinct, indices = np.unique(pairs, return_inverse=True)
    vocabulary = raw.dictionary.to_pylist()
    names = [name_of(known[pair // len(vocabulary)], vocabulary[pair % len(vocabulary)]) for pair in distinct]
    encoded = pa.array(names, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(indices)), encoded.dictionary)


def _without_repetitions(source: Source, manifest: Manifest, table: pa.Table) -> pa.Table:
    """Return ``table`` without repeated rows.

    Raises InputError when two rows with one key and one time of observation have different values.
    """
    key = [*DATASETS[manifest.dataset].key, "observed_at"]
    if not table.select(key).to_pandas().duplicated().any():
        return table
    repeated = table.drop_columns([_LINE, "payload"]).to_pandas().duplicated().to_numpy()
    unique = table.filter(pa.array(~repeated))
    contradicting = unique.select(key).to_pandas().duplicated(keep=False).to_numpy()
    if contradicting.any():
        _refuse_contradiction(source, key, unique.filter(pa.array(contradicting)).to_pylist())
    return unique


def _refuse_contradiction(source: Source, key: list[str], rows: list[dict[str, object]]) -> NoReturn:
    first = rows[0]
    second = next(row for row in rows[1:] if all(row[name] == first[name] for name in key))
    raise InputError(
        f"{source.name}: {source.unit}s {first[_LINE]} and {second[_LINE]} have one key "
        f"({first['venue_native']!r}, {first['symbol']!r}, {first['stamped_at']}) "
        "and different values; keep one of them"
    )
