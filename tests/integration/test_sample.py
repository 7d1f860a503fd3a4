"""The simulated files through the whole pipeline: every kind of file in the manifests, on any machine."""

import pytest

from warehouse.connection import open_read_only

pytest_plugins = ["sample_support"]
pytestmark = pytest.mark.xdist_group("sample")


@pytest.fixture(scope="module")
def published(sample_run):
    assert sample_run.exit_code == 0, sample_run.stderr
    with open_read_only(sample_run.published_file, missing="the run failed") as con:
        yield con


def test_every_row_is_labelled_simulated(published):
    assert published.sql("select source_modes from reporting.rpt_publication").fetchall() == [("simulated",)]
    labelled = published.sql(
        "select table_name from information_schema.columns where table_schema = 'core' and column_name = 'source_mode'"
    ).fetchall()
    assert len(labelled) >= 6
    for (table,) in labelled:
        # No file contains single liquidations.
        expected = [] if table == "fct_liquidation_event" else [("simulated",)]
        assert published.sql(f"select distinct source_mode from core.{table}").fetchall() == expected, table


def test_published_file_ends_with_the_sample(published):
    assert published.sql("select as_of::varchar from reporting.rpt_publication").fetchall() == [
        ("2026-05-31 00:00:00",)
    ]


def test_no_source_is_excluded_or_quarantined(published):
    assert published.sql("from quality.dq_unmapped_methodology").fetchall() == []
    assert published.sql("from core.fct_open_interest where is_quarantined").fetchall() == []
    assert published.sql("select distinct source from reporting.rpt_market_latest order by 1").fetchall() == [
        ("coinalyze",), ("coinglass",), ("exchanges",),
    ]  # fmt: skip


def test_the_only_cascade_is_the_staged_one(published):
    cascades = published.sql(
        "select asset, started_at::varchar, event_at::varchar, dominant_side from marts.fct_liquidation_cascade "
        "where detected_by like '%liquidations%'"
    ).fetchall()

    assert cascades == [("BTC", "2026-05-27 00:00:00", "2026-05-27 03:00:00", "long")]
