"""The scorecard of signals and the evidence of claims on the staged market are those that were written down.

After a change that is meant to change them: ``OIW_WRITE_GOLDEN=1 pytest tests/integration/test_evidence_golden.py``
writes them anew, and their difference is read before it is committed.
"""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from staged_support import STAGED, home_of

pytestmark = pytest.mark.xdist_group("staged_year")

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
KEYS = {
    "rpt_signal_scorecard": ["source", "asset", "signal", "timeframe", "horizon_hours", "parameters_version"],
    "rpt_claim_evidence": ["claim", "source", "timeframe"],
}


@pytest.mark.parametrize("table", KEYS)
def test_evidence_on_the_staged_market_is_as_written_down(tmp_path_factory, tmp_path, table):
    path = GOLDEN / f"{table}.csv"
    written = tmp_path / path.name
    with duckdb.connect(str(home_of(tmp_path_factory, "staged_year", STAGED).build_file), read_only=True) as con:
        rows = con.sql(f"select * from reporting.{table} order by {', '.join(KEYS[table])}").df()
    rows.to_csv(written, index=False, float_format="%.6g")
    if os.environ.get("OIW_WRITE_GOLDEN"):
        path.write_bytes(written.read_bytes())

    # Read back both: a number that rounds in its sixth digit differs as text.
    pd.testing.assert_frame_equal(pd.read_csv(written), pd.read_csv(path), rtol=1e-5)
