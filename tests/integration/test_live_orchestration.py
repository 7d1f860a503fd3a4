"""A whole tick publishes the venues' rows, and the failure of one venue is only a failed check."""

import re
import subprocess
import sys
from functools import partial

import pytest
from aiohttp import web
from dagster import AssetKey, DagsterInstance
from live_support import Venue, api, landed, serving, settings_of

from common.settings import PROJECT_ROOT
from ingestion.live.tick import fetch_tick
from orchestration.definitions import build_definitions
from orchestration.lib.keys import LIVE_KEYS
from orchestration.run import run_tick
from warehouse.connection import open_read_only

pytestmark = pytest.mark.xdist_group("orchestration")


@pytest.fixture
def venue():
    with serving(Venue()) as served:
        yield served


def fetch(venue, settings, providers=None):
    apis = (api(), api("kraken"))
    return fetch_tick(settings, clock=lambda: venue.now, apis=apis, vendors=(), providers=providers)


async def down():
    return web.Response(status=404)


def test_a_tick_fetches_and_publishes_and_a_failed_venue_is_a_failed_check(tmp_path, venue):
    with serving(Venue()) as broken:
        broken.faults["candles"] = [down]
        settings = settings_of(tmp_path, {"dydx": venue, "kraken": broken})
        outcome = run_tick(settings, fetch_live=partial(fetch, venue))
    assert outcome.errors == ()
    assert outcome.is_published
    live = [check for check in outcome.failed_checks if check.name == "venue_responded"]
    assert [(check.asset, check.is_blocking) for check in live] == [("landing/exchanges/kraken", False)]
    assert "404" in live[0].description
    with open_read_only(settings.build_file, missing="not built") as con:
        counted = con.execute("select collector, count(*) from raw.candle group by all").fetchall()
    assert counted == [("dydx_candle", 576)]


def test_one_venue_can_be_materialized_alone(tmp_path, venue):
    key = AssetKey(["landing", "exchanges", "dydx"])
    with serving(Venue()) as other:
        settings = settings_of(tmp_path, {"dydx": venue, "kraken": other})
        job = build_definitions(settings, fetch_live=partial(fetch, venue)).resolve_job_def("tick")
        with DagsterInstance.ephemeral() as instance:
            result = job.execute_in_process(instance=instance, asset_selection=[key])
    assert result.success
    assert {event.asset_key for event in result.get_asset_materialization_events()} == {key}
    [check] = result.get_asset_check_evaluations()
    assert (check.asset_key, check.check_name, check.passed) == (key, "venue_responded", True)
    assert venue.requests
    assert other.requests == []
    assert {row["collector"] for row in landed(tmp_path, "candle")} == {"dydx_candle"}


def test_without_a_network_nothing_is_loaded_and_the_outcome_is_transient(tmp_path, venue):
    with serving(Venue()) as gone:
        settings = settings_of(tmp_path, {"dydx": gone, "kraken": gone})
    outcome = run_tick(settings, fetch_live=partial(fetch, venue))
    assert not outcome.is_successful
    assert outcome.is_transient
    [error] = outcome.errors
    assert error.startswith("land_live: no venue could be reached; check the network (")
    assert not settings.build_file.exists()


def test_a_run_of_files_sends_no_request_to_a_venue(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue})
    outcome = run_tick(settings)
    assert outcome.errors == ()
    assert venue.requests == []


def test_every_live_asset_is_reported_even_when_not_followed():
    assert len(LIVE_KEYS) == len(set(LIVE_KEYS)) == 15


def oiw(*arguments, home, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from cli.main import run; run()", *arguments],
        cwd=PROJECT_ROOT,
        env={"PATH": "", "OIW_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def write_settings(home, base_url):
    home.mkdir(exist_ok=True)
    (home / "oiw.toml").write_text(
        f"""
        [live]
        venues = ["dydx"]
        timeout_seconds = 2
        [live.base_urls]
        dydx = "{base_url}/dydx"
        coingecko = "{base_url}/coingecko"
        [live.retry]
        attempts = 1
        """
    )


@pytest.mark.parametrize("arguments", [("ingest", "live"), ("live", "--ticks", "1")])
def test_no_network_ends_with_one_line_and_exit_code_4(tmp_path, arguments):
    with serving(Venue()) as gone:
        write_settings(tmp_path, gone.base_url)
    result = oiw(*arguments, home=tmp_path)
    assert result.returncode == 4
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert re.search("no venue could be reached; check the network", errors[0])
    assert list(tmp_path.glob("landing/*/*/*/*.parquet")) == []


def test_a_wrong_option_or_settings_file_is_wrong_input(tmp_path):
    result = oiw("ingest", "live", "--venue", "mtgox", home=tmp_path)
    assert result.returncode == 3
    assert result.stderr.startswith("error: venues.0: unknown venue 'mtgox'; choose from binance, ")
    (tmp_path / "oiw.toml").write_text("[live]\nasset = ['BTC']")
    result = oiw("live", home=tmp_path)
    assert result.returncode == 3
    assert result.stderr.endswith("oiw.toml: live.asset: no such key; remove it\n")
