"""The recent signals of the published ledger, which alerts report.

What belongs here: reading them. What does not: delivering them, and the record of the delivered ones
(alerts/delivery.py).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from common.errors import WarehouseError
from warehouse.connection import open_read_only

# An alert reports a signal when it becomes known. So the query leaves out two kinds. Late signals were found long after
# their bar. Signals far behind the newest open interest were recorded by a backfill.
_RECENT = """
select
    signal.signal_id,
    signal.source,
    signal.asset,
    signal.venue,
    signal.timeframe,
    signal.signal,
    signal.event_at,
    signal.direction,
    signal.strength,
    signal.stop_price_usd,
    signal.evidence,
    signal.parameters_version,
    signal.escalates,
    signal.recorded_at,
    publication.source_modes
from marts.fct_signal_newest_version as signal
cross join reporting.rpt_publication as publication
where not signal.is_late
    and signal.event_at > publication.as_of - to_microseconds($max_age_microseconds)
order by signal.event_at, signal.signal_id
"""


@dataclass(frozen=True)
class Signal:
    """A row of ``marts.fct_signal_newest_version`` (times UTC), and the ``source_modes`` of the published file."""

    signal_id: str
    source: str
    asset: str
    venue: str | None
    timeframe: str
    signal: str
    event_at: datetime
    direction: str
    strength: float | None
    stop_price_usd: float | None
    evidence: dict[str, Any]
    parameters_version: int
    escalates: str | None
    recorded_at: datetime
    source_modes: str

    @property
    def age_minutes(self) -> int:
        """The full minutes from the end of the bar to the observation with which the signal was found."""
        return (self.recorded_at - self.event_at) // timedelta(minutes=1)

    @property
    def is_simulated(self) -> bool:
        """Whether the signal comes from simulated exchanges and not from a market."""
        return "simulated" in self.source_modes


def recent_signals(published_file: Path, max_age: timedelta) -> list[Signal]:
    """Return the signals that were at most ``max_age`` old at the newest open interest, the oldest first.

    Raises WarehouseError if the published file does not exist or has no table of signals.
    """
    with open_read_only(published_file, missing="nothing has been published yet; run `oiw run`") as con:
        try:
            cursor = con.execute(_RECENT, {"max_age_microseconds": max_age // timedelta(microseconds=1)})
        except duckdb.CatalogException as error:
            raise WarehouseError(f"{published_file} has no signals yet; run `oiw build` and `oiw publish`") from error
        columns = [name for name, *_ in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return [Signal(**{**row, "evidence": json.loads(row["evidence"])}) for row in rows]
