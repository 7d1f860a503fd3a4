"""What is in the warehouse, from whichever file there is."""

from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from common.errors import WarehouseError
from warehouse.connection import open_build
from warehouse.publish import publish
from warehouse.status import DatasetStatus, status

at = datetime.fromisoformat
NOW = at("2025-07-01 03:00")

BINANCE = DatasetStatus(
    dataset="open_interest",
    source="exchanges",
    venue="binance",
    rows=2,
    first_event_at=at("2025-07-01 00:00"),
    last_event_at=at("2025-07-01 01:00"),
    freshness_seconds=7200.0,
)


def test_reads_the_published_file_alone(built):
    report = publish(built.build_file, built.published_file, run_id="run-1")
    built.build_file.unlink()
    found = status(built, now=NOW)
    assert (found.facts_from, found.datasets) == ("published", (BINANCE,))
    assert (found.restatement_count, found.unmapped_count) == (1, 0)
    assert (found.last_publish_run_id, found.last_publish_at, found.as_of) == (
        "run-1",
        report.published_at,
        at("2025-07-01 01:00"),
    )
    assert (found.last_load_at, found.last_build_at) == (None, None)


def test_reads_a_build_that_was_never_published(built):
    found = status(built, now=NOW)
    assert (found.facts_from, found.datasets) == ("built", (BINANCE,))
    assert (found.last_publish_at, found.as_of) == (None, None)
    with open_build(built.build_file) as con:
        times = con.execute("select (select max(loaded_at) from ops.load_batch), finished_at from ops.build").fetchall()
    assert [(found.last_load_at, found.last_build_at)] == times


def test_reads_raw_where_nothing_is_built(land, load_all, settings):
    land("open_interest", [{"venue_native": None, "scope": "market_total"}, {"venue_native": "BYBIT"}])
    land("circulating_supply", [{"source": "coingecko", "venue_native": None}])
    load_all()
    found = status(settings, now=NOW)
    assert found.facts_from == "loaded"
    assert [(row.dataset, row.source, row.venue, row.rows) for row in found.datasets] == [
        ("circulating_supply", "coingecko", None, 1),
        ("open_interest", "exchanges", "BYBIT", 1),
        ("open_interest", "exchanges", None, 1),
    ]
    assert (found.restatement_count, found.unmapped_count) == (None, None)


def test_what_is_published_counts_not_what_was_built_since(built, land, load_all, complete_build):
    publish(built.build_file, built.published_file, run_id="run-1")
    land("open_interest", [{"stamped_at": at("2025-07-01 02:00")}], origin="later.csv")
    load_all()
    complete_build()
    found = status(built, now=NOW)
    assert found.datasets == (BINANCE,)
    assert found.last_build_at > found.last_publish_at


def test_a_build_file_in_use_is_a_note(built, held_by_another_process):
    publish(built.build_file, built.published_file, run_id="run-1")
    with held_by_another_process(built.build_file):
        found = status(built, now=NOW)
    assert found.datasets == (BINANCE,)
    assert found.last_build_at is None
    assert len(found.notes) == 1
    assert str(built.build_file) in found.notes[0]


def test_a_file_of_an_older_version_is_shown_with_a_note(built):
    publish(built.build_file, built.published_file, run_id="run-1")
    built.published_file.chmod(0o644)
    with duckdb.connect(str(built.published_file)) as con:
        con.execute(
            "create table core.fct_circulating_supply as select 'BTC' as asset, 'coingecko' as supply_source, "
            "19.9e6 as supply_base, timestamp '2025-07-01' as event_at"
        )
    found = status(built, now=NOW)
    assert found.notes == (
        f"an older version of oiw made {built.published_file}; build and publish it anew with `oiw run`",
    )
    assert [(row.dataset, row.source, row.venue, row.rows) for row in found.datasets] == [
        ("circulating_supply", "coingecko", None, 1),
        ("open_interest", "exchanges", "binance", 2),
    ]


def test_freshness_is_the_age_of_the_event(built):
    (later,) = status(built, now=at("2025-07-02 01:00")).datasets
    assert later == replace(BINANCE, freshness_seconds=86_400.0)


def test_says_what_to_do_where_there_is_nothing(settings):
    with pytest.raises(WarehouseError, match="holds no warehouse; run `oiw run` first"):
        status(settings)
