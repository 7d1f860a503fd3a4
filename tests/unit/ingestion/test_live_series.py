"""The pure parts of the live engine: new rows, requested windows, assets of coins, breakers, base URLs."""

import asyncio
import csv
from dataclasses import replace
from datetime import datetime, timedelta

import ccxt.async_support as ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.settings import PROJECT_ROOT
from ingestion.api.instruments import asset_of
from ingestion.live.breaker import Breaker
from ingestion.live.exchange import open_exchange
from ingestion.live.series_state import LONGEST_LOOK_BACK, Series
from ingestion.live.settings import BreakerSettings, LiveSettings
from ingestion.live.windows import windows
from ingestion.records import FUNDING_RATE
from ingestion.venues.bybit import BYBIT
from ingestion.venues.catalogue import APIS

BEGIN = datetime.fromisoformat("2026-03-01")
MINUTE = timedelta(minutes=1)
OVERLAP = 30 * MINUTE


def row(minutes, rate, *, is_settled=True):
    return {
        "symbol": "BTCUSDT",
        "stamped_at": BEGIN + minutes * MINUTE,
        "rate_native": rate,
        "native_unit": "fraction",
        "funding_interval_hours": None,
        "is_settled": is_settled,
    }


def test_the_names_of_coins_agree_with_the_seed():
    with (PROJECT_ROOT / "dbt_project/seeds/symbol_multiplier.csv").open() as lines:
        seed = {line["symbol_native"]: line["asset"] for line in csv.DictReader(lines)}
    assert {name: asset_of(name) for name in seed} == seed


@pytest.mark.parametrize(
    ("name", "asset"),
    [("1MBABYDOGE", "BABYDOGE"), ("1000000MOG", "MOG"), ("1INCH", "1INCH"), ("KAVA", "KAVA"), ("kBONK", "BONK")],
)
def test_multiples_are_told_from_names_that_begin_alike(name, asset):
    assert asset_of(name) == asset


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0.1, 0.2]), st.booleans()), max_size=60))
def test_a_row_is_new_exactly_when_the_last_row_of_its_key_has_another_value(observed):
    series, last = Series(), {}
    for minutes, rate, is_settled in observed:
        last_rate = last.get((minutes, is_settled))
        assert series.take(row(minutes, rate, is_settled=is_settled), FUNDING_RATE) == (last_rate != rate)
        last[minutes, is_settled] = rate


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([0.1, 0.2])), min_size=1, max_size=40))
def test_the_state_keeps_the_rows_that_the_next_tick_requests_again(observed):
    series = Series()
    for minutes, rate in observed:
        series.take(row(minutes, rate), FUNDING_RATE)
    known = Series.from_state(series.as_state(OVERLAP), OVERLAP)
    newest = max(minutes for minutes, _ in observed)
    for minutes, rate in dict(observed).items():
        assert not known.take(row(minutes, rate), FUNDING_RATE)
        if minutes >= newest - 30:
            assert known.take(row(minutes, rate + 1), FUNDING_RATE)
        else:
            assert not known.take(row(minutes, rate + 1), FUNDING_RATE)


def test_the_floor_follows_the_newest_row_or_a_day_before_the_last_request():
    series = Series()
    assert series.floor(OVERLAP) is None
    series.note_requested(BEGIN)
    assert series.floor(OVERLAP) == BEGIN - LONGEST_LOOK_BACK - OVERLAP
    series.take(row(-60, 0.1), FUNDING_RATE)
    assert series.floor(OVERLAP) == BEGIN - 90 * MINUTE
    series.note_requested(BEGIN + 10 * LONGEST_LOOK_BACK)
    assert series.floor(OVERLAP) == BEGIN + 9 * LONGEST_LOOK_BACK - OVERLAP


@given(st.integers(0, 5000), st.integers(1, 500), st.sampled_from([1, 5, 60]))
def test_windows_cover_the_time_once_and_hold_a_page(minutes, page_rows, spacing):
    feed = replace(BYBIT.feeds[2], page_rows=page_rows, label_spacing=spacing * MINUTE)
    now = BEGIN + minutes * MINUTE
    pages = list(windows(feed, BEGIN, now))
    assert pages[0].since == BEGIN
    assert pages[-1].since <= now < pages[-1].until
    assert [page.until for page in pages[:-1]] == [page.since for page in pages[1:]]
    assert all(page.until - page.since <= page_rows * spacing * MINUTE for page in pages)


def test_a_breaker_never_shortens_its_rest():
    breaker = Breaker(BreakerSettings(failures=1, open_seconds=60))
    breaker.open(BEGIN, 600, "requested wait")
    breaker.note_failure(BEGIN, "failed", None)
    assert breaker.is_open(BEGIN + timedelta(seconds=599))
    assert breaker.reason == "requested wait"
    assert not breaker.is_open(BEGIN + timedelta(seconds=600))


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.api_id)
def test_every_address_of_an_exchange_gets_the_base_url_and_keeps_its_path(api):
    live = LiveSettings(base_urls={api.api_id: f"http://127.0.0.1:9/{api.api_id}"})

    async def addresses():
        async with open_exchange(api, live, "live") as exchange:
            return exchange.urls["api"]

    def flat(value):
        return [leaf for inner in value.values() for leaf in flat(inner)] if isinstance(value, dict) else [value]

    rebased = [url for url in flat(asyncio.run(addresses())) if isinstance(url, str)]
    original = [url for url in flat(getattr(ccxt, api.ccxt_id)().urls["api"]) if isinstance(url, str)]
    assert len(rebased) == len(original)
    for url, before in zip(rebased, original, strict=True):
        scheme, _, rest = before.partition("://")
        path = "/" + rest.partition("/")[2] if "/" in rest else ""
        assert url == f"{'ws' if scheme.startswith('ws') else 'http'}://127.0.0.1:9/{api.api_id}{path}"
