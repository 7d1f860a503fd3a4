"""Times to UTC instants, a whole column at a time.

What belongs here: units, zones and daylight saving. What does not: the meaning of a time label (``label_convention``).
"""

from datetime import tzinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InputError
from ingestion.files.cells import blank, numbers
from ingestion.files.manifest import IN_CELL, TimeColumn
from ingestion.files.reader import Source

_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)$"
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
# Just below the largest int64 of microseconds: a zone can shift the instant without an overflow.
_LARGEST = 9.2e18


def utc_instants(source: Source, spec: TimeColumn) -> pa.Array:
    """Return the column of ``spec`` as naive UTC timestamps in microseconds, without NULLs.

    Raises InputError, which names the cell, when the cell is empty, unreadable or in another zone than declared. Also
    raises it when only some cells have an offset, and for a local time that daylight saving skips or repeats.
    """
    cells = source.column(spec.column)
    source.refuse_cells(blank(cells), spec.column, "is empty, and every record needs its time; correct it")
    if spec.is_epoch:
        return _from_epoch(source, spec)
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        return _from_native(source, spec, cells)
    if not pa.types.is_string(cells.type):
        raise InputError(f"{source.name}: column {spec.column} holds {cells.type}, not text; correct the unit of time")
    return _from_text(source, spec, pc.utf8_trim_whitespace(cells))


def _from_epoch(source: Source, spec: TimeColumn) -> pa.Array:
    # float64 holds whole microseconds exactly until the year 2255.
    micros = np.rint(numbers(source, spec.column, empty="missing").to_numpy() * _MICROSECONDS[spec.unit])
    source.refuse_cells(
        pa.array(np.abs(micros) > _LARGEST), spec.column, f"is not a time in {spec.unit}; correct the unit"
    )
    return pa.array(micros.astype(np.int64)).cast(pa.timestamp("us"))


def _from_native(source: Source, spec: TimeColumn, cells: pa.Array) -> pa.Array:
    if spec.unit != "iso":
        raise InputError(f"{source.name}: column {spec.column} holds {cells.type}; write 'unit: iso' for such a column")
    zone = getattr(cells.type, "tz", None)
    instants = cells.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"))
    if zone is None:
        return _localized(source, spec, pd.DatetimeIndex(instants.to_numpy()))
    if spec.zone not in ("UTC", IN_CELL):
        raise InputError(f"{source.name}: column {spec.column} is in zone {zone}, not {spec.zone}; remove 'zone'")
    return instants


def _from_text(source: Source, spec: TimeColumn, text: pa.Array) -> pa.Array:
    is_iso = spec.unit == "iso"
    if is_iso:
        readable = pc.match_substring_regex(text, _ISO)
        with_offset = pc.match_substring_regex(text, r"[T ].*" + _OFFSET)
    else:
        # pandas reads these two words as the current time, whatever the format.
        readable = pc.invert(pc.is_in(text, pa.array(["now", "today"])))
        with_offset = pa.array(np.full(len(text), "%z" in spec.unit))
    source.refuse_cells(
        pc.invert(readable), spec.column, f"is not a time in the form {spec.unit}; correct it or the unit"
    )
    parsed = _parsed(source, spec, text)
    if not pc.any(with_offset).as_py():
        return _localized(source, spec, parsed)
    source.refuse_cells(
        pc.invert(with_offset),
        spec.column,
        "has no offset, but other cells of the column have one; write every cell with an offset",
    )
    if is_iso and spec.tzinfo is not None:
        wall = _parsed(source, spec, pc.replace_substring_regex(text, " ?" + _OFFSET, ""))
        _refuse_other_zone(source, spec, parsed, wall, spec.tzinfo)
    return pa.array(parsed.to_numpy().astype("datetime64[us]"))


def _parsed(source: Source, spec: TimeColumn, text: pa.Array) -> pd.DatetimeIndex:
    """Return ``text`` as naive times: in UTC where the cell has an offset, else the written time."""
    form = "ISO8601" if spec.unit == "iso" else spec.unit
    try:
        parsed = pd.to_datetime(text.to_pandas(), format=form, utc=True, errors="coerce").dt.tz_localize(None)
    except ValueError as error:
        raise InputError(f"{source.name}: column {spec.column}: unit '{spec.unit}' is unusable ({error})") from error
    source.refuse_cells(
        pa.array(parsed.isna().to_numpy()), spec.column, f"is not a time in the form {spec.unit}; correct it"
    )
    return pd.DatetimeIndex(parsed)


def _refuse_other_zone(
    source: Source, spec: TimeColumn, instants: pd.DatetimeIndex, wall: pd.DatetimeIndex, zone: tzinfo
) -> None:
    declared = instants.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    other = pa.array(np.asarray(declared != wall))
    source.refuse_cells(
        other, spec.column, f"is in another zone than the declared {spec.zone}; write 'zone: {IN_CELL}'"
    )


def _localized(source: Source, spec: TimeColumn, wall: pd.DatetimeIndex) -> pa.Array:
    if spec.tzinfo is None:
        everything = pa.array(np.ones(len(wall), dtype=bool))
        source.refuse_cells(everything, spec.column, f"has no offset, but the zone is '{IN_CELL}'; name the zone")
    aware = wall.tz_localize(spec.tzinfo, ambiguous="NaT", nonexistent="NaT")
    _refuse_daylight_saving(source, spec, wall, np.asarray(aware.isna()))
    return pa.array(aware.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]"))


def _refuse_daylight_saving(
    source: Source, spec: TimeColumn, wall: pd.DatetimeIndex, undecided: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> None:
    if not undecided.any():
        return
    all_summer = np.ones(len(wall), dtype=bool)
    skipped = np.asarray(wall.tz_localize(spec.tzinfo, ambiguous=all_summer, nonexistent="NaT").isna())
    source.refuse_cells(
        pa.array(skipped), spec.column, f"does not exist in {spec.zone} (daylight saving); correct the zone"
    )
    source.refuse_cells(
        pa.array(undecided), spec.column, f"occurs twice in {spec.zone} (daylight saving); use times with offset"
    )
