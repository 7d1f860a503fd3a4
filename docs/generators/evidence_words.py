"""The sentences and lists of the evidence pages.

What belongs here: turning claims and signals into text. What does not: reading them (evidence_tables.py), the page
around the text (evidence.py), and any rate or interval, which the models compute.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from docs.generators.evidence_tables import Claim, Publication, Signal, active_signals, minimum_occurrences
from docs.generators.forest import Place

HORIZONS = {24: "24 hours", 48: "48 hours", 168: "7 days"}

_OUTCOMES = {
    "long": "the price is higher",
    "short": "the price is lower",
    "reduce": "the price is lower",
    "volatility": "realised volatility is at least 1.5 times its usual level",
}
_PLACES: tuple[Place, ...] = ("above", "within", "below", "too_few")


@dataclass(frozen=True)
class Verdicts:
    """The rows of each claim, in three groups.

    A claim ``held`` if it held in at least one row. It ``failed`` if it failed and held in no row. Other claims are
    still ``open``.
    """

    held: list[list[Claim]]
    failed: list[list[Claim]]
    open: list[list[Claim]]

    @classmethod
    def of(cls, claims: Iterable[Claim]) -> Self:
        """Sort the claims by their verdicts; rows of one claim are neighbours in ``claims``."""
        found = cls([], [], [])
        for _, group in groupby(claims, key=lambda claim: claim.claim):
            rows = list(group)
            verdicts = {row.verdict for row in rows}
            if "supported" in verdicts:
                found.held.append(rows)
            elif "not_supported" in verdicts:
                found.failed.append(rows)
            else:
                found.open.append(rows)
        return found


def summary(publication: Publication, verdicts: Verdicts, signals: list[Signal]) -> str:
    """Return the summary: a line about each of the data, the claims, the signals, and the rows with too few cases."""
    held, failed, still_open = len(verdicts.held), len(verdicts.failed), len(verdicts.open)
    by_arithmetic = sum(all(row.rate_ratio is None for row in rows) for rows in verdicts.held)
    sources = ", ".join(sorted({signal.source for signal in signals}))
    counts = Counter(signal.place for signal in signals)
    enough = len(signals) - counts["too_few"]
    days = [day for signal in signals for day in (signal.first_day, signal.last_day)]
    return listed(
        [
            f"**Data.** The data covers {publication.first_day} to {publication.last_day}. Its source modes (how it "
            f"was collected): {publication.source_modes}."
            + (f" Signals occurred from {min(days)} to {max(days)}. Their sources are {sources}." if days else ""),
            f"**Claims.** The two strategy articles make {held + failed + still_open} claims: {held} held "
            f"({by_arithmetic} by arithmetic alone), {failed} did not hold, and {still_open} cannot be judged yet.",
            f"**Signals.** The scorecard has {len(signals)} rows, one per signal, source, asset, timeframe and "
            f"horizon. {enough} of them have at least {minimum_occurrences()} independent occurrences. The interval "
            f"lies above the base rate in {counts['above']} rows and below it in {counts['below']}. In the other "
            f"{counts['within']} rows it contains the base rate, which is no evidence. Chance alone would put about "
            f"{enough * 0.05:.0f} of {enough} intervals above or below the base rate.",
            f"**Too few occurrences.** {counts['too_few']} of the {len(signals)} rows have fewer than "
            f"{minimum_occurrences()} independent occurrences. They allow no conclusion.",
        ]
    )


def held_claims(verdicts: Verdicts) -> str:
    """Return the claims that held, each with the measurements for and against it."""
    return listed(_claim(rows, ("supported", "not_supported")) for rows in verdicts.held)


def failed_claims(verdicts: Verdicts) -> str:
    """Return the claims that did not hold, each with the measurements against it."""
    return listed(_claim(rows, ("not_supported",)) for rows in verdicts.failed)


def open_claims(verdicts: Verdicts) -> str:
    """Return the claims without a verdict, each with the reason."""
    return listed(_open(rows) for rows in verdicts.open)


def signal_counts(signals: list[Signal]) -> str:
    """Return the rows with evidence for or against a signal, and a table with one line per signal."""
    outside = [signal for signal in signals if signal.place in ("above", "below")]
    kinds = sorted({(signal.signal, signal.direction) for signal in signals})
    never = sorted(active_signals() - {name for name, _ in kinds})
    lines = [
        "Rows whose interval lies above or below the base rate:\n",
        listed(_outside(signal) for signal in outside),
        "\nThe table shows how many rows of each signal have their interval above, around or below the base rate. A "
        "signal\nwas right if the outcome in the second column followed.\n",
        _line(
            [
                *("signal", "right if", "interval above base rate", "interval contains base rate"),
                *("interval below base rate", "too few occurrences", "first and last day"),
            ]
        ),
        _line(["---", "---", "--:", "--:", "--:", "--:", "---"]),
    ]
    for name, direction in kinds:
        rows = [signal for signal in signals if signal.signal == name]
        counts = Counter(row.place for row in rows)
        days = f"{min(row.first_day for row in rows)} to {max(row.last_day for row in rows)}"
        lines.append(_line([f"`{name}`", _OUTCOMES[direction], *(counts[place] for place in _PLACES), days]))
    if never:
        lines.append(f"\nSignals that never occurred: {', '.join(f'`{name}`' for name in never)}.")
    return "\n".join(lines)


def listed(texts: Iterable[str]) -> str:
    """Return ``texts`` as a Markdown list."""
    return "\n".join(f"* {text}" for text in texts) or "There are none."


def _claim(rows: list[Claim], verdicts: Sequence[str]) -> str:
    """Return a claim in its own words, and below it one line for each measurement with one of ``verdicts``."""
    measured = [f"  * {_measured(row)}" for row in rows if row.verdict in verdicts]
    return "\n".join([f"**{rows[0].statement}.**", *measured])


def _measured(row: Claim) -> str:
    if row.rate_ratio is None:
        return f"{row.verdict.replace('_', ' ').capitalize()}: {row.reason}."
    compared = (
        ""
        if row.base_rate_ratio is None
        else f"; base rate {_percent(row.base_rate_ratio)}; expected from the volatility "
        f"{_percent(row.expected_rate_ratio)}"
    )
    asserted = "" if row.asserted_ratio is None else f"; the article asserts {_percent(row.asserted_ratio)}"
    return (
        f"{row.source} {row.timeframe}, {row.assets}, {row.first_day} to {row.last_day}: the claim came true in "
        f"{_percent(row.rate_ratio)} of {row.occurrence_count} occurrences ({row.independent_count} independent; "
        f"interval {_percent(row.rate_low_ratio)} to {_percent(row.rate_high_ratio)}{compared}{asserted})."
    )


def _open(rows: list[Claim]) -> str:
    """Return a claim without a verdict, and why it has none."""
    reasons = dict.fromkeys(row.reason.rstrip(".") for row in rows if row.reason)
    if reasons:
        why = ". ".join(reason[0].upper() + reason[1:] for reason in reasons)
    else:
        counted = ", ".join(f"{row.independent_count} ({row.source} {row.timeframe})" for row in rows)
        why = f"Independent occurrences so far: {counted}; a verdict needs {minimum_occurrences()}"
    return f"**{rows[0].statement}.** {why}."


def _outside(signal: Signal) -> str:
    return (
        f"`{signal.signal}`, {signal.asset} {signal.timeframe} of {signal.source}, after "
        f"{HORIZONS[signal.horizon_hours]}: the signal was right in {_percent(signal.rate_ratio)} of cases "
        f"({signal.independent_count} independent; interval {_percent(signal.rate_low_ratio)} to "
        f"{_percent(signal.rate_high_ratio)}), **{signal.place}** the base rate of {_percent(signal.base_rate_ratio)}; "
        f"expected from the volatility: {_percent(signal.expected_rate_ratio)}."
    )


def _line(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _percent(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{100 * ratio:.0f} %"
