"""SQL contains no window, lookback or threshold as a number: each has a name in a seed. Lookbacks are long enough."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
SQL = {
    path.stem: path.read_text() for folder in ("models", "macros", "tests") for path in (DBT / folder).rglob("*.sql")
}
with (DBT / "seeds/window.csv").open() as seed:
    WINDOWS = {row["window_name"]: row for row in csv.DictReader(seed)}
with (DBT / "seeds/threshold.csv").open() as seed:
    THRESHOLDS = [row["threshold"] for row in csv.DictReader(seed)]

# The calls that make a statistic of a window, with the window's name as an argument.
STATISTIC = re.compile(
    r'\b(?:frame_\w+|grid_\w+|window_\w+|is_covered)\("(\w+)"|"window": "(\w+)"|zscore_status\([^)]*?"(\w+)",'
)
LOOKBACK = re.compile(r'\bwindow="(\w+)"')
# These models read all of their input, also when a build recomputes only a part.
READS_WITHOUT_LOOKBACK = {"dim_top_venue", "int_liquidation__oi_drop", "int_finding__change_exceeds_volume"}


MODELS_AND_TESTS = sorted(
    path.stem for paths in ((DBT / "models").rglob("*.sql"), (DBT / "tests").glob("*.sql")) for path in paths
)
NUMBER = r"-?\d[\d.]*(?:e-?\d+)?"
COMPARISON = re.compile(
    rf"(?:<>|<=|>=|[<>=])\s*{NUMBER}|\b{NUMBER}\s*(?:<>|<=|>=|[<>=])"
    rf"|\bin \(\s*{NUMBER}[^()]*\)|\bbetween\s+{NUMBER}(?:\s+and\s+{NUMBER})?"
)
# Comparisons with a number that no seed names, and why.
ALLOWED_COMPARISONS = {
    "fct_funding_rate": {"in (1, 2, 4, 6, 8)": "the intervals at which venues settle; the comment there says so"},
}


def _literal_comparisons(sql: str) -> Iterator[str]:
    """Comparisons with a number other than 0 and 1, outside of comments."""
    for comparison in COMPARISON.findall(re.sub(r"--.*|\{#.*?#\}", "", sql)):
        if not {float(number) for number in re.findall(NUMBER, comparison)} <= {-1, 0, 1}:
            yield comparison


def lookback_days(window: str) -> int:
    """The days before an instant that determine a window's value: its own, and those of the window it is built on."""
    row = WINDOWS[window]
    return int(row["days"]) + (lookback_days(row["built_on"]) if row["built_on"] else 0)


def _statistics(name: str) -> set[str]:
    return {window for groups in STATISTIC.findall(SQL[name]) for window in groups if window in WINDOWS}


def _lookbacks(name: str) -> set[str]:
    return set(LOOKBACK.findall(SQL[name]))


def _named_windows() -> Iterator[str]:
    for name in SQL:
        yield from _statistics(name)
        yield from _lookbacks(name)


WITH_STATISTIC = sorted(name for name in SQL if _statistics(name) and name not in READS_WITHOUT_LOOKBACK)


@pytest.mark.parametrize("name", SQL)
def test_no_frame_is_a_literal(name):
    # A frame of one row back is no window, and the frame of one second only excludes the instant itself.
    frames = re.findall(r"between .*preceding", SQL[name])
    assert [frame for frame in frames if re.search(r"\b(?!1 (?:preceding|second))\d+ (?:\w+ )?preceding", frame)] == []


@pytest.mark.parametrize("name", SQL)
def test_no_lookback_is_a_literal(name):
    for arguments in re.findall(r"\b(?:changed|tested|chain_linked_index)\(([^{}]*?)\)\s*\}\}", SQL[name]):
        assert not re.search(r"[,=]\s*\d", arguments), arguments
    assert not re.search(r"[<>]=? [^,\n]*[-+] interval '?\d+'? (?:day|week|month|year)", SQL[name])


@pytest.mark.parametrize("name", WITH_STATISTIC)
def test_lookback_of_a_model_covers_its_windows(name):
    longest = max((lookback_days(window) for window in _lookbacks(name)), default=0)
    assert {window for window in _statistics(name) if lookback_days(window) > longest} == set()


@pytest.mark.parametrize("name", MODELS_AND_TESTS)
def test_no_comparison_is_with_a_literal(name):
    assert set(_literal_comparisons(SQL[name])) == set(ALLOWED_COMPARISONS.get(name, {}))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("where ratio > 0 or zscore <= -1 or stddev is not null", []),
        ("where zscore >= 2.5", [">= 2.5"]),
        ("where abs(zscore) < -1e-9 * whole", ["< -1e-9"]),
        ("where 0.5<ratio", ["0.5<"]),
        ("where hours = 24 and count(*) <> 4", ["= 24", "<> 4"]),
        ("where hours in (1, 24) or days not in (0, 1)", ["in (1, 24)"]),
        ("where ratio between 0 and 0.1", ["between 0 and 0.1"]),
        ('where ratio < {{ threshold("flat_change") }} -- and not < 3', []),
    ],
)
def test_comparisons_are_found(sql, found):
    assert list(_literal_comparisons(sql)) == found


def test_statistics_are_found():
    """The patterns above match the texts that they must find."""
    assert _statistics("fct_oi_regime") == {"regime_band", "regime_volume"}
    assert _statistics("fct_perpetual_dated_spread") == {"spread"}
    assert _statistics("int_claim__bar") == {"claim_day", "claim_week", "claim_fortnight"}
    assert _lookbacks("fct_oi_regime") == {"regime_band", "regime_volume"}


def test_windows_are_built_on_windows():
    assert {row["built_on"] for row in WINDOWS.values()} - {""} <= set(WINDOWS)
    assert all(lookback_days(window) >= int(WINDOWS[window]["days"]) >= 1 for window in WINDOWS)


def test_every_window_is_used_and_every_used_one_is_named():
    built_on = {row["built_on"] for row in WINDOWS.values()} - {""}
    assert set(WINDOWS) == set(_named_windows()) | built_on
    assert {window for name in SQL for window in _lookbacks(name)} <= set(WINDOWS)


def test_every_threshold_is_used():
    used = {name for sql in SQL.values() for name in re.findall(r'\bthreshold(?:_literal)?\("(\w+)"', sql)}
    assert used == set(THRESHOLDS)


def test_spans_of_growth_and_of_outcomes_fit_their_windows():
    """The longest span of each list in macros/time.sql is as long as the window for that list."""
    spans = [int(seconds) for seconds in re.findall(r'"seconds": (\d+)}', SQL["time"])]
    (hours,) = re.findall(r"macro outcome_horizons\(\).*return\(\[([\d, ]+)\]\)", SQL["time"])
    assert max(spans) == int(WINDOWS["growth"]["days"]) * 86400 == int(WINDOWS["chain_bridge"]["days"]) * 86400
    assert max(int(hour) for hour in hours.split(",")) == int(WINDOWS["outcome_horizon"]["days"]) * 24


def test_the_bars_that_judge_a_glitch_fit_the_window_of_growth():
    """An increment reads all bars that decide whether a daily bar is suspended, the longest bar."""
    with (DBT / "seeds/threshold.csv").open() as seed:
        bars = {row["threshold"]: int(row["value"]) for row in csv.DictReader(seed) if row["unit"] == "bars"}
    # The reference, the bars in which a jump is in force, and the growth of the first of them.
    before = bars["glitch_reference_bars"] + bars["glitch_hold_bars"] - 1
    assert before + lookback_days("bar") - int(WINDOWS["bar"]["days"]) <= lookback_days("growth")


def test_longest_cooldown_is_that_of_the_seed():
    with (DBT / "seeds/signal_parameters.csv").open() as parameters:
        longest = max(int(row["cooldown_hours"]) for row in csv.DictReader(parameters))
    assert longest <= lookback_days("signal_cooldown") * 24


@pytest.mark.parametrize(
    "path",
    [DBT / f"seeds/{name}.csv" for name in ("window", "threshold", "signal_parameters")],
    ids=lambda path: path.stem,
)
def test_meaning_is_a_sentence_of_its_own(path: Path):
    with path.open() as rows:
        meanings = [row["meaning"] for row in csv.DictReader(rows)]
    assert [meaning for meaning in meanings if not re.fullmatch(r"[A-Z].+\.", meaning)] == []
    assert len(set(meanings)) == len(meanings)
