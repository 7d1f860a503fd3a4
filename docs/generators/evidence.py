"""The evidence pages: what became of the signals and the claims, from a published file.

What belongs here: reading ``reporting.rpt_signal_scorecard`` and ``reporting.rpt_claim_evidence``, and laying them out
as a page that begins with a summary, pictures, and long tables as CSV files beside it (``python -m
docs.generators.evidence FILE``; a file of simulated rows has a page of its own). What does not: any rate or interval,
which the models compute.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from common.errors import OiwError
from common.settings import PROJECT_ROOT
from docs.generators.forest import Estimate, Place, forest
from warehouse.connection import open_read_only


@dataclass(frozen=True)
class Page:
    """What stands at one place below the project's root, from one kind of published file."""

    path: Path
    title: str
    source: str

    @property
    def folder(self) -> Path:
        """Where the page's pictures and tables stand."""
        return self.path.with_suffix("")


RECORDED = Page(
    Path("docs/reference/evidence.md"),
    "What became of the signals and the claims",
    """`make evidence` generates this page from the recorded data: do not edit it. The simulated market has
[a page of its own](evidence_simulated.md).""",
)
SIMULATED = Page(
    Path("docs/reference/evidence_simulated.md"),
    "What became of the signals and the claims in the simulated market",
    """`make evidence` generates this page from a year of the simulated market: do not edit it. Every scene in that
market is staged, with one seed and one end. The page tests the product. It is no evidence about real markets;
[the page of the recorded data](evidence.md) is.""",
)


@dataclass(frozen=True)
class Publication:
    """Which data a page is made of."""

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
    asserted_ratio: float | None
    verdict: str
    reason: str | None

    @property
    def place(self) -> Place:
        """Where the rate lies beside its base rate; a level that has none is above or below what was asserted."""
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

    @property
    def place(self) -> Place:
        """Where the rate lies beside its base rate."""
        is_enough = self.independent_count >= _minimum_occurrences()
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
    round(base_rate_ratio, 4) as base_rate_ratio
from reporting.rpt_signal_scorecard
inner join (
    select source, signal, timeframe, asset, parameters_version,
        min(event_at)::date::varchar as first_day, max(event_at)::date::varchar as last_day
    from marts.fct_signal
    group by all
) using (source, signal, timeframe, asset, parameters_version)
order by signal, source, asset, timeframe, parameters_version, horizon_hours
"""

_HITS = {
    "long": "the price is higher",
    "short": "the price is lower",
    "reduce": "the price is lower",
    "volatility": "realised volatility is at least 1.5 times its usual one",
}
_HORIZONS = {24: "24 hours", 48: "48 hours", 168: "7 days"}
_PLACES: tuple[Place, ...] = ("above", "within", "below", "too_few")

_PAGE = """# {title}

{source}

A **rate** is the share of occurrences that came true. The **base rate** is the share of all bars after which the same
outcome came true: what you get without the signal. The **interval** is Wilson's 95 % interval of the rate, counted by
independent occurrences, whose horizons do not overlap. There is evidence for a signal or claim only if its interval
lies above its base rate. [Signals and scorecard](../metrics/rpt_signal_scorecard.md) and
[claims](../metrics/rpt_claim_evidence.md) define each number.

## In short

{short}

## Claims

{claims_picture}

### What held

{held}

### What did not hold

{failed}

### What cannot be said yet

{open}

## Signals

{signals}

{signals_pictures}

## Tables

* [claims.csv]({folder}/claims.csv): {claim_rows} rows, one per claim, source and timeframe.
* [signals.csv]({folder}/signals.csv): {signal_rows} rows, one per signal, source, asset, timeframe and horizon.

A column that ends in `_ratio` holds fractions. An empty field is unknown, never zero.
"""


def render(published_file: Path) -> tuple[Page, dict[Path, str]]:
    """Return which page a published file makes, and its text, pictures and tables by their paths below the root.

    Raises WarehouseError where there is no such file.
    """
    with open_read_only(published_file, missing="publish it first, see `make evidence`") as con:
        (publication,) = _read(con, _PUBLICATION, Publication)
        claims = _read(con, _CLAIMS, Claim)
        signals = _read(con, _SIGNALS, Signal)
    page = SIMULATED if "simulated" in publication.source_modes else RECORDED
    return page, lay_out(page, publication, claims, signals)


def lay_out(page: Page, publication: Publication, claims: list[Claim], signals: list[Signal]) -> dict[Path, str]:
    """Return the text, pictures and tables of ``page`` by their paths below the root."""
    pictures = _pictures(claims, signals)
    return {
        page.path: _text(page, publication, claims, signals, pictures),
        page.folder / "claims.csv": _csv(claims),
        page.folder / "signals.csv": _csv(signals),
        **{page.folder / f"{name}.svg": drawn for name, drawn in pictures.items()},
    }


def write(files: dict[Path, str], root: Path) -> None:
    """Write the files of one page below ``root``, and remove what an earlier page left in their folder."""
    for folder in {path.parent for path in files if path.suffix == ".csv"}:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for left in (root / folder).iterdir():
            left.unlink()
    for path, text in files.items():
        (root / path).write_text(text)


def main(arguments: list[str], root: Path = PROJECT_ROOT) -> int:
    """Write the page of each published file that is named into the project at ``root``."""
    try:
        for argument in arguments:
            _, files = render(Path(argument))
            write(files, root)
    except OiwError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _text(
    page: Page, publication: Publication, claims: list[Claim], signals: list[Signal], pictures: dict[str, str]
) -> str:
    held, failed, unknown = _verdicts(claims)
    return _PAGE.format(
        title=page.title,
        source=page.source,
        short=_short(publication, (held, failed, unknown), signals),
        claims_picture=_picture(page, "claims", "Claims: rate, interval and base rate", pictures),
        held=_listed(_held(rows) for rows in held),
        failed=_listed(_failed(rows) for rows in failed),
        open=_listed(_open(rows) for rows in unknown),
        signals=_signals(signals),
        signals_pictures="\n\n".join(
            _picture(page, f"signals_{hours}h", f"Signals after {words}: rate, interval and base rate", pictures)
            for hours, words in _HORIZONS.items()
            if f"signals_{hours}h" in pictures
        ),
        folder=page.folder.name,
        claim_rows=len(claims),
        signal_rows=len(signals),
    )


def _short(publication: Publication, verdicts: Sequence[Sequence[list[Claim]]], signals: list[Signal]) -> str:
    """Return the summary: a sentence or two about the data, the claims, the signals, and what is missing."""
    held, failed, unknown = map(len, verdicts)
    by_arithmetic = sum(all(row.rate_ratio is None for row in rows) for rows in verdicts[0])
    sources = ", ".join(sorted({signal.source for signal in signals}))
    counts = Counter(signal.place for signal in signals)
    enough = len(signals) - counts["too_few"]
    days = [day for signal in signals for day in (signal.first_day, signal.last_day)]
    lines = [
        f"**Data.** {publication.first_day} to {publication.last_day}, rows of source modes {publication.source_modes}."
        + (f" Signals occurred from {min(days)} to {max(days)}, in the data of {sources}." if days else ""),
        f"**Claims.** The two strategy articles make {held + failed + unknown} claims. {held} held ({by_arithmetic} of "
        f"them by arithmetic alone), {failed} did not hold, and {unknown} cannot be judged yet.",
        f"**Signals.** {enough} rows of the scorecard have at least {_minimum_occurrences()} independent occurrences. "
        f"The interval lies above the base rate in {counts['above']} of them and below it in {counts['below']}. In the "
        f"other {counts['within']} the interval holds the base rate: no evidence. By chance alone about "
        f"{enough * 0.05:.0f} of {enough} intervals would miss it.",
        f"**Not known yet.** {counts['too_few']} of the {len(signals)} rows have fewer than {_minimum_occurrences()} "
        "independent occurrences: too few to tell.",
    ]
    return _listed(lines)


def _verdicts(claims: list[Claim]) -> tuple[list[list[Claim]], list[list[Claim]], list[list[Claim]]]:
    """Return the rows of each claim that held somewhere, that failed and held nowhere, and that nothing has judged."""
    held: list[list[Claim]] = []
    failed: list[list[Claim]] = []
    unknown: list[list[Claim]] = []
    for _, found in groupby(claims, key=lambda claim: claim.claim):
        rows = list(found)
        verdicts = {row.verdict for row in rows}
        (held if "supported" in verdicts else failed if "not_supported" in verdicts else unknown).append(rows)
    return held, failed, unknown


def _held(rows: list[Claim]) -> str:
    return _claim(rows, ("supported", "not_supported"))


def _failed(rows: list[Claim]) -> str:
    return _claim(rows, ("not_supported",))


def _claim(rows: list[Claim], verdicts: Sequence[str]) -> str:
    """Return a claim in its own words, and below it what each source that has judged it measured."""
    measured = [f"  * {_measured(row)}" for row in rows if row.verdict in verdicts]
    return "\n".join([f"**{rows[0].statement}.**", *measured])


def _measured(row: Claim) -> str:
    if row.rate_ratio is None:
        return f"{row.verdict.replace('_', ' ').capitalize()}: {row.reason}."
    compared = "" if row.base_rate_ratio is None else f"; base rate {_percent(row.base_rate_ratio)}"
    asserted = "" if row.asserted_ratio is None else f"; asserted {_percent(row.asserted_ratio)}"
    return (
        f"{row.source} {row.timeframe}, {row.assets}, {row.first_day} to {row.last_day}: came true in "
        f"{_percent(row.rate_ratio)} of {row.occurrence_count} cases ({row.independent_count} independent; interval "
        f"{_percent(row.rate_low_ratio)} to {_percent(row.rate_high_ratio)}{compared}{asserted})."
    )


def _open(rows: list[Claim]) -> str:
    """Return a claim that nothing has judged, and why."""
    reasons = dict.fromkeys(row.reason.rstrip(".") for row in rows if row.reason)
    if reasons:
        why = ". ".join(reason[0].upper() + reason[1:] for reason in reasons)
    else:
        counted = ", ".join(f"{row.independent_count} ({row.source} {row.timeframe})" for row in rows)
        why = f"Independent occurrences: {counted}; a verdict needs {_minimum_occurrences()}"
    return f"**{rows[0].statement}.** {why}."


def _signals(signals: list[Signal]) -> str:
    """Return what stands out, and a table with a line a signal."""
    outside = [signal for signal in signals if signal.place in ("above", "below")]
    kinds = sorted({(signal.signal, signal.direction) for signal in signals})
    never = sorted(_active_signals() - {name for name, _ in kinds})
    lines = [
        "Rows outside their base rate:\n",
        _listed(_outside(signal) for signal in outside),
        "\nRows of each signal, by where the base rate lies. A hit is what the signal says comes next.\n",
        _line(["signal", "a hit", "rate above base", "inside the interval", "rate below base", "too few", "days"]),
        _line(["---", "---", "--:", "--:", "--:", "--:", "---"]),
    ]
    for name, direction in kinds:
        rows = [signal for signal in signals if signal.signal == name]
        counts = Counter(row.place for row in rows)
        days = f"{min(row.first_day for row in rows)} to {max(row.last_day for row in rows)}"
        lines.append(_line([f"`{name}`", _HITS[direction], *(counts[place] for place in _PLACES), days]))
    if never:
        lines.append(f"\nSignals that never occurred: {', '.join(f'`{name}`' for name in never)}.")
    return "\n".join(lines)


def _outside(signal: Signal) -> str:
    series = f"`{signal.signal}`, {signal.asset} {signal.timeframe} of {signal.source}"
    interval = f"interval {_percent(signal.rate_low_ratio)} to {_percent(signal.rate_high_ratio)}"
    return (
        f"{series}, after {_HORIZONS[signal.horizon_hours]}: right in {_percent(signal.rate_ratio)} of cases "
        f"({signal.independent_count} independent; {interval}), **{signal.place}** the base rate of "
        f"{_percent(signal.base_rate_ratio)}."
    )


def _pictures(claims: list[Claim], signals: list[Signal]) -> dict[str, str]:
    """Return the SVG of each picture that has something to show, by name."""
    plots = {"claims": ("Claims: how often they came true", [*map(_claim_estimate, _with_rate(claims))])}
    for hours, words in _HORIZONS.items():
        told = [row for row in _with_rate(signals) if row.horizon_hours == hours and row.place != "too_few"]
        plots[f"signals_{hours}h"] = (
            f"Signals: how often they were right after {words}",
            [*map(_signal_estimate, told)],
        )
    return {name: forest(title, estimates) for name, (title, estimates) in plots.items() if estimates}


def _claim_estimate(row: Claim) -> Estimate:
    return _estimate(row, row.claim, f"{row.source} {row.timeframe}", row.asserted_ratio)


def _signal_estimate(row: Signal) -> Estimate:
    return _estimate(row, row.signal, f"{row.asset} {row.timeframe} {row.source}", None)


def _estimate(row: Claim | Signal, group: str, label: str, asserted: float | None) -> Estimate:
    if row.rate_ratio is None or row.rate_low_ratio is None or row.rate_high_ratio is None:
        raise ValueError(f"{group}, {label}: a row without a rate cannot be drawn")
    return Estimate(
        group=group.replace("_", " "),
        label=label,
        count=row.independent_count,
        rate=row.rate_ratio,
        low=row.rate_low_ratio,
        high=row.rate_high_ratio,
        base=row.base_rate_ratio,
        place=row.place,
        asserted=asserted,
    )


def _place(is_enough: bool, low: float | None, high: float | None, base: float | None) -> Place:
    if not is_enough or low is None or high is None or base is None:
        return "too_few"
    if low > base:
        return "above"
    return "below" if high < base else "within"


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project/seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _active_signals() -> set[str]:
    return {row["signal"] for row in _seed("signal_parameters") if row["is_active"] == "true"}


def _minimum_occurrences() -> int:
    """Return how many independent occurrences a verdict on a claim needs; signals are held to the same."""
    (value,) = (row["value"] for row in _seed("threshold") if row["threshold"] == "claim_minimum_occurrences")
    return int(value)


Row = TypeVar("Row", Publication, Claim, Signal)
RowWithRate = TypeVar("RowWithRate", Claim, Signal)


def _read(con: duckdb.DuckDBPyConnection, query: str, kind: type[Row]) -> list[Row]:
    cursor = con.execute(query)
    names = [name for name, *_ in cursor.description or ()]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _with_rate(rows: Sequence[RowWithRate]) -> list[RowWithRate]:
    return [row for row in rows if row.rate_ratio is not None]


def _csv(rows: Sequence[Claim] | Sequence[Signal]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(rows[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def _picture(page: Page, name: str, words: str, pictures: dict[str, str]) -> str:
    return f"![{words}]({page.folder.name}/{name}.svg)" if name in pictures else "Nothing was measured."


def _listed(texts: Iterable[str]) -> str:
    return "\n".join(f"* {text}" for text in texts) or "None."


def _line(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _percent(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{100 * ratio:.0f} %"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
