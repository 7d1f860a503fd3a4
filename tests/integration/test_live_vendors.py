"""Vendors in a tick: which vendors it requests, how it labels their rows, and that a vendor never counts as a venue."""

import json

import pytest
from aiohttp import web
from live_support import BAR, BEGIN, Venue, api, labels, landed, serving, settings_of, tick

from common.errors import TransientError
from common.settings import Settings
from ingestion.live.vendor_fetch import followed_vendors
from ingestion.vendors.coingecko import COINGECKO

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
        ("coingecko", "partial"),
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
        ("coingecko", "partial"),
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
