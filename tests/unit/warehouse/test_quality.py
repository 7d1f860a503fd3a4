"""The raw boundary: every planted defect is found by the name of its rule, with its rows; sound rows pass."""

import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import load_manifest, shipped_manifests
from warehouse.connection import open_build, open_read_only
from warehouse.loader import load
from warehouse.quality import RULES, check_raw_boundary
from warehouse.quality.raw_frames import row_frames
from warehouse.quality.suites import SUITES

at = datetime.fromisoformat


@pytest.fixture
def check(settings, load_all):
    """Load what has landed and return the failed results by dataset and rule."""

    def check_loaded(**arguments):
        load_all()
        with open_read_only(settings.build_file, missing="") as con:
            results = check_raw_boundary(con, **arguments)
        assert [(result.dataset, result.name) for result in results] == [
            (dataset, rule.name) for dataset, rules in RULES.items() for rule in rules
        ]
        return {(result.dataset, result.name): result for result in results if not result.is_passed}

    return check_loaded


def test_sound_rows_pass(land, check):
    for dataset in RULES:
        land(dataset, [{}, {"stamped_at": at("2025-07-01 01:00")}])
    assert check() == {}


# What is wrong with one row, and the rules that say so: these and no others.
DEFECTS = [
    ("open_interest", {"oi_native": -1.0}, "oi_native_is_not_negative"),
    ("open_interest", {"value_usd_native": -1.0}, "value_usd_native_is_not_negative"),
    ("open_interest", {"price_usd_native": 0.0}, "price_usd_native_is_positive"),
    ("open_interest", {"native_unit": "lots"}, "native_unit_is_known"),
    ("open_interest", {"native_unit": "percent"}, "native_unit_is_known"),
    ("open_interest", {"source_mode": "guess"}, "source_mode_is_known"),
    ("open_interest", {"scope": "planet"}, "scope_is_known"),
    ("open_interest", {"label_convention": "middle"}, "label_convention_is_known"),
    ("open_interest", {"interval_seconds": 0}, "interval_seconds_is_positive"),
    ("open_interest", {"venue_native": None}, "venue_is_named"),
    ("open_interest", {"label_convention": "start", "interval_seconds": None}, "bars_have_an_interval"),
    ("open_interest", {"oi_native": float("nan")}, "values_are_finite"),
    ("open_interest", {"stamped_at": at("2014-12-31 23:59")}, "stamped_at_is_not_too_early"),
    ("open_interest", {"stamped_at": at("2025-07-03 12:01")}, "stamped_at_is_not_in_the_future"),
    ("instrument", {"contract_size": 0.0}, "contract_size_is_positive"),
    ("instrument", {"contract_unit": "contract"}, "contract_unit_is_known"),
    ("instrument", {"market_type": "spot"}, "market_type_is_known"),
    ("instrument", {"settlement": "quanto"}, "settlement_is_known"),
    ("instrument", {"market_type": "dated"}, "dated_contracts_expire"),
    ("liquidation_event", {"position_side": "buy"}, "position_side_is_known"),
    ("liquidation_event", {"price_kind": "mark"}, "price_kind_is_known"),
    ("liquidation_event", {"native_unit": "lots"}, "native_unit_is_known"),
    ("liquidation_event", {"coverage": "some"}, "coverage_is_known"),
    ("liquidation_event", {"quantity_native": 0.0}, "quantity_native_is_positive"),
    ("liquidation_event", {"price_usd_native": 0.0}, "price_usd_native_is_positive"),
    ("stream_coverage", {"covered_from": at("2025-07-01 00:01")}, "time_runs_forward"),
    (
        "candle",
        {"open_usd": -5.0, "high_usd": -1.0, "low_usd": -9.0, "close_usd": 0.0, "volume_native": None},
        "open_usd_is_positive",
        "high_usd_is_positive",
        "low_usd_is_positive",
        "close_usd_is_positive",
        "high_is_highest",
    ),
    ("candle", {"native_unit": "lots"}, "native_unit_is_known"),
    ("candle", {"high_usd": 104.0}, "high_is_highest"),
    ("candle", {"low_usd": 101.0}, "low_is_lowest"),
    ("candle", {"price_kind": "guess"}, "price_kind_is_known"),
    ("candle", {"volume_native": -1.0}, "volume_native_is_not_negative"),
    ("candle", {"turnover_usd": -1.0}, "turnover_usd_is_not_negative"),
    ("candle", {"native_unit": None}, "volume_has_a_unit"),
    ("funding_rate", {"native_unit": "base"}, "native_unit_is_known"),
    ("funding_rate", {"rate_native": 0.13}, "rate_is_plausible"),
    ("funding_rate", {"rate_native": -13.0, "native_unit": "percent"}, "rate_is_plausible"),
    ("funding_rate", {"funding_interval_hours": 0.0}, "funding_interval_hours_is_positive"),
    ("liquidation", {"native_unit": "percent"}, "native_unit_is_known"),
    ("liquidation", {"long_native": -1.0}, "long_native_is_not_negative"),
    ("liquidation", {"short_native": -1.0}, "short_native_is_not_negative"),
    ("liquidation", {"coverage": "some"}, "coverage_is_known"),
    ("long_short_ratio", {"basis": "whales"}, "basis_is_known"),
    ("long_short_ratio", {"native_unit": "usd"}, "native_unit_is_known"),
    (
        "long_short_ratio",
        {"long_native": 60.0, "short_native": 40.0},
        "long_share_is_a_share",
        "short_share_is_a_share",
        "shares_add_up",
    ),
    (
        "long_short_ratio",
        {"long_native": -0.1, "short_native": 1.1, "ratio_native": None},
        "long_native_is_not_negative",
        "short_share_is_a_share",
    ),
    (
        "long_short_ratio",
        {"long_native": 1.1, "short_native": -0.1, "ratio_native": None},
        "short_native_is_not_negative",
        "long_share_is_a_share",
    ),
    ("long_short_ratio", {"long_native": None, "short_native": 1.01, "ratio_native": None}, "short_share_is_a_share"),
    ("long_short_ratio", {"short_native": 0.38}, "shares_add_up"),
    ("long_short_ratio", {"long_native": 0.4, "short_native": 0.6}, "ratio_is_long_over_short"),
    ("long_short_ratio", {"ratio_native": 0.0}, "ratio_native_is_positive", "ratio_is_long_over_short"),
    ("circulating_supply", {"supply_base": 0.0}, "supply_base_is_positive"),
    ("circulating_supply", {"market_cap_usd": -1.0}, "market_cap_usd_is_positive"),
    ("circulating_supply", {"price_usd": 0.0}, "price_usd_is_positive"),
]


def test_finds_every_planted_row_by_the_name_of_its_rule(land, check):
    batches, planted = {}, {}
    for number, (dataset, defect, *rules) in enumerate(DEFECTS):
        symbol = f"BAD{number}USDT"
        batches[symbol] = land(dataset, [{}, {"symbol": symbol, **defect}], origin=symbol).batch_id
        for rule in rules:
            planted.setdefault((dataset, rule), set()).add(symbol)
    failed = check()
    assert {key: {row["symbol"] for row in result.failing_rows} for key, result in failed.items()} == planted
    for result in failed.values():
        assert result.is_blocking
        assert result.failing_count == len(result.failing_rows)
        for row in result.failing_rows:
            assert row["batch_id"] == batches[row["symbol"]]
            assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_every_rule_has_a_planted_defect():
    proved = {(dataset, rule) for dataset, _, *rules in DEFECTS for rule in rules}
    common = set.intersection(*({rule.name for rule in rules} for rules in RULES.values()))
    own = {(dataset, rule.name) for dataset, rules in RULES.items() for rule in rules if rule.name not in common}
    # Rules of every dataset are proved on one; those named here have a test of their own below.
    dated = {(dataset, "is_not_stale") for dataset in RULES if dataset != "liquidation_event"}
    assert own - proved == {("funding_rate", "typical_rate_is_no_percent")} | dated
    assert common - {rule for _, rule in proved} == {
        "columns_are_as_declared",
        "required_values_are_set",
        "has_a_value",
        "stamped_at_is_monotone",
        "duplicates_agree",
    }


def test_a_row_without_any_value_warns(land, check):
    land("open_interest", [{"oi_native": None, "price_usd_native": None}])
    failed = check()
    assert set(failed) == {("open_interest", "has_a_value")}
    assert not failed["open_interest", "has_a_value"].is_blocking


def test_stamps_of_a_series_run_in_one_direction(land, check):
    hours = [0, 1, 2, 9, 3, 4]
    land("open_interest", [{"stamped_at": at("2025-07-01") + timedelta(hours=hour)} for hour in hours])
    result = check()["open_interest", "stamped_at_is_monotone"]
    assert [row["stamped_at"] for row in result.failing_rows] == ["2025-07-01T03:00:00"]


def test_a_series_may_run_backward_but_not_turn(land, check):
    hours = [9, 8, 7, 2, 6, 5, 4]
    land("open_interest", [{"stamped_at": at("2025-07-01") + timedelta(hours=hour)} for hour in hours])
    result = check()["open_interest", "stamped_at_is_monotone"]
    assert [row["stamped_at"] for row in result.failing_rows] == ["2025-07-01T06:00:00"]


def test_a_file_with_its_newest_row_first_is_monotone(land, check):
    land("open_interest", [{"stamped_at": at("2025-07-01") - timedelta(hours=hour)} for hour in range(4)])
    assert check() == {}


def test_series_and_observations_may_interleave(land, check):
    rows = [
        {"symbol": symbol, "observed_at": at(f"2025-07-02 {seen}:00"), "stamped_at": at(f"2025-07-02 0{hour}:00")}
        for seen in (10, 11)
        for hour in (7, 8, 9)
        for symbol in ("BTCUSDT", "ETHUSDT")
    ]
    land("open_interest", rows)
    assert check() == {}


def test_duplicates_of_a_key_must_agree(land, check):
    land("open_interest", [{}, {"oi_native": 1001.0}, {"symbol": "ETHUSDT"}, {"symbol": "ETHUSDT"}])
    failed = check()
    assert set(failed) == {("open_interest", "duplicates_agree")}
    rows = failed["open_interest", "duplicates_agree"].failing_rows
    assert sorted(row["oi_native"] for row in rows) == [1000.0, 1001.0]


def test_a_restated_value_is_no_duplicate(land, check):
    land("open_interest", [{}], origin="same.csv")
    land("open_interest", [{"oi_native": 1001.0}], origin="same.csv", observed_at=at("2025-07-04"))
    assert check() == {}


def test_percents_taken_for_fractions_are_found(land, check):
    hours = [at("2025-07-01") + timedelta(hours=hour) for hour in range(20)]
    land("funding_rate", [{"stamped_at": hour, "rate_native": 0.01} for hour in hours])
    land("funding_rate", [{"stamped_at": h, "symbol": "ETHUSDT", "rate_native": 0.0001} for h in hours], origin="b")
    land("funding_rate", [{"stamped_at": h, "rate_native": 0.01, "native_unit": "percent"} for h in hours], origin="c")
    result = check()["funding_rate", "typical_rate_is_no_percent"]
    assert result.failing_count == 20
    assert {row["symbol"] for row in result.failing_rows} == {"BTCUSDT"}


def test_a_short_squeeze_is_no_wrong_unit(land, check):
    hours = [at("2025-07-01") + timedelta(hours=hour) for hour in range(19)]
    land("funding_rate", [{"stamped_at": hour, "rate_native": 0.01} for hour in hours])
    assert check() == {}


@pytest.mark.parametrize(("minutes", "is_stale"), [(180, False), (181, True)])
def test_what_was_seen_live_must_be_recent(land, check, minutes, is_stale):
    seen = at("2025-07-01") + timedelta(minutes=minutes)
    land("open_interest", [{"observed_at": seen}])
    failed = check()
    assert (("open_interest", "is_not_stale") in failed) == is_stale
    if is_stale:
        result = failed["open_interest", "is_not_stale"]
        assert not result.is_blocking
        assert (result.failing_rows[0]["age_seconds"], result.failing_rows[0]["allowed_age_seconds"]) == (
            10_860,
            10_800,
        )


def test_a_recording_imported_later_is_not_stale(land, check):
    land("open_interest", [{}], observed_at=at("2026-07-01"))
    assert check() == {}


def test_an_old_liquidation_is_not_stale(land, check):
    land("liquidation_event", [{"observed_at": at("2025-07-08")}])
    assert check() == {}


def test_wrong_columns_block_and_nothing_else_is_judged(land, load_all, settings):
    land("liquidation", [{"long_native": -1.0}])
    land("candle", [{"volume_native": -1.0}])
    load_all()
    with open_build(settings.build_file) as con:
        con.execute("alter table raw.liquidation alter long_native type varchar")
        con.execute("alter table raw.liquidation drop coverage")
        con.execute("alter table raw.liquidation add column extra integer")
        results = {(result.dataset, result.name): result for result in check_raw_boundary(con)}
    columns = results["liquidation", "columns_are_as_declared"]
    assert columns.is_blocking
    assert sorted(tuple(row.values()) for row in columns.failing_rows) == [
        ("coverage", "VARCHAR", "absent"),
        ("extra", "absent", "INTEGER"),
        ("long_native", "DOUBLE", "VARCHAR"),
    ]
    other = results["liquidation", "long_native_is_not_negative"]
    assert (other.is_passed, other.is_blocking) == (False, False)
    assert other.description.startswith("Not judged")
    assert results["candle", "volume_native_is_not_negative"].failing_count == 1


def test_required_values_are_set(land, load_all, settings):
    land("open_interest", [{}])
    load_all()
    with open_build(settings.build_file) as con:
        con.execute("alter table raw.open_interest alter symbol drop not null")
        con.execute("update raw.open_interest set symbol = null")
        failed = [result for result in check_raw_boundary(con) if not result.is_passed]
    assert [result.name for result in failed] == ["required_values_are_set"]


def test_judges_only_rows_since_the_last_completed_build(land, check, complete_build):
    land("open_interest", [{"oi_native": -1.0}])
    assert ("open_interest", "oi_native_is_not_negative") in check()
    complete_build()
    land("open_interest", [{"stamped_at": at("2025-07-02")}], origin="later.csv")
    assert check() == {}
    assert set(check(since_load_sequence=0)) == {("open_interest", "oi_native_is_not_negative")}


def test_judges_every_row_of_more_than_one_frame(land, check, settings):
    land("open_interest", [{"stamped_at": at("2025-06-01") + timedelta(seconds=n)} for n in range(3)])
    check()
    with open_build(settings.build_file) as con:
        con.execute(
            "insert into raw.open_interest by name select one.* replace ("
            "stamped_at + interval (1 + i) minute as stamped_at, 'S' || i as symbol, "
            "case when i % 50000 = 7 then -1 else 1 end as oi_native) "
            "from (from raw.open_interest limit 1) as one, range(300000) t(i)"
        )
        assert len(list(row_frames(con, SUITES["open_interest"], 0))) > 1
        failed = {result.name: result for result in check_raw_boundary(con) if not result.is_passed}
    assert set(failed) == {"oi_native_is_not_negative", "stamped_at_is_not_in_the_future"}
    assert failed["oi_native_is_not_negative"].failing_count == 6
    assert len(failed["oi_native_is_not_negative"].failing_rows) == 6
    future = failed["stamped_at_is_not_in_the_future"]
    assert (len(future.failing_rows), future.failing_count > 20) == (20, True)


def test_writes_nothing_and_tells_nobody(land, load_all, settings, tmp_path):
    land("open_interest", [{}])
    load_all()
    script = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): print(event, arguments, flush=True)\n"
        "sys.addaudithook(watch)\n"
        "from pathlib import Path\n"
        "from warehouse.connection import open_read_only\n"
        "from warehouse.quality import check_raw_boundary\n"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules\n"
        "with open_read_only(Path(sys.argv[1]), missing='') as con:\n"
        "    assert all(result.is_passed for result in check_raw_boundary(con))\n"
        "assert 'great_expectations' in sys.modules\n"
    )
    folder = tmp_path / "cwd"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.build_file)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(folder.iterdir()) == []


def test_real_recorded_data_passes(shared_data, settings):
    """Nothing in the recorded files is broken at the boundary: their defects are of meaning, which dbt judges."""
    for path in shipped_manifests().values():
        ingest_manifest(load_manifest(path), shared_data, settings.landing_dir, observed_at=at("2026-11-01"))
    with open_build(settings.build_file) as con:
        load(con, settings.landing_dir)
        failed = [result for result in check_raw_boundary(con) if not result.is_passed]
    assert failed == []
