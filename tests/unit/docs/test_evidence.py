"""The evidence pages: the page of a published file, and that the committed pages follow from their tables."""

import csv
import re
from typing import get_type_hints

import duckdb
import pytest

from common.settings import PROJECT_ROOT
from docs.generators.evidence import RECORDED, SIMULATED, lay_out, main, render
from docs.generators.evidence_tables import Claim, Publication, Signal
from docs.generators.forest import Estimate, forest

# Four claims: above its base rate; below what was asserted; too few; without any case.
_CLAIMS = """
select * from (values
    ('a_holds', 'A holds', 'up', 's', '1h', 'BTC', timestamp '2025-01-02', timestamp '2025-02-03',
        40::bigint, 20::bigint, 0.75::double, 0.53130::double, 0.88814::double, 0.5::double, null::double,
        'supported', null::varchar),
    ('b_fails', 'B fails', 'up', 's', '1h', 'BTC', timestamp '2025-01-04', timestamp '2025-02-05', 30, 10,
        0.2, 0.05668, 0.50984, 0.25, 0.87, 'not_supported', null),
    ('c_is_rare', 'C is rare', 'up', 's', '1d', 'ETH', timestamp '2025-01-06', timestamp '2025-01-07', 2, 1,
        1.0, 0.20655, 1.0, 0.5, null, 'too_few', null),
    ('d_never', 'D never', 'up', null, null, null, null, null, 0, 0, null, null, null, null, 1.0, 'too_few', 'no case')
) as claim (
    claim, statement, outcome, source, timeframe, assets, first_event_at, last_event_at,
    occurrence_count, independent_count, outcome_rate_ratio, outcome_rate_low_ratio, outcome_rate_high_ratio,
    base_rate_ratio, asserted_ratio, verdict, reason
)
"""
# Above, inside, below, and one occurrence too few for a verdict, which needs ten.
_SIGNALS = """
select * from (values
    ('exit_divergence', 'reduce', 's', 'BTC', '1h', 24, 1, 12::bigint, 10::bigint,
        0.9::double, 0.59585::double, 0.98213::double, 0.5::double),
    ('exit_divergence', 'reduce', 's', 'BTC', '1h', 48, 1, 12, 10, 0.5, 0.23659, 0.76341, 0.5),
    ('exit_divergence', 'reduce', 's', 'BTC', '1h', 168, 1, 12, 10, 0.1, 0.01787, 0.40415, 0.5),
    ('velocity_extreme', 'volatility', 's', 'ETH', '1h', 24, 1, 11, 9, 1.0, 0.70086, 1.0, 0.2)
) as scorecard (
    signal, direction, source, asset, timeframe, horizon_hours, parameters_version, occurrence_count,
    independent_count, hit_rate_ratio, hit_rate_low_ratio, hit_rate_high_ratio, base_rate_ratio
)
"""
_EXPECTED = "select *, base_rate_ratio + 0.02 as expected_rate_ratio from"
_OCCURRENCES = """
select 's' as source, signal, '1h' as timeframe, asset, 1 as parameters_version, event_at from (values
    ('exit_divergence', 'BTC', timestamp '2025-01-02 03:00:00'), ('exit_divergence', 'BTC', timestamp '2025-03-04'),
    ('velocity_extreme', 'ETH', timestamp '2025-01-09')
) as occurrence (signal, asset, event_at)
"""


@pytest.fixture
def published_file(tmp_path):
    path = tmp_path / "oi.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema reporting; create schema marts")
        con.execute(
            "create table reporting.rpt_publication as select 'file' as source_modes, "
            "timestamp '2025-01-01 05:00:00' as first_event_at, timestamp '2025-03-31 06:00:00' as last_event_at"
        )
        con.execute(f"create table reporting.rpt_claim_evidence as {_EXPECTED} ({_CLAIMS})")
        con.execute(f"create table reporting.rpt_signal_scorecard as {_EXPECTED} ({_SIGNALS})")
        con.execute(f"create table marts.fct_signal as {_OCCURRENCES}")
    return path


def test_the_summary_says_what_held_what_did_not_and_what_is_not_known(published_file):
    page, files = render(published_file)

    assert page == RECORDED
    text = files[page.path]
    assert _section(text, "## In short") == [
        "* **Data.** The data covers 2025-01-01 to 2025-03-31. Its source modes (how it was collected): file. Signals "
        "occurred from 2025-01-02 to 2025-03-04. Their sources are s.",
        "* **Claims.** The two strategy articles make 4 claims: 1 held (0 by arithmetic alone), 1 did not hold, and 2 "
        "cannot be judged yet.",
        "* **Signals.** The scorecard has 4 rows, one per signal, source, asset, timeframe and horizon. 3 of them have "
        "at least 10 independent occurrences. The interval lies above the base rate in 1 rows and below it in 1. In "
        "the other 1 rows it contains the base rate, which is no evidence. Chance alone would put about 0 of 3 "
        "intervals above or below the base rate.",
        "* **Too few occurrences.** 1 of the 4 rows have fewer than 10 independent occurrences. They allow no "
        "conclusion.",
    ]
    assert _section(text, "### Claims that held") == [
        "* **A holds.**",
        "  * s 1h, BTC, 2025-01-02 to 2025-02-03: the claim came true in 75 % of 40 occurrences (20 independent; "
        "interval 53 % to 89 %; base rate 50 %; expected from the volatility 52 %).",
    ]
    assert _section(text, "### Claims that did not hold") == [
        "* **B fails.**",
        "  * s 1h, BTC, 2025-01-04 to 2025-02-05: the claim came true in 20 % of 30 occurrences (10 independent; "
        "interval 6 % to 51 %; base rate 25 %; expected from the volatility 27 %; the article asserts 87 %).",
    ]
    assert _section(text, "### Claims that cannot be judged yet") == [
        "* **C is rare.** Independent occurrences so far: 1 (s 1d); a verdict needs 10.",
        "* **D never.** No case.",
    ]


def test_the_page_names_the_rows_that_stand_out_and_counts_the_rest(published_file):
    page, files = render(published_file)

    signals = _section(files[page.path], "## Signals")
    assert (
        "* `exit_divergence`, BTC 1h of s, after 24 hours: the signal was right in 90 % of cases (10 independent; "
        "interval 60 % to 98 %), **above** the base rate of 50 %; expected from the volatility: 52 %."
    ) in signals
    assert "| `exit_divergence` | the price is lower | 1 | 1 | 1 | 0 | 2025-01-02 to 2025-03-04 |" in signals
    assert [line.split(" | ")[2:6] for line in signals if line.startswith("| `velocity_extreme`")] == [
        ["0", "0", "0", "1"]
    ]
    assert any(line.startswith("Signals that never occurred: `arbitrage_inflow`") for line in signals)


def test_the_tables_hold_every_row(published_file):
    page, files = render(published_file)

    claims = files[page.folder / "claims.csv"].splitlines()
    counts_and_rates = "40,20,0.75,0.5313,0.8881,0.5,0.52,,supported,"
    assert claims[1] == f"a_holds,A holds,up,s,1h,BTC,2025-01-02,2025-02-03,{counts_and_rates}"
    assert claims[4] == "d_never,D never,up,,,,,,0,0,,,,,,1.0,too_few,no case"
    signals = files[page.folder / "signals.csv"].splitlines()
    assert signals[1] == "exit_divergence,reduce,s,BTC,1h,24,1,2025-01-02,2025-03-04,12,10,0.9,0.5959,0.9821,0.5,0.52"
    assert len(claims) == len(signals) == 5


def test_each_horizon_and_the_claims_have_a_picture_that_the_page_shows(published_file):
    page, files = render(published_file)

    pictures = {path for path in files if path.suffix == ".svg"}
    assert {path.name for path in pictures} == {"claims.svg", "signals_24h.svg", "signals_48h.svg", "signals_168h.svg"}
    assert {f"{path.parent.name}/{path.name}" for path in pictures} == set(
        re.findall(r"!\[.+?\]\((.+?)\)", files[page.path])
    )


def test_a_picture_is_the_same_for_the_same_rates_only():
    estimate = Estimate("group", "row", count=10, rate=0.5, low=0.25, high=0.75, base=0.4, place="within")
    other = Estimate("group", "row", count=10, rate=0.5, low=0.25, high=0.75, base=0.45, place="within")

    drawn = forest("Title", [estimate])

    assert drawn.startswith("<?xml")
    assert "<dc:date>" not in drawn
    assert drawn == forest("Title", [estimate])
    assert drawn != forest("Title", [other])


@pytest.mark.parametrize("page", [RECORDED, SIMULATED], ids=["recorded", "simulated"])
def test_a_committed_page_and_its_pictures_follow_from_its_tables(page):
    text = (PROJECT_ROOT / page.path).read_text()
    (publication,) = re.findall(r"The data covers (\S+) to (\S+)\. Its source modes \(.+?\): (.+?)\.", text)

    files = lay_out(page, Publication(*publication), _rows(page, "claims", Claim), _rows(page, "signals", Signal))

    assert {path.name for path in (PROJECT_ROOT / page.folder).iterdir()} == {
        path.name for path in files if path != page.path
    }
    assert {path: (PROJECT_ROOT / path).read_text() for path in files} == files


def test_a_missing_file_is_one_line_and_an_exit_code(tmp_path, capsys):
    exit_code = main([str(tmp_path / "oi.duckdb")], root=tmp_path)

    assert exit_code == 6
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "make evidence" in error
    assert error.count("\n") == 1


def _section(text: str, heading: str) -> list[str]:
    """Return the lines below a heading, up to the next of its level or above."""
    level = heading.split(maxsplit=1)[0]
    body = text.split(f"\n{heading}\n")[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", body)[0].strip().splitlines()


def _rows(page, name: str, kind: type) -> list:
    types = {field: (int if "int" in str(hint) else float if "float" in str(hint) else str) for field, hint in
             get_type_hints(kind).items()}  # fmt: skip
    with (PROJECT_ROOT / page.folder / f"{name}.csv").open(newline="") as file:
        return [
            kind(**{field: types[field](value) if value else None for field, value in row.items()})
            for row in csv.DictReader(file)
        ]
