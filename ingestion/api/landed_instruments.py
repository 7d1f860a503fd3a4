"""The contracts of a venue that `oiw ingest live` has landed and that trade now.

The stream collector follows these, so it needs only the stream of a venue. The live feeds follow them while the venue's
list cannot be read.

What belongs here: landed instruments back to Instrument. What does not: requests to venues (ingestion/live).
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InputError, TransientError
from common.settings import SourceMode
from ingestion.api.feed import Instrument
from ingestion.former_names import read_rows
from ingestion.records import INSTRUMENT

_COLUMNS = [field.name for field in fields(Instrument)]


def landed_instruments(
    landing_dir: Path, venue: str, *, source_mode: SourceMode, now: datetime, provider: str = "*"
) -> Mapping[str, Instrument]:
    """Return the instruments of ``venue`` that trade at ``now`` (UTC, naive), as last landed, by symbol.

    ``provider`` narrows them to those of one API of the venue, by its name.

    Raises TransientError while no instrument has landed. Raises InputError when the landed instruments have another
    source mode than ``source_mode``, because simulated and real data are never mixed.
    """
    batches = sorted((landing_dir / INSTRUMENT.name).glob(f"{provider}/*/[!.]*.parquet"))
    table = pa.concat_tables([INSTRUMENT.schema.empty_table(), *(read_rows(path) for path in batches)])
    table = table.filter(pc.field("venue_native") == venue).sort_by("observed_at")
    if not table:
        raise TransientError(f"no instruments of {venue} have landed; run `oiw ingest live`")
    others = set(table["source_mode"].to_pylist()) - {source_mode}
    if others:
        raise InputError(f"{landing_dir} has {', '.join(others)} instruments, not {source_mode}; use another OIW_HOME")
    newest = {row["symbol"]: row for row in table.select(_COLUMNS).to_pylist()}
    return {
        symbol: Instrument(**{**row, "payload": json.loads(row["payload"] or "{}")})
        for symbol, row in newest.items()
        if row["is_trading"] and (row["expiry_at"] is None or row["expiry_at"] > now)
    }
