"""`make demo` end to end: the simulated sample through the whole pipeline, and what the user sees."""

import re

import duckdb
import pytest

from sandbox.demo import main

pytest_plugins = ["demo_support"]
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture
def published(demo_run):
    assert demo_run.exit_code == 0, demo_run.stderr
    with duckdb.connect(str(demo_run.published_file), read_only=True) as con:
        yield con


def test_demo_succeeds_and_shows_every_asset_of_every_source(demo_run):
    assert demo_run.exit_code == 0, demo_run.stderr

    for source in ("exchanges", "coinglass", "coinalyze"):
        assert re.search(rf"^{source}\s*$", demo_run.stdout, re.MULTILINE), source
    assert len(re.findall(r"^  (?:BTC|ETH|BNB) (?:15m|1h|4h) ", demo_run.stdout, re.MULTILINE)) == 9
    assert "never add them" in demo_run.stdout
    assert "05-27 absorbed" in demo_run.stdout
    assert "venue_renamed" in demo_run.stdout
    assert "warehouse/queries/" in demo_run.stdout


def test_nothing_but_results_is_on_the_screen(demo_run):
    assert demo_run.stderr == ""
    assert "dagster" not in demo_run.stdout.lower()
    assert "Traceback" not in demo_run.stdout


def test_every_row_is_labelled_simulated(published):
    assert published.sql("select source_modes from reporting.rpt_publication").fetchall() == [("simulated",)]
    labelled = published.sql(
        "select table_name from information_schema.columns where table_schema = 'core' and column_name = 'source_mode'"
    ).fetchall()
    assert len(labelled) >= 6
    for (table,) in labelled:
        assert published.sql(f"select distinct source_mode from core.{table}").fetchall() == [("simulated",)], table


def test_published_file_ends_with_the_sample(published):
    assert published.sql("select as_of::varchar from reporting.rpt_publication").fetchall() == [
        ("2026-05-31 00:00:00",)
    ]


def test_no_source_is_left_out_or_quarantined(published):
    assert published.sql("from quality.dq_unmapped_methodology").fetchall() == []
    assert published.sql("from core.fct_open_interest where is_quarantined").fetchall() == []
    assert published.sql("select distinct source from reporting.rpt_market_latest order by 1").fetchall() == [
        ("coinalyze",), ("coinglass",), ("exchanges",),
    ]  # fmt: skip


def test_cascade_is_the_one_that_was_put_in(published):
    cascades = published.sql(
        "select asset, started_at::varchar, ended_at::varchar, dominant_side from marts.fct_liquidation_cascade "
        "where detected_by = 'liquidations'"
    ).fetchall()

    assert cascades == [("BTC", "2026-05-27 00:00:00", "2026-05-27 03:00:00", "long")]


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path, capsys):
    (tmp_path / "published").mkdir()

    assert main(["--home", str(tmp_path)]) == 2

    assert (tmp_path / "published").is_dir()
    assert "is not the demo's" in capsys.readouterr().err
