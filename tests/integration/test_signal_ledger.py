"""The ledger of signals: point in time, written once, and the same for daily loads and for one bulk load."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from marts_support import build_models, home_of_all_workers, load_everything

from common.settings import Settings
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS
from warehouse.build import build
from warehouse.dbt_project import DBT_DIR, code_sha256

pytestmark = pytest.mark.xdist_group("signal_ledger")

FIRST = datetime.fromisoformat("2026-01-01")
HOURS = 24 * 47
# The market lasts 30 hours longer than the replayed history.
ALL_HOURS = HOURS + 30
# The first days are one load; each later day is its own load, seven minutes after its end.
BULK_DAYS, DAYS = 43, 47
SEEN_AFTER = timedelta(minutes=7)
# The fields in which these venues publish one-sided base coins.
VENUES = {"binance": "openInterest", "bybit": "singleOpenInterest", "bitget": "openInterest"}
LEDGER = "select * exclude (recorded_at) from marts.fct_signal order by signal_id"
STARTED = "select * from intermediate.int_signal__started order by signal_id"
FINAL = "select * from marts.fct_signal_outcome where outcome_status = 'final' order by signal_id, horizon_hours"
OUTCOMES = "select * from marts.fct_signal_outcome order by signal_id, horizon_hours"


def _market() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the hourly price and each venue's open interest: random walks with some jumps."""
    random = np.random.default_rng(5)
    price = 50_000 * np.exp(np.cumsum(random.normal(0, 0.006, ALL_HOURS)))
    jumps = np.where(np.arange(ALL_HOURS) % 29 == 0, random.normal(0, 0.03, ALL_HOURS), 0)
    common = np.cumsum(random.normal(0, 0.004, ALL_HOURS) + jumps)
    return price, {venue: 10_000 * np.exp(common + np.cumsum(random.normal(0, 0.002, ALL_HOURS))) for venue in VENUES}


PRICE, OPEN_INTEREST = _market()


def _known_at(hour: int) -> datetime:
    return FIRST + timedelta(hours=hour + 1)


def _land(settings: Settings, dataset: str, rows: list[dict], label: str, observed_at: datetime) -> None:
    common = {
        "source": "exchanges",
        "source_mode": "simulated",
        "scope": "instrument",
        "symbol": "BTCUSDT",
        "label_convention": "instant",
        "observed_at": observed_at,
    }
    schema = DATASETS[dataset].schema
    for venue in VENUES:
        full = [
            {**dict.fromkeys(schema.names), **common, "collector": f"{venue}_{dataset}", **row}
            for row in rows
            if row["venue_native"] == venue
        ]
        if full:
            origin = f"{venue}/{label}"
            batch = Batch(dataset, full[0]["collector"], origin, content_sha256(repr(full)), observed_at)
            assert write_batch(
                settings.landing_dir, batch, DATASETS[dataset], pa.Table.from_pylist(full, schema=schema)
            )


def _levels(hours: range, changed: dict[int, float] | None = None) -> list[dict]:
    """Return the open interest of some hours at all venues, multiplied by the factors in ``changed`` (by hour)."""
    return [
        {
            "venue_native": venue,
            "stamped_at": _known_at(hour),
            "interval_seconds": 3600,
            "native_field": field,
            "oi_native": OPEN_INTEREST[venue][hour] * (changed or {}).get(hour, 1),
            "native_unit": "base",
            "price_usd_native": PRICE[hour],
        }
        for venue, field in VENUES.items()
        for hour in hours
    ]


def _rates(hours: range) -> list[dict]:
    return [
        {
            "venue_native": "binance",
            "stamped_at": _known_at(hour),
            "rate_native": 0.0001 * np.sin(hour / 30),
            "native_unit": "fraction",
            "funding_interval_hours": 8.0,
            "is_settled": True,
        }
        for hour in hours
        if (hour + 1) % 8 == 0
    ]


def _land_days(settings: Settings, first: int, last: int) -> None:
    hours, seen_at = range(24 * first, 24 * last), FIRST + timedelta(days=last) + SEEN_AFTER
    _land(settings, "open_interest", _levels(hours), f"{first}", seen_at)
    _land(settings, "funding_rate", _rates(hours), f"{first}", seen_at)
    assert load_everything(settings).failures == ()


def _rows(settings: Settings, query: str) -> list[dict]:
    with duckdb.connect(str(settings.build_file), read_only=True) as con:
        return con.sql(query).to_arrow_table().to_pylist()


def _assert_equal(rows: list[dict], others: list[dict]) -> None:
    assert len(rows) == len(others)
    for row, other in zip(rows, others, strict=True):
        floats = {name for name, value in row.items() if isinstance(value, float)}
        assert {name: row[name] for name in row.keys() - floats} == {name: other[name] for name in row.keys() - floats}
        assert {name: row[name] for name in floats} == pytest.approx({name: other[name] for name in floats}, rel=1e-9)


def _extreme_hours(settings: Settings) -> list[int]:
    """Return every hour with extreme velocity, by the rows that are known now."""
    query = "select event_at from intermediate.int_signal__market where signal = 'velocity_extreme' order by 1"
    return [int((row["event_at"] - FIRST) / timedelta(hours=1)) - 1 for row in _rows(settings, query)]


def _copy(settings: Settings, home: Path) -> Settings:
    return Settings(home=Path(shutil.copytree(settings.home, home)))


@pytest.fixture(scope="session")
def replayed_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that was loaded and built day by day. Do not write into it."""

    def fill(settings: Settings) -> None:
        for first, last in [(0, BULK_DAYS), *((day, day + 1) for day in range(BULK_DAYS, DAYS))]:
            _land_days(settings, first, last)
            assert build_models(settings).is_full_refresh is (first == 0)

    return home_of_all_workers(tmp_path_factory, "replayed_home", fill)


def test_a_replay_day_by_day_writes_the_ledger_of_one_full_build(replayed_home: Settings, tmp_path: Path):
    at_once = Settings(home=tmp_path)
    _land_days(at_once, 0, DAYS)
    build_models(at_once)
    ledger = _rows(replayed_home, LEDGER)
    assert len({row["signal"] for row in ledger}) >= 7
    _assert_equal(ledger, _rows(at_once, LEDGER))
    assert not any(row["is_late"] for row in ledger)
    # Increments continued a signal that was in force before them.
    by_id = {row["signal_id"]: row for row in ledger}
    escalations = [(by_id[row["escalates"]], row) for row in ledger if row["escalates"]]
    assert all(row["strength"] >= 2 * in_force["strength"] for in_force, row in escalations)
    increments = [FIRST + timedelta(days=day) for day in range(BULK_DAYS, DAYS)]
    assert any(in_force["event_at"] <= start < row["event_at"] for in_force, row in escalations for start in increments)
    _assert_equal(_rows(replayed_home, STARTED), _rows(at_once, STARTED))
    outcomes = _rows(replayed_home, OUTCOMES)
    assert {row["outcome_status"] for row in outcomes} >= {"final", "pending"}
    _assert_equal(outcomes, _rows(at_once, OUTCOMES))


def test_a_signal_is_recorded_when_its_bar_was_first_seen(replayed_home: Settings):
    recorded = _rows(replayed_home, "select event_at, recorded_at from marts.fct_signal")
    seen_at = [FIRST + timedelta(days=day) + SEEN_AFTER for day in range(BULK_DAYS, DAYS + 1)]
    assert len({row["recorded_at"] for row in recorded}) >= 3
    for row in recorded:
        assert row["recorded_at"] == min(look for look in seen_at if look >= row["event_at"])


def test_restated_rows_add_late_signals_and_remove_none(replayed_home: Settings, tmp_path: Path):
    home = _copy(replayed_home, tmp_path / "restated")
    before, outcomes_before = _rows(home, "select * from marts.fct_signal order by signal_id"), _rows(home, FINAL)
    # The restatement removes the growth of the last extreme hour, adds 20 % to a calm hour, and changes the prices.
    hours = _extreme_hours(home)
    hour = hours[-1]
    calm = max(one for one in range(hours[0], hour) if all(abs(one - other) > 25 for other in hours))
    as_before = OPEN_INTEREST["binance"][hour - 1] / OPEN_INTEREST["binance"][hour]
    seen_at = FIRST + timedelta(days=DAYS, hours=1)
    restated = [*_levels(range(hour, hour + 1), {hour: as_before}), *_levels(range(calm, calm + 1), {calm: 1.2})]
    for row in restated:
        row["price_usd_native"] *= 1.02
    _land(home, "open_interest", restated, "restated", seen_at)
    load_everything(home)
    assert not build_models(home).is_full_refresh
    assert hour not in _extreme_hours(home)
    after = {row["signal_id"]: row for row in _rows(home, "select * from marts.fct_signal order by signal_id")}
    assert [after[row["signal_id"]] for row in before] == before
    added = [row for id_, row in after.items() if id_ not in {row["signal_id"] for row in before}]
    assert ("velocity_extreme", _known_at(calm)) in {(row["signal"], row["event_at"]) for row in added}
    assert all(row["is_late"] and row["recorded_at"] == seen_at for row in added)
    build_models(home, is_full_refresh=True)
    assert {row["signal_id"]: row for row in _rows(home, "select * from marts.fct_signal order by 1")} == after
    outcomes = {(row["signal_id"], row["horizon_hours"]): row for row in _rows(home, FINAL)}
    assert [outcomes[row["signal_id"], row["horizon_hours"]] for row in outcomes_before] == outcomes_before


def test_a_build_that_died_before_it_was_recorded_leaves_the_same_ledger(replayed_home: Settings, tmp_path: Path):
    died, undisturbed = _copy(replayed_home, tmp_path / "died"), _copy(replayed_home, tmp_path / "undisturbed")
    for home in (died, undisturbed):
        _land(home, "open_interest", _levels(range(HOURS, HOURS + 30)), "next", FIRST + timedelta(hours=HOURS + 31))
        load_everything(home)
    # The tables contain the results, but no record says that the build was completed.
    assert build(died, is_tested=False).is_successful
    # Nine digits, because the order of a sum changes its rounding.
    everything = "select * replace (round(strength, 9) as strength) from marts.fct_signal order by signal_id"
    before = _rows(replayed_home, everything)
    assert len(_rows(died, everything)) > len(before)
    for home in (died, undisturbed):
        build_models(home)
    assert _rows(died, everything) == _rows(undisturbed, everything)
    assert not any(row["is_late"] for row in _rows(died, everything))


def test_changed_parameters_are_a_new_version_beside_the_old_one(
    replayed_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = _copy(replayed_home, tmp_path / "home")
    project = Path(shutil.copytree(DBT_DIR, tmp_path / "dbt_project"))
    seed = project / "seeds/signal_parameters.csv"
    changed = "3,velocity_extreme,1h,volatility,24,2,true,{zscore=4},The velocity z-score is above 4.\n"
    seed.write_text(seed.read_text() + changed)
    monkeypatch.setattr("warehouse.dbt_project.DBT_DIR", project)
    monkeypatch.setattr("warehouse.build.code_sha256", lambda: code_sha256(project))
    before = _rows(home, "select * from marts.fct_signal order by signal_id")
    report = build_models(home)
    assert report.is_full_refresh
    after = _rows(home, "select * from marts.fct_signal order by signal_id")
    assert [row for row in after if row["parameters_version"] == 2] == before
    newer = [row for row in after if row["parameters_version"] == 3]
    assert newer
    assert {row["signal"] for row in newer} == {"velocity_extreme"}
    assert not any(row["is_late"] for row in newer)
    extreme = {row["event_at"] for row in before if row["signal"] == "velocity_extreme"}
    assert len(newer) < len(extreme)
    shown = _rows(
        home,
        "select parameters_version, sum(occurrence_count)::bigint as occurrences from reporting.rpt_signal_scorecard "
        "where signal = 'velocity_extreme' and horizon_hours = 24 group by all order by all",
    )
    assert shown == [
        {"parameters_version": 2, "occurrences": len(extreme)},
        {"parameters_version": 3, "occurrences": len(newer)},
    ]
    in_use = _rows(home, "select * from marts.fct_signal_newest_version order by signal_id")
    assert in_use == [row for row in after if row["signal"] != "velocity_extreme" or row in newer]
