"""The scorecard of signals and the evidence of claims on the staged market equal the files in tests/golden.

After an intended change, ``make evidence`` (or ``OIW_WRITE_GOLDEN=1 pytest`` with this file) writes the files and their
page again. Read the difference before you commit it.
"""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from staged_support import STAGED, home_of

from common.settings import PROJECT_ROOT
from docs.generators.evidence import SIMULATED, render, write
from warehouse.publish import publish

pytestmark = pytest.mark.xdist_group("staged_year")

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
KEYS = {
    "rpt_signal_scorecard": ["source", "asset", "signal", "timeframe", "horizon_hours", "parameters_version"],
    "rpt_claim_evidence": ["claim", "source", "timeframe"],
}


@pytest.fixture(scope="module")
def published_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "oi.duckdb"
    publish(home_of(tmp_path_factory, "staged_year", STAGED).build_file, path, run_id="golden")
    return path


@pytest.mark.parametrize("table", KEYS)
def test_evidence_on_the_staged_market_equals_the_golden_files(published_file, tmp_path, table):
    golden, written = GOLDEN / f"{table}.csv", tmp_path / f"{table}.csv"
    with duckdb.connect(str(published_file), read_only=True) as con:
        rows = con.sql(f"select * from reporting.{table} order by {', '.join(KEYS[table])}").df()
    rows.to_csv(written, index=False, float_format="%.6g")
    if os.environ.get("OIW_WRITE_GOLDEN"):
        golden.write_bytes(written.read_bytes())

    # Compare numbers, not text: rounding can change the sixth digit.
    pd.testing.assert_frame_equal(pd.read_csv(written), pd.read_csv(golden), rtol=1e-5)


def test_the_page_of_the_simulated_market_shows_the_evidence(published_file):
    page, files = render(published_file)
    if os.environ.get("OIW_WRITE_GOLDEN"):
        write(files, PROJECT_ROOT)

    assert page == SIMULATED
    assert {path: (PROJECT_ROOT / path).read_text() for path in files} == files
