"""A build file of the version before the renames: its next build keeps the ledger and removes all old objects."""

import json
from pathlib import Path

import duckdb
import pytest
from marts_support import build_home

from common.settings import Settings
from warehouse.connection import open_build
from warehouse.migrations import SCHEMA_DIR
from warehouse.publish import PUBLIC_SCHEMAS, publish

TABLES = Path(__file__).parents[1] / "former/tables"
FORMER_MIGRATIONS = ("0001_raw.sql", "0002_rejected_batch.sql", "0003_live.sql", "0004_signal.sql")
# Renamed columns of the ledger, and renamed inputs in its evidence.
COLUMNS = {"matures_at": "known_at", "independent_occurrence_count": "independent_count"}
INPUTS = {
    "oi_rate_ratio": "oi_growth_ratio",
    "funding_percentile_365d": "funding_percentile_365d_ratio",
    "oi_to_market_cap_percentile_ratio": "oi_to_market_cap_percentile_365d_ratio",
}
LEFTOVERS = {
    "marts.fct_reference_price": "view",
    "intermediate.int_price__reference": "table",
    "quality.dq_listening_gap": "table",
    "gone.fct_of_a_schema_that_is_gone": "table",
}


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The home of a former build file after a build of the current version. Do not write into it."""
    settings = Settings(home=tmp_path_factory.mktemp("upgraded"))
    with open_build(settings.build_file) as con:
        con.execute("create table schema_migration (name varchar not null, applied_at timestamp not null)")
        for name in FORMER_MIGRATIONS:
            con.execute((SCHEMA_DIR / name).read_text())
            con.execute("insert into schema_migration values (?, now()::timestamp)", [name])
        for path in TABLES.glob("[or]*.parquet"):
            if not path.stem.startswith("reporting."):
                con.execute(f"insert into {path.stem} by name select * from read_parquet('{path}')")
        for name in ("marts", "intermediate", "quality", "gone"):
            con.execute(f"create schema {name}")
        for path in TABLES.glob("marts.*.parquet"):
            con.execute(f"create table {path.stem} as from read_parquet('{path}')")
        for relation, kind in LEFTOVERS.items():
            con.execute(f"create {kind} {relation} as select 1 as former_column")
    assert build_home(settings).is_full_refresh
    return settings


def _former(table: str, order: str) -> list[dict]:
    query = f"select * from read_parquet('{TABLES / table}.parquet') order by {order}"
    return [
        {COLUMNS.get(name, name): value for name, value in row.items()}
        for row in duckdb.sql(query).to_arrow_table().to_pylist()
    ]


def _rows(settings: Settings, query: str) -> list[dict]:
    with duckdb.connect(str(settings.build_file), read_only=True) as con:
        return con.sql(query).to_arrow_table().to_pylist()


def _assert_equal(row: dict, other: dict) -> None:
    """Assert equal rows: numbers to 1e-9, because the order of additions in threads differs, all else exactly."""
    floats = {name for name, value in row.items() if isinstance(value, float)}
    assert {name: row[name] for name in row.keys() - floats} == {name: other[name] for name in other.keys() - floats}
    assert {name: row[name] for name in floats} == pytest.approx({name: other[name] for name in floats}, rel=1e-9)


def test_every_signal_is_still_there_and_its_inputs_have_the_names_of_today(upgraded: Settings):
    former = _former("marts.fct_signal", "signal_id")
    assert any("oi_rate_ratio" in row["evidence"] for row in former)
    for row in former:
        row["evidence"] = {INPUTS.get(name, name): value for name, value in json.loads(row["evidence"]).items()}
    rows = _rows(upgraded, "select * from marts.fct_signal where parameters_version = 1 order by signal_id")
    assert {row.pop("escalates") for row in rows} == {None}
    assert [{**row, "evidence": json.loads(row["evidence"])} for row in rows] == former


def test_every_outcome_is_still_there_and_a_final_one_is_unchanged(upgraded: Settings):
    former = _former("marts.fct_signal_outcome", "signal_id, horizon_hours")
    query = "select * from marts.fct_signal_outcome where parameters_version = 1 order by signal_id, horizon_hours"
    rows = _rows(upgraded, query)
    assert len(rows) == len(former)
    assert {row["outcome_status"] for row in former} >= {"final", "pending"}
    for row, before in zip(rows, former, strict=True):
        if before["outcome_status"] == "final":
            assert row == before
        _assert_equal(row, before)


def test_the_scorecard_is_the_same(upgraded: Settings):
    key = "source, asset, signal, timeframe, horizon_hours, parameters_version"
    former = _former("reporting.rpt_signal_scorecard", key)
    rows = _rows(upgraded, f"select * from reporting.rpt_signal_scorecard where parameters_version = 1 order by {key}")
    assert len(former) > 20
    assert len(rows) == len(former)
    for row, before in zip(rows, former, strict=True):
        _assert_equal({name: row[name] for name in before}, before)


def test_signals_of_the_version_of_today_stand_beside_the_former_ones_and_are_not_late(upgraded: Settings):
    rows = _rows(upgraded, "select * from marts.fct_signal where parameters_version = 2")
    assert len(rows) > 20
    assert not any(row["is_late"] for row in rows)
    watch = _rows(upgraded, "select distinct parameters_version, observed_at from ops.signal_watch")
    observed = _rows(upgraded, "select max(observed_at) as observed_at from ops.load_batch")
    assert watch == [{"parameters_version": 2, **observed[0]}]


def test_raw_rows_and_their_batches_have_the_names_of_today(upgraded: Settings):
    former = _former("raw.listening", "stamped_at")
    rows = _rows(upgraded, "select * from raw.stream_coverage order by stamped_at")
    assert [list(row.values()) for row in rows] == [list(row.values()) for row in former]
    assert rows[0].keys() - former[0].keys() == {"label_convention", "covered_from"}
    datasets = {row["dataset"] for row in _rows(upgraded, "select dataset from ops.load_batch")}
    assert datasets == {"open_interest", "funding_rate", "stream_coverage"}


def test_no_object_of_the_former_version_stays_or_is_published(upgraded: Settings):
    published = upgraded.home / "published.duckdb"
    names = set(publish(upgraded.build_file, published, run_id="upgrade").rows)
    relations = _rows(upgraded, "select table_schema || '.' || table_name as name from information_schema.tables")
    for relation in LEFTOVERS:
        assert relation not in {row["name"] for row in relations}
        assert relation not in names
    assert {name.split(".")[0] for name in names} == set(PUBLIC_SCHEMAS)
