"""Failures of a venue: transient errors are retried, other venues go on, and landed rows never have a gap."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from live_support import (
    BAR,
    BEGIN,
    PAGE_ROWS,
    Venue,
    api,
    ask_candles,
    grid,
    labels,
    landed,
    serving,
    settings_of,
    tick,
)

from common.errors import InputError, TransientError, WarehouseError
from ingestion.api.errors import BlockedError
from ingestion.api.payload import milliseconds
from ingestion.landing import list_batches
from ingestion.live.breaker import Breakers
from ingestion.live.exchange import as_product_errors, open_exchange
from ingestion.live.fetch_guards import exclusive_fetch
from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick

ALL_BARS = grid(BEGIN - 288 * BAR, BEGIN - BAR)


@pytest.fixture
def venue():
    with serving(Venue()) as served:
        yield served


@pytest.fixture
def settings(tmp_path, venue):
    return settings_of(tmp_path, {"dydx": venue})


def status(code, text="", **headers):
    return lambda: _answer(web.Response(status=code, text=text, headers=headers))


async def _answer(response):
    return response


def text(body, content_type="application/json"):
    return lambda: _answer(web.Response(text=body, content_type=content_type))


def once(fault):
    """A fault that affects the next request only, because the venue sends a finished response only once."""
    return [asyncio.run(fault())]


TRANSIENT = {
    "server error": status(500, "<html>down</html>"),
    "gateway": status(502),
    "busy": status(429),
    "request timeout": status(408),
    "cut JSON": text('{"bars": [[1, "2'),
    "no JSON": text("<html>moved</html>", "text/html"),
    "empty": text(""),
    "rate limit under 200": text('{"error": "rate limited"}'),
    "server error under 200": text('{"bars": [], "errors": [{"msg": "Server Error"}]}'),
}


@pytest.mark.parametrize("name", TRANSIENT)
def test_a_transient_error_is_retried(tmp_path, venue, settings, name):
    venue.faults["candles/perpetualMarkets/BTC-USD"] = once(TRANSIENT[name]) + once(TRANSIENT[name])
    report = tick(settings, venue)
    assert report.failures == ()
    assert labels(tmp_path) == ALL_BARS
    # Six pages, the first one requested three times.
    assert len(venue.asked("candles/perpetualMarkets/BTC-USD")) == 8


@pytest.mark.parametrize("name", TRANSIENT)
def test_attempts_are_limited_and_the_failure_is_of_one_series(tmp_path, venue, settings, name):
    venue.faults["candles/perpetualMarkets/BTC-USD"] = [TRANSIENT[name]]
    report = tick(settings, venue)
    assert report.providers[0].status == "partial"
    [failure] = report.failures
    assert failure.startswith("dydx: candles of BTC-USD: ")
    assert "\n" not in failure
    assert len(venue.asked("candles/perpetualMarkets/BTC-USD")) == 3
    assert labels(tmp_path) == []
    assert labels(tmp_path, "ETH-USD") == ALL_BARS


@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 451])
def test_a_permanent_error_is_not_retried(venue, settings, code):
    venue.faults["candles/perpetualMarkets/BTC-USD"] = [status(code, '{"errors": [{"msg": "no such market"}]}')]
    [failure] = tick(settings, venue).failures
    assert str(code) in failure
    assert "no such market" in failure
    assert len(venue.asked("candles/perpetualMarkets/BTC-USD")) == 1


def test_a_row_that_cannot_be_read_costs_no_other_row(tmp_path, venue, settings):
    at = milliseconds(ALL_BARS[0])
    body = json.dumps({"bars": [[at, "1.5"], [at + 300_000, "abc"], [at + 600_000, "1.5"]]})
    # The page is requested once more, and then read without the damaged row.
    venue.faults["candles/perpetualMarkets/BTC-USD"] = once(text(body)) + once(text(body))
    [failure] = tick(settings, venue).failures
    assert failure.startswith("dydx: candles of BTC-USD: row [")
    assert "'abc'; expected a number" in failure
    assert failure.endswith("; the other rows have landed")
    assert labels(tmp_path) == [bar for bar in ALL_BARS if bar != ALL_BARS[1]]


def test_many_damaged_rows_cost_no_other_row_and_are_counted(tmp_path, venue, settings):
    bars = [[milliseconds(bar), "abc" if 5 <= place < 45 else "1.5"] for place, bar in enumerate(ALL_BARS[:PAGE_ROWS])]
    body = json.dumps({"bars": bars})
    venue.faults["candles/perpetualMarkets/BTC-USD"] = once(text(body)) + once(text(body))
    *named, counted = tick(settings, venue).failures
    assert len(named) == 20
    assert counted == "dydx: candles of BTC-USD: 20 further rows of this response are unreadable"
    assert labels(tmp_path) == [*ALL_BARS[:5], *ALL_BARS[45:]]


def test_a_row_that_was_damaged_once_is_requested_again(tmp_path, venue, settings):
    body = json.dumps({"bars": [[milliseconds(ALL_BARS[0]), "1.5"], [milliseconds(ALL_BARS[1]), "abc"]]})
    venue.faults["candles/perpetualMarkets/BTC-USD"] = once(text(body))
    assert tick(settings, venue).failures == ()
    assert labels(tmp_path) == ALL_BARS


def test_a_short_page_whose_rest_fails_loses_no_bar(tmp_path, venue, settings):
    newest = [[milliseconds(bar), "1.5"] for bar in ALL_BARS[40:50]]
    venue.faults["candles/perpetualMarkets/BTC-USD"] = [*once(text(json.dumps({"bars": newest}))), *once(status(400))]
    assert len(tick(settings, venue).failures) == 1
    venue.faults.clear()
    assert tick(settings, venue).failures == ()
    assert sorted(labels(tmp_path)) == ALL_BARS


def test_a_response_without_a_sound_row_is_a_failure_and_is_requested_again(tmp_path, venue, settings):
    venue.faults["candles/perpetualMarkets/BTC-USD"] = [text('{"bars": [[1772323200000, "abc"], [1772323500000]]}')]
    [failure] = tick(settings, venue).failures
    assert "'abc'; expected a number" in failure
    assert labels(tmp_path) == []
    venue.faults.clear()
    assert tick(settings, venue).failures == ()
    assert labels(tmp_path) == ALL_BARS


def test_pages_that_are_shorter_than_believed_lose_no_bar(tmp_path, venue, settings):
    venue.longest_page = 7
    report = tick(settings, venue)
    assert report.failures == ()
    venue.longest_page = PAGE_ROWS
    # The newest bars, three at most, may be left to the next tick.
    assert tick(settings, venue).failures == ()
    assert sorted(labels(tmp_path)) == ALL_BARS


def test_a_contract_without_a_row_is_named(venue, settings):
    venue.faults["time"] = [text('{"levels": []}')]
    failures = tick(settings, venue).failures
    for symbol in ("BTC-USD", "ETH-USD"):
        assert any(f"of {symbol}: the response has no row of this contract" in failure for failure in failures)


def levels_at(**labels):
    """Return a response with an open interest of 1 for each coin, at its label."""
    return {"levels": [{"symbol": f"{coin}-USD", "at": milliseconds(at), "level": 1} for coin, at in labels.items()]}


def test_a_contract_with_an_empty_value_is_named(venue, settings):
    response = levels_at(BTC=BEGIN, ETH=BEGIN)
    response["levels"][1]["level"] = ""
    venue.faults["time"] = [text(json.dumps(response))]
    report = tick(settings, venue)
    assert report.failures == ("dydx: open_interest of ETH-USD: dydx_open_interest has no value of this contract",)
    assert report.providers[0].status == "partial"


def test_a_label_in_the_future_costs_no_other_contract(tmp_path, venue, settings):
    venue.faults["time"] = [text(json.dumps(levels_at(BTC=BEGIN + 2 * BAR, ETH=BEGIN)))]
    [failure] = tick(settings, venue).failures
    assert failure.startswith("dydx: open_interest: dydx_open_interest of BTC-USD is labelled")
    assert [row["symbol"] for row in landed(tmp_path, "open_interest")] == ["ETH-USD"]


@pytest.mark.parametrize("unit", [1_000, 1_000_000, 1_000_000_000])
def test_an_instant_in_another_unit_lands_at_its_time(tmp_path, venue, settings, unit):
    response = levels_at(BTC=BEGIN, ETH=BEGIN)
    response["levels"][1]["at"] = milliseconds(BEGIN) // 1000 * unit
    venue.faults["time"] = [text(json.dumps(response))]
    assert tick(settings, venue).failures == ()
    assert [row["stamped_at"] for row in landed(tmp_path, "open_interest")] == [BEGIN, BEGIN]


def test_a_response_without_events_is_complete(venue, settings):
    level, candles = api().feeds
    events = replace(level, readings=(replace(level.readings[0], interval_seconds=None),))
    venue.faults["time"] = [text('{"levels": []}')]
    assert tick(settings, venue, replace(api(), feeds=(events, candles))).failures == ()


def test_without_a_list_the_contracts_that_landed_last_are_followed(tmp_path, venue, settings):
    assert tick(settings, venue).failures == ()
    venue.now += BAR
    venue.faults["v4/perpetualMarkets"] = [status(400, "no list today")]
    [failure] = tick(settings, venue).failures
    assert "no list today" in failure
    assert failure.endswith("the contracts that landed last are used")
    assert labels(tmp_path) == [*ALL_BARS, BEGIN]


@pytest.mark.parametrize(
    "blocked",
    [
        status(451, "not available in your region"),
        status(403, "<html>not available in <b>your region</b></html>"),
        text('{"label": "FORBIDDEN", "message": "not available in your region"}'),
        text("<html>not available in <b>your region</b></html>", "text/html"),
    ],
)
def test_a_venue_that_blocks_this_address_is_left_alone(venue, settings, blocked):
    breakers = Breakers()
    for path in ("time", "candles/perpetualMarkets/BTC-USD", "candles/perpetualMarkets/ETH-USD", "perpetualMarkets"):
        venue.faults[path] = [blocked]
    for _ in range(5):
        failures = tick(settings, venue, breakers=breakers).failures
    requests = len(venue.requests)
    failures = tick(settings, venue, breakers=breakers).failures
    assert len(venue.requests) == requests
    assert any("not available in your region" in failure for failure in failures)


def test_a_page_that_fails_in_the_middle_leaves_no_gap(tmp_path, venue, settings):
    served = []

    async def fail_on_the_third_page():
        served.append(1)
        return web.Response(status=404)

    pages = [None, None, fail_on_the_third_page]
    original = venue.payload

    def payload(request):
        if "BTC-USD" in request.path and pages and pages.pop(0):
            venue.faults["candles/perpetualMarkets/BTC-USD"] = [fail_on_the_third_page]
        return original(request)

    venue.payload = payload
    tick(settings, venue)
    assert served
    first = labels(tmp_path)
    assert first == ALL_BARS[: len(first)]
    assert 0 < len(first) < len(ALL_BARS)
    venue.faults.clear()
    tick(settings, venue)
    assert labels(tmp_path) == ALL_BARS


def test_retry_after_holds_back_every_request_of_that_api(venue, settings):
    times = []
    original = venue.payload

    def payload(request):
        times.append(time.monotonic())
        return original(request)

    venue.payload = payload

    async def busy_once():
        venue.faults.clear()
        times.append(time.monotonic())
        return web.Response(status=429, headers={"Retry-After": "1"})

    venue.faults["/time"] = [busy_once]
    assert tick(settings, venue).failures == ()
    refused = times[1]
    # In that second, of twelve pages only those are requested that were in progress when the response came: two at a
    # time.
    assert len([at for at in times[2:] if at < refused + 1]) <= 4
    assert len(times) > 12


def under_200(body, **headers):
    return lambda: _answer(web.json_response(body, headers=headers))


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (status(429, **{"Retry-After": "3600"}), 3600),
        (status(503, **{"retry-after": "12.5"}), 12.5),
        (under_200({"error": "rate limited"}, **{"retry-after": "12.5"}), 12.5),
    ],
)
def test_a_retry_after_beyond_the_tick_opens_the_breaker_without_a_wait(tmp_path, venue, fault, seconds):
    settings = settings_of(tmp_path, {"dydx": venue}, tick_seconds=5, backfill_seconds=5)
    venue.faults["perpetualMarkets"] = [fault]
    breakers = Breakers()
    report = tick(settings, venue, breakers=breakers)
    assert report.providers[0].status == "failed"
    assert report.providers[0].requests == 1
    breaker = settings.section(LiveSettings).breaker
    assert breakers.of("dydx", breaker).open_until == venue.now + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "fault",
    [
        status(418, **{"Retry-After": "900"}),
        under_200({"code": -1003, "msg": "Way too many requests; IP banned"}, **{"Retry-After": "900"}),
    ],
)
def test_a_banned_api_gets_no_request_before_the_end_of_the_ban(venue, settings, fault):
    venue.faults["perpetualMarkets"] = [fault]
    breakers = Breakers()
    [failure] = tick(settings, venue, breakers=breakers).failures
    assert "banned" in failure
    assert len(venue.requests) == 1
    venue.now += timedelta(minutes=14)
    [failure] = tick(settings, venue, breakers=breakers).failures
    assert "no request is sent until 2026-03-01 00:15:00 UTC" in failure
    assert len(venue.requests) == 1
    venue.now += timedelta(minutes=1)
    venue.faults.clear()
    assert tick(settings, venue, breakers=breakers).failures == ()


def test_the_breaker_opens_after_failures_in_a_row_and_a_trial_closes_it(tmp_path, venue):
    settings = settings_of(
        tmp_path,
        {"dydx": venue},
        assets=("BTC", "ETH", "DOGE"),
        concurrent_requests=1,
        breaker={"failures": 2, "open_seconds": 600},
    )
    venue.faults = {"time": [status(500)], "candles": [status(500)]}
    breakers = Breakers()
    report = tick(settings, venue, breakers=breakers)
    assert len(venue.asked("time")) == len(venue.asked("candles")) == 3
    assert report.failures[-1].startswith("dydx: 2 series were not requested: GET ")
    venue.faults.clear()
    venue.requests.clear()
    venue.now += timedelta(minutes=9)
    assert tick(settings, venue, breakers=breakers).providers[0].status == "failed"
    assert venue.requests == []
    venue.now += timedelta(minutes=1)
    assert tick(settings, venue, breakers=breakers).providers[0].status == "ok"


def test_failures_with_a_success_between_them_are_not_in_a_row(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue}, breaker={"failures": 2, "open_seconds": 600})
    breakers = Breakers()
    statuses = []
    for fault in ([status(500)], [], [status(500)], []):
        venue.faults["perpetualMarkets"] = fault
        statuses += [provider.status for provider in tick(settings, venue, breakers=breakers).providers]
        venue.now += BAR
    # The second list fails too, and the contracts that landed before are followed.
    assert statuses == ["failed", "ok", "partial", "ok"]


def test_one_broken_endpoint_does_not_open_the_breaker_of_its_venue(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue}, breaker={"failures": 2, "open_seconds": 600})
    venue.faults["candles"] = [status(500)]
    breakers = Breakers()
    for _ in range(2):
        report = tick(settings, venue, breakers=breakers)
        assert sorted(failure[:21] for failure in report.failures) == ["dydx: candles of BTC-", "dydx: candles of ETH-"]
        venue.now += BAR
    assert labels(tmp_path, dataset="open_interest") == [BEGIN, BEGIN + BAR]


def test_a_failed_trial_opens_the_breaker_again_at_once(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue}, breaker={"failures": 3, "open_seconds": 600})
    venue.faults["perpetualMarkets"] = [status(500)]
    breakers = Breakers()
    for _ in range(3):
        tick(settings, venue, breakers=breakers)
    venue.requests.clear()
    for minutes in (9, 1, 9):
        venue.now += timedelta(minutes=minutes)
        tick(settings, venue, breakers=breakers)
    # One trial of three attempts.
    assert len(venue.requests) == 3


def test_a_slow_venue_delays_the_tick_only_up_to_its_time_limit(tmp_path, venue):
    with serving(Venue()) as slow:

        async def never():
            await asyncio.sleep(60)

        slow.faults["candles"] = [never]
        settings = settings_of(
            tmp_path, {"dydx": venue, "kraken": slow}, tick_seconds=3, backfill_seconds=3, timeout_seconds=20
        )
        report = tick(settings, venue, api(), api("kraken"))
    assert [provider.status for provider in report.providers] == ["ok", "partial"]
    assert report.providers[0].seconds < report.providers[1].seconds
    assert labels(tmp_path, "ETH-USD") == ALL_BARS
    assert report.failures == ("kraken: 2 of 3 series were not finished in time; the next tick continues them",)
    # The rows of its responses have landed.
    assert {row["collector"] for row in landed(tmp_path, "open_interest")} == {
        "dydx_open_interest",
        "kraken_open_interest",
    }


def test_a_venue_that_is_down_does_not_affect_the_others(tmp_path, venue):
    with serving(Venue()) as gone:
        settings = settings_of(tmp_path, {"dydx": venue, "kraken": gone})
    report = tick(settings, venue, api(), api("kraken"))
    assert [provider.status for provider in report.providers] == ["ok", "failed"]
    assert report.providers[1].is_unreachable
    assert labels(tmp_path) == ALL_BARS


def test_no_network_is_one_line_and_lands_nothing(tmp_path, venue):
    with serving(Venue()) as gone:
        settings = settings_of(tmp_path, {"dydx": gone, "kraken": gone})
    with pytest.raises(TransientError, match="no venue could be reached; check the network") as caught:
        tick(settings, venue, api(), api("kraken"))
    assert "\n" not in str(caught.value)
    assert list(list_batches(settings.landing_dir)) == []


def test_an_error_in_a_venue_module_is_a_failure_of_that_venue(tmp_path, venue):
    def parse(answer):
        return [{}["missing"] for _ in [answer]]

    [level, candles] = api("kraken").feeds
    broken = replace(candles, readings=(replace(candles.readings[0], parse=parse),))
    settings = settings_of(tmp_path, {"dydx": venue, "kraken": venue})
    report = tick(settings, venue, replace(api("kraken"), feeds=(level, broken)), api())
    assert [provider.status for provider in report.providers] == ["failed", "ok"]
    assert report.failures[0].startswith("kraken: unexpected KeyError: 'missing' (test_live_failures.py:")


def test_rows_without_the_columns_of_their_dataset_are_an_error(tmp_path, venue, settings):
    def parse(answer):
        yield {"symbol": answer.instrument.symbol, "stamped_at": BEGIN - BAR, "payload": None, "close": 1.0}

    [reading] = api().feeds[1].readings
    report = tick(settings, venue, api(readings=(replace(reading, parse=parse),)))
    assert "a row of candle misses or adds the columns close, close_usd" in report.failures[0]
    assert labels(tmp_path) == []


def test_a_simulated_response_is_never_labelled_live(tmp_path, venue, settings):
    venue.headers["X-Simulated"] = "true"
    report = tick(settings, venue)
    assert report.providers[0].status == "failed"
    assert "set OIW_SOURCE_MODE=simulated" in report.failures[0]
    assert len(venue.requests) == 1
    tick(settings_of(tmp_path, {"dydx": venue}, source_mode="simulated"), venue)
    assert {row["source_mode"] for row in landed(tmp_path, "candle")} == {"simulated"}


def test_a_simulated_fetch_sends_no_request_to_a_real_venue(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue}, source_mode="simulated")
    report = fetch_tick(settings, clock=lambda: venue.now, apis=(api(), api("kraken")))
    assert [provider.name for provider in report.providers] == ["dydx"]


@pytest.mark.parametrize(("first", "second"), [("simulated", "live"), ("live", "simulated")])
def test_simulated_over_real_data_is_an_error_before_the_first_request(tmp_path, venue, first, second):
    tick(settings_of(tmp_path, {"dydx": venue}, source_mode=first), venue)
    venue.requests.clear()
    files = list(list_batches(tmp_path / "landing"))
    with pytest.raises(WarehouseError, match="they are never mixed; set OIW_HOME"):
        tick(settings_of(tmp_path, {"dydx": venue}, source_mode=second), venue)
    assert venue.requests == []
    assert list(list_batches(tmp_path / "landing")) == files


def test_other_source_modes_are_errors(tmp_path, venue):
    with pytest.raises(InputError, match="OIW_SOURCE_MODE is file"):
        tick(settings_of(tmp_path, {"dydx": venue}, source_mode="file"), venue)


def test_a_second_fetch_into_the_same_home_is_an_error(venue, settings):
    with exclusive_fetch(settings.landing_dir), pytest.raises(WarehouseError, match="another process is fetching"):
        tick(settings, venue)
    assert tick(settings, venue).failures == ()


def test_a_killed_backfill_continues_where_it_was_killed(tmp_path, venue):
    """The process lands every page and is killed after some pages. The next run must not repeat or miss rows."""
    venue.now = BEGIN + timedelta(hours=2)
    base_url = f"{venue.base_url}/dydx"
    process = subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).with_name("live_process.py")),
            base_url,
            str(tmp_path),
            venue.now.isoformat(),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        deadline = time.monotonic() + 60
        while len(labels(tmp_path)) < 150 and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = {path.name for path in list_batches(tmp_path / "landing")}
    landed_before = len(labels(tmp_path))
    expected = grid(venue.now - timedelta(days=10), venue.now - BAR)
    assert 150 <= landed_before < len(expected)
    settings = settings_of(tmp_path, {"dydx": venue}, backfill_days=10)
    assert tick(settings, venue).failures == ()
    assert labels(tmp_path) == expected
    assert labels(tmp_path, "ETH-USD") == expected
    assert before <= {path.name for path in list_batches(tmp_path / "landing")}


def test_requests_of_a_feed_keep_its_pace(tmp_path, venue):
    times = []

    async def timed(exchange, instrument, window):
        times.append(time.monotonic())
        return await ask_candles(exchange, instrument, window)

    settings = settings_of(tmp_path, {"dydx": venue}, is_rate_limited=True, backfill_days=0.2)
    began_at = time.monotonic()
    tick(settings, venue, api(request=timed, requests_per_second=4))
    assert len(times) == 4
    # The count starts before the first request: each request can be late, but not early.
    assert all(at - began_at >= index * 0.25 for index, at in enumerate(times))


@pytest.mark.parametrize(
    ("ccxt_id", "body", "error"),
    [
        ("bybit", {"retCode": 10016, "retMsg": "unknown"}, TransientError),
        ("bybit", {"retCode": 10024, "retMsg": "unknown"}, BlockedError),
        ("kucoinfutures", {"code": "200002", "msg": "unknown"}, TransientError),
        # Only ccxt knows this code.
        ("okx", {"code": "50011", "msg": "unknown", "data": []}, TransientError),
        ("deribit", {"error": {"message": "settlement_in_progress", "code": 10041}}, TransientError),
    ],
)
def test_a_code_in_a_body_decides_whatever_the_status(tmp_path, venue, ccxt_id, body, error):
    async def ask():
        declared = replace(api(), ccxt_id=ccxt_id)
        live = settings_of(tmp_path, {"dydx": venue}).section(LiveSettings)
        async with open_exchange(declared, live, "live") as exchange:
            with as_product_errors():
                await exchange.fetch(f"{venue.base_url}/any")

    for code in (200, 400):
        venue.faults["any"] = [status(code, json.dumps(body))]
        with pytest.raises(error):
            asyncio.run(ask())
