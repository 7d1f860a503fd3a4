"""The tick benchmark's smoke test: the report has its shape. It tests no times."""

import json
import subprocess
import sys

from common.settings import PROJECT_ROOT
from sandbox.exchanges.catalogue import APIS


def test_the_report_of_one_instrument_contains_the_measurements():
    command = [sys.executable, "-m", "benchmarks.tick", "--instruments", "1"]
    process = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    document = json.loads(process.stdout)
    fetch, small = document["fetch"], document["small_home"]

    assert document["instruments"] == 1
    assert set(fetch["by_api"]) == {api.api_id for api in APIS} - {"coingecko"}
    for name, api in fetch["by_api"].items():
        assert (api["status"], api["failures"]) == ("ok", []), name
        assert api["requests"] > 0, name
        assert api["rows"] > 0, name
        assert api["lower_bound_seconds"] > 0, name
    assert fetch["slowest_lower_bound_seconds"] == max(api["lower_bound_seconds"] for api in fetch["by_api"].values())
    assert fetch["bound"]["value"] == fetch["seconds"] / fetch["slowest_lower_bound_seconds"]
    assert fetch["peak_memory_mib"] > 0
    assert (small["is_published"], small["errors"]) == (True, [])
    assert {"land_live", "load", "check_raw_boundary", "build", "published__oi"} <= set(small["seconds"])
