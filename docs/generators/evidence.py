"""The evidence pages: how often the signals and the claims of a published file came true.

What belongs here: the layout of a page with its pictures, and the long tables as CSV files beside it (``python -m
docs.generators.evidence FILE``; a file of simulated rows has a page of its own). What does not: the rows
(evidence_tables.py) and the sentences (evidence_words.py).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from common.errors import OiwError
from common.settings import PROJECT_ROOT
from docs.generators.evidence_tables import Claim, Publication, Signal, csv_text, read_tables
from docs.generators.evidence_words import (
    HORIZONS,
    Verdicts,
    failed_claims,
    held_claims,
    open_claims,
    signal_counts,
    summary,
)
from docs.generators.forest import Estimate, forest


@dataclass(frozen=True)
class Page:
    """A page for one kind of published file, and its ``path`` below the project's root."""

    path: Path
    title: str
    source: str

    @property
    def folder(self) -> Path:
        """The folder of the page's pictures and tables."""
        return self.path.with_suffix("")


RECORDED = Page(
    Path("docs/reference/evidence.md"),
    "Evidence: how often signals and claims came true",
    """`make evidence` generates this page from the recorded data: do not edit it. A
[second page](evidence_simulated.md) shows the simulated market.""",
)
SIMULATED = Page(
    Path("docs/reference/evidence_simulated.md"),
    "Evidence in the simulated market",
    """`make evidence` generates this page from a year of the simulated market: do not edit it. Every scene of that
market is staged, from one seed. The page tests the warehouse and is no evidence about real markets; see the
[page of the recorded data](evidence.md) for those.""",
)


_PAGE = """# {title}

{source}

A **claim** is a statement of a strategy article. A **signal** marks a bar on which a condition of these strategies
holds. An **occurrence** is one time at which the condition of a signal or claim holds. It came true if the predicted
outcome followed. The **rate** is the share of occurrences that came true. The **base rate** is the share of all bars
after which the same outcome followed, with or without the signal. The **interval** is Wilson's 95 % interval of the
rate. It counts independent occurrences only: their horizons (the times over which the outcome is measured) do not
overlap. The rate **expected from the volatility** is that of bars with the same current volatility. The data support a
signal or claim only if its interval lies above its base rate and above the rate expected from the volatility. [Signals
and scorecard](../metrics/rpt_signal_scorecard.md) and [claims](../metrics/rpt_claim_evidence.md) define each number.

## In short

{short}

## Claims

{claims_picture}

### Claims that held

{held}

### Claims that did not hold

{failed}

### Claims that cannot be judged yet

{open}

## Signals

{signals}

{signals_pictures}

## Tables

* [claims.csv]({folder}/claims.csv): {claim_rows} rows, one per claim, source and timeframe.
* [signals.csv]({folder}/signals.csv): {signal_rows} rows, one per signal, source, asset, timeframe and horizon.

The values of a column that ends in `_ratio` are fractions. An empty field means unknown, not zero.
"""


def render(published_file: Path) -> tuple[Page, dict[Path, str]]:
    """Return the page of a published file, and its text, pictures and tables by their paths below the root.

    Raises WarehouseError if the file does not exist.
    """
    publication, claims, signals = read_tables(published_file)
    page = SIMULATED if "simulated" in publication.source_modes else RECORDED
    return page, lay_out(page, publication, claims, signals)


def lay_out(page: Page, publication: Publication, claims: list[Claim], signals: list[Signal]) -> dict[Path, str]:
    """Return the text, pictures and tables of ``page`` by their paths below the root."""
    pictures = _pictures(claims, signals)
    return {
        page.path: _text(page, publication, claims, signals, pictures),
        page.folder / "claims.csv": csv_text(claims),
        page.folder / "signals.csv": csv_text(signals),
        **{page.folder / f"{name}.svg": drawn for name, drawn in pictures.items()},
    }


def write(files: dict[Path, str], root: Path) -> None:
    """Write the files of one page below ``root``, and remove the files that an earlier page left in its folder."""
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
    verdicts = Verdicts.of(claims)
    return _PAGE.format(
        title=page.title,
        source=page.source,
        short=summary(publication, verdicts, signals),
        claims_picture=_picture(page, "claims", "Claims: rate, interval and base rate", pictures),
        held=held_claims(verdicts),
        failed=failed_claims(verdicts),
        open=open_claims(verdicts),
        signals=signal_counts(signals),
        signals_pictures="\n\n".join(
            _picture(page, f"signals_{hours}h", f"Signals after {words}: rate, interval and base rate", pictures)
            for hours, words in HORIZONS.items()
            if f"signals_{hours}h" in pictures
        ),
        folder=page.folder.name,
        claim_rows=len(claims),
        signal_rows=len(signals),
    )


def _pictures(claims: list[Claim], signals: list[Signal]) -> dict[str, str]:
    """Return the SVG of each picture that has at least one row, by name."""
    plots = {"claims": ("Claims: how often they came true", [*map(_claim_estimate, _with_rate(claims))])}
    for hours, words in HORIZONS.items():
        rows = [row for row in _with_rate(signals) if row.horizon_hours == hours and row.place != "too_few"]
        plots[f"signals_{hours}h"] = (
            f"Signals: how often they were right after {words}",
            [*map(_signal_estimate, rows)],
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


RowWithRate = TypeVar("RowWithRate", Claim, Signal)


def _with_rate(rows: Sequence[RowWithRate]) -> list[RowWithRate]:
    return [row for row in rows if row.rate_ratio is not None]


def _picture(page: Page, name: str, words: str, pictures: dict[str, str]) -> str:
    return f"![{words}]({page.folder.name}/{name}.svg)" if name in pictures else "No rate was measured."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
