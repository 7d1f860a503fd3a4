"""The rows of the evidence pages: read from a published file, and written as CSV files.

What belongs here: the queries on ``reporting.rpt_signal_scorecard`` and ``reporting.rpt_claim_evidence``, their rows,
and the position of each interval beside its base rate. What does not: sentences, the page.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path
from typing import TypeVar

import duckdb

from common.settings import PROJECT_ROOT
from docs.generators.forest import Place
from warehouse.connection import open_read_only


@dataclass(frozen=True)
class Publication:
    """The data behind a page: first and last day, and the modes of its sources."""

    first_day: str
    last_day: str
    source_modes: str


@dataclass(frozen=True)
class Claim:
    """One row of ``claims.csv``: a claim as one source and timeframe measured it. Ratios have four decimals."""

    claim: str
    statement: str
    outcome: str
    source: str | None
    timeframe: str | None
    assets: str | None
    first_day: str | None
    last_day: str | None
    occurrence_count: int
    independent_count: int
    rate_ratio: float | None
    rate_low_ratio: float | None
    rate_high_ratio: float | None
    base_rate_ratio: float | None
    expected_rate_ratio: float | None
    asserted_ratio: float | None
    verdict: str
    reason: str | None

    @property
    def place(self) -> Place:
        """The position of the interval beside the base rate, or beside the asserted rate of a claim without one."""
        base = self.asserted_ratio if self.base_rate_ratio is None else self.base_rate_ratio
        return _place(self.verdict != "too_few", self.rate_low_ratio, self.rate_high_ratio, base)


@dataclass(frozen=True)
class Signal:
    """One row of ``signals.csv``: a signal of one source, asset, timeframe and horizon. Ratios have four decimals."""

    signal: str
    direction: str
    source: str
    asset: str
    timeframe: str
    horizon_hours: int
    parameters_version: int
    first_day: str
    last_day: str
    occurrence_count: int
    independent_count: int
    rate_ratio: float | None
    rate_low_ratio: float | None
    rate_high_ratio: float | None
    base_rate_ratio: float | None
    expected_rate_ratio: float | None

    @property
    def place(self) -> Place:
        """The position of the interval beside the base rate."""
        is_enough = self.independent_count >= minimum_occurrences()
        return _place(is_enough, self.rate_low_ratio, self.rate_high_ratio, self.base_rate_ratio)


_PUBLICATION = """
select first_event_at::date::varchar as first_day, last_event_at::date::varchar as last_day, source_modes
from reporting.rpt_publication
"""
_CLAIMS = """
select
    claim,
    statement,
    outcome,
    source,
    timeframe,
    assets,
    first_event_at::date::varchar as first_day,
    last_event_at::date::varchar as last_day,
    occurrence_count,
    independent_count,
    round(outcome_rate_ratio, 4) as rate_ratio,
    round(outcome_rate_low_ratio, 4) as rate_low_ratio,
    round(outcome_rate_high_ratio, 4) as rate_high_ratio,
    round(base_rate_ratio, 4) as base_rate_ratio,
    round(expected_rate_ratio, 4) as expected_rate_ratio,
    asserted_ratio,
    verdict,
    reason
from reporting.rpt_claim_evidence
order by claim, source, timeframe
"""
_SIGNALS = """
select
    signal,
    direction,
    source,
    asset,
    timeframe,
    horizon_hours,
    parameters_version,
    first_day,
    last_day,
    occurrence_count,
    independent_count,
    round(hit_rate_ratio, 4) as rate_ratio,
    round(hit_rate_low_ratio, 4) as rate_low_ratio,
    round(hit_rate_high_ratio, 4) as rate_high_ratio,
    round(base_rate_ratio, 4) as base_rate_ratio,
    round(expected_rate_ratio, 4) as expected_rate_ratio
from reporting.rpt_signal_scorecard
inner join (
    select source, signal, timeframe, asset, parameters_version,
        min(event_at)::date::varchar as first_day, max(event_at)::date::varchar as last_day
    from marts.fct_signal
    group by all
) using (source, signal, timeframe, asset, parameters_version)
order by signal, source, asset, timeframe, parameters_version, horizon_hours
"""


def read_tables(published_file: Path) -> tuple[Publication, list[Claim], list[Signal]]:
    """Return the data that a page takes from a published file.

    Raises WarehouseError if the file does not exist.
    """
    with open_read_only(published_file, missing="publish it first, see `make evidence`") as con:
        (publication,) = _read(con, _PUBLICATION, Publication)
        return publication, _read(con, _CLAIMS, Claim), _read(con, _SIGNALS, Signal)


def csv_text(rows: Sequence[Claim] | Sequence[Signal]) -> str:
    """Return ``rows`` as the text of a CSV file."""
    text = StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(rows[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project/seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def active_signals() -> set[str]:
    """Return the signals that the parameters in force raise."""
    return {row["signal"] for row in _seed("signal_parameters") if row["is_active"] == "true"}


def minimum_occurrences() -> int:
    """Return the number of independent occurrences that a verdict on a claim or a signal needs."""
    (value,) = (row["value"] for row in _seed("threshold") if row["threshold"] == "claim_minimum_occurrences")
    return int(value)


def _place(is_enough: bool, low: float | None, high: float | None, base: float | None) -> Place:
    if not is_enough or low is None or high is None or base is None:
        return "too_few"
    if low > base:
        return "above"
    return "below" if high < base else "within"


Row = TypeVar("Row", Publication, Claim, Signal)


def _read(con: duckdb.DuckDBPyConnection, query: str, kind: type[Row]) -> list[Row]:
    cursor = con.execute(query)
    names = [name for name, *_ in cursor.description or ()]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
