"""Vendors in a tick: which vendors it requests, how it labels their rows, and that a vendor never counts as a venue."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web
from live_support import BAR, BEGIN, Venue, api, labels, landed, serving, settings_of, tick
from pydantic import SecretStr

from common.errors import TransientError
from common.settings import Settings
from ingestion.api.payload import milliseconds
from ingestion.live.tick import fetch_tick
from ingestion.live.vendor_fetch import followed_vendors
from ingestion.vendors.coinalyze import COINALYZE
from ingestion.vendors.coingecko import COINGECKO

HOUR = timedelta(hours=1)
SUPPLY = {"bitcoin": 20_000_000.0, "ethereum": 120_000_000.0}


@pytest.fixture
def venue():
    with serving(Venue()) as served:
        yield served


def markets(venue, **headers):
    async def answer():
        rows = [
            {
                "id": coin,
                "last_updated": f"{venue.now.isoformat()}Z",
                "circulating_supply": supply,
                "market_cap": supply * 2,
                "current_price": 2.0,
            }
            for coin, supply in SUPPLY.items()
        ]
        return web.Response(text=json.dumps(rows), content_type="application/json", headers=headers)

    return answer


def settings_with_vendor(home, venue, **changes):
    return settings_of(home, {"dydx": venue, "coingecko": venue}, **changes)


def fetch(settings, venue, *apis):
    return tick(settings, venue, *apis, vendors=((COINGECKO, None),))


def test_supply_lands_once_per_change_and_names_the_vendor_as_source(tmp_path, venue):
    venue.faults["coingecko"] = [markets(venue)]
    settings = settings_with_vendor(tmp_path, venue)
    assert fetch(settings, venue).failures == ()
    fetch(settings, venue)
    venue.now += BAR
    fetch(settings, venue)
    assert labels(tmp_path, "BTC", "circulating_supply") == [BEGIN, BEGIN + BAR]
    row = landed(tmp_path, "circulating_supply")[0]
    assert (row["source"], row["source_mode"], row["scope"], row["venue_native"]) == (
        "coingecko",
        "vendor",
        "asset",
        None,
    )
    assert row["supply_base"] == 20_000_000.0
    # The base URL replaces the host and keeps the vendor's path.
    assert venue.asked("coingecko")[0].startswith("/coingecko/api/v3/coins/markets?")


def test_rows_of_a_simulated_vendor_are_never_labelled_real(tmp_path, venue):
    venue.faults["coingecko"] = [markets(venue, **{"X-Simulated": "true"})]
    report = fetch(settings_with_vendor(tmp_path, venue), venue)
    assert [(provider.name, provider.status) for provider in report.providers] == [
        ("dydx", "ok"),
        ("coingecko", "failed"),
    ]
    assert "a simulated vendor responded" in report.failures[0]
    assert landed(tmp_path, "circulating_supply") == []
    simulated = settings_with_vendor(tmp_path / "other", venue, source_mode="simulated")
    assert fetch(simulated, venue).failures == ()
    assert {row["source_mode"] for row in landed(tmp_path / "other", "circulating_supply")} == {"simulated"}


def test_a_busy_vendor_is_retried_and_its_failure_stops_no_venue(tmp_path, venue):
    async def busy():
        return web.Response(status=429)

    venue.faults["coingecko"] = [busy]
    report = fetch(settings_with_vendor(tmp_path, venue), venue)
    assert [(provider.name, provider.status) for provider in report.providers] == [
        ("dydx", "ok"),
        ("coingecko", "failed"),
    ]
    assert len(venue.asked("coingecko")) == 3


def test_a_response_of_a_vendor_alone_does_not_count_as_network(tmp_path, venue):
    venue.faults["coingecko"] = [markets(venue)]
    with serving(Venue()) as gone:
        settings = settings_of(tmp_path, {"dydx": gone, "coingecko": venue})
    with pytest.raises(TransientError, match="no venue could be reached"):
        fetch(settings, venue, api())


def test_vendors_with_a_key_are_requested_only_with_a_key():
    assert [vendor.source for vendor, _ in followed_vendors(Settings())] == ["coingecko"]
    keyed = Settings(coinalyze_api_key="a", coinglass_api_key="b")
    asked = [(vendor.source, key and key.get_secret_value()) for vendor, key in followed_vendors(keyed)]
    assert asked == [("coingecko", None), ("coinglass", "b"), ("coinalyze", "a")]


@dataclass
class Coinalyze(Venue):
    """Coinalyze: what it lists, and hourly open interest in pages of at most ``longest_page`` rows a symbol."""

    listed: tuple[str, ...] = ("BTCUSDT_PERP.A", "BTCUSDT.6", "BTCUSD_PERP.A", "1000PEPEUSDT_PERP.A")
    longest_page: int = 500

    async def answer(self, request):
        self.requests.append(request.path_qs)
        if self.faults.get(request.path):
            return await self.faults[request.path].pop(0)()
        if request.path.endswith("future-markets"):
            return web.json_response([{"symbol": symbol} for symbol in self.listed])
        since, until = int(request.query["from"]), int(request.query["to"])
        labels = [at for at in range(-(-since // 3600) * 3600, until + 1, 3600) if at <= milliseconds(self.now) // 1000]
        return web.json_response(
            [
                {"symbol": symbol, "history": [POINT | {"t": at} for at in labels[: self.longest_page]]}
                for symbol in request.query["symbols"].split(",")
                if symbol in self.listed
            ]
        )


POINT = {"o": 1, "h": 2, "l": 50, "s": 50, "c": 1.5, "r": 1}


@pytest.fixture
def coinalyze():
    with serving(Coinalyze(now=BEGIN + timedelta(minutes=30))) as served:
        yield served


def fetch_coinalyze(home, coinalyze, *assets, **changes):
    settings = settings_of(home, {"coinalyze": coinalyze}, assets=assets, **changes)
    return fetch_tick(settings, clock=lambda: coinalyze.now, apis=(), vendors=((COINALYZE, SecretStr("a-key")),))


def test_a_coin_is_requested_under_the_name_that_the_vendor_lists(tmp_path, coinalyze):
    report = fetch_coinalyze(tmp_path, coinalyze, "BTC", "PEPE", "XYZ")
    assert report.failures == ("coinalyze: Coinalyze has no name of XYZ; the others go on",)
    # A day of hours. The hour in progress is not over.
    hours = [BEGIN - HOUR * back for back in range(23, 0, -1)]
    for symbol in ("BTCUSDT", "1000PEPEUSDT"):
        assert labels(tmp_path, symbol, "open_interest") == hours
    assert len(coinalyze.asked("future-markets")) == 1


def test_pages_of_a_vendor_that_are_shorter_than_believed_lose_no_hour(tmp_path, coinalyze):
    coinalyze.longest_page = 7
    assert fetch_coinalyze(tmp_path, coinalyze, "BTC").failures == ()
    assert labels(tmp_path, "BTCUSDT", "open_interest") == [BEGIN - HOUR * back for back in range(23, 0, -1)]


@pytest.mark.parametrize(
    "stated",
    [
        lambda: web.json_response({"code": 429, "message": "too many requests"}, headers={"Retry-After": "0"}),
        lambda: web.Response(text="<html>down</html>", content_type="text/html"),
    ],
)
def test_an_overload_that_a_vendor_states_under_status_200_is_retried(tmp_path, coinalyze, stated):
    async def answer():
        return stated()

    coinalyze.faults["/coinalyze/v1/open-interest-history"] = [answer, answer]
    assert fetch_coinalyze(tmp_path, coinalyze, "BTC").failures == ()
    assert len(coinalyze.asked("open-interest-history")) == 3
    assert len(labels(tmp_path, "BTCUSDT", "open_interest")) == 23


def test_without_the_list_of_a_vendor_nothing_is_lost(tmp_path, coinalyze):
    async def busy():
        return web.Response(status=503)

    path = "/coinalyze/v1/future-markets"
    coinalyze.faults[path] = [busy] * 3
    report = fetch_coinalyze(tmp_path, coinalyze, "BTC")
    assert report.failures == ("coinalyze: future-markets responded 503; try again later",)
    assert fetch_coinalyze(tmp_path, coinalyze, "BTC").failures == ()
    assert len(labels(tmp_path, "BTCUSDT", "open_interest")) == 23
