"""Windows by name resolve while SQL is compiled, and a name that the seed does not have stops the run."""

from pathlib import Path

import pytest
from dbt.artifacts.resources.v1.components import CompiledResource
from dbt.artifacts.schemas.run import RunExecutionResult

from common.errors import WarehouseError
from common.settings import Settings
from warehouse.connection import open_build
from warehouse.dbt_project import invoke
from warehouse.migrations import migrate


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with open_build(settings.build_file) as con:
        migrate(con)
    return settings


def _compiled(settings: Settings, sql: str) -> str:
    outcome = invoke(settings, ["compile", "--inline", sql]).result
    assert isinstance(outcome, RunExecutionResult)
    (node,) = [result.node for result in outcome.results]
    assert isinstance(node, CompiledResource)
    return node.compiled_code or ""


def test_frames_and_lookbacks_come_from_the_seed(settings: Settings):
    calls = {
        # By hand: the volatility's 30 days, the outcome's 7, the day of a bar's return and the day of rounding.
        "window_lookback_days('usual_volatility')": "39",
        "frame_before('velocity')": "range between interval 30 day preceding and interval 1 second preceding",
        "frame_within('claim_week')": "range between interval 604799 second preceding and current row",
        # 30 days of 288 bars.
        "grid_before('velocity', 300)": "rows between 8640 preceding and 1 preceding",
        "grid_to_now('velocity', 300)": "rows between 8639 preceding and current row",
    }
    compiled = _compiled(settings, "\n".join(f"{{{{ {call} }}}}" for call in calls))
    assert compiled.splitlines() == list(calls.values())


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("{{ frame_before('velocty') }}", "window 'velocty' is no row of seeds/window.csv"),
        ("{{ threshold_literal('stale') }}", "threshold 'stale' is no row of seeds/threshold.csv"),
    ],
)
def test_an_unknown_name_stops_the_run(settings: Settings, sql: str, message: str):
    with pytest.raises(WarehouseError, match=message):
        _compiled(settings, sql)
