"""The simulated market contains its staged episodes, and obeys the rules of a real market."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sample_market import ASSETS, BARS_A_DAY, BARS_AN_HOUR, VENUES, Market, simulate

END = datetime(2026, 5, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulate(seed=7, days=45, end=END)


def test_the_same_seed_gives_the_same_market(market):
    again, other = simulate(seed=7, days=45, end=END), simulate(seed=8, days=45, end=END)

    assert np.array_equal(market.assets["BTC"].price_usd, again.assets["BTC"].price_usd)
    assert not np.array_equal(market.assets["BTC"].price_usd, other.assets["BTC"].price_usd)


def test_grid_is_every_five_minutes_of_the_days_before_the_end(market):
    assert market.bar_ends[0] == datetime(2026, 4, 16, tzinfo=UTC).timestamp()
    assert market.bar_ends[-1] == END.timestamp()
    assert set(np.diff(market.bar_ends)) == {300}
    btc = market.assets["BTC"]
    assert len(btc.price_usd) == len(market.bar_ends) == 45 * BARS_A_DAY + 1
    assert len(btc.long_liquidated_base) == len(btc.venues["okx"].volume_base) == 45 * BARS_A_DAY


@pytest.mark.parametrize("name", list(ASSETS))
def test_levels_are_plausible(market, name):
    one, asset = market.assets[name], ASSETS[name]

    assert set(one.venues) == set(VENUES)
    assert np.all((one.price_usd > 0.5 * asset.price_usd) & (one.price_usd < 1.5 * asset.price_usd))
    for venue_name, venue in one.venues.items():
        relative = venue.oi_base / (asset.binance_oi_base * VENUES[venue_name].relative_size)
        assert np.all((relative > 0.7) & (relative < 1.3)), venue_name
        assert np.all(np.abs(venue.funding_8h_ratio) < 0.002)
        assert np.all((venue.long_share_ratio > 0.3) & (venue.long_share_ratio < 0.9))


@pytest.mark.parametrize("name", list(ASSETS))
def test_open_interest_changes_by_less_than_the_volume(market, name):
    for venue in market.assets[name].venues.values():
        assert np.all(np.abs(np.diff(venue.oi_base)) < venue.volume_base)
        assert np.all((venue.taker_buy_base > 0) & (venue.taker_buy_base < venue.volume_base))


def test_cascade_closes_longs_on_all_venues_and_only_of_btc(market):
    first = len(market.bar_ends) - 1 - 96 * BARS_AN_HOUR
    last = first + 3 * BARS_AN_HOUR
    btc, eth = market.assets["BTC"], market.assets["ETH"]

    assert btc.price_usd[last] / btc.price_usd[first] - 1 == pytest.approx(-0.09, abs=0.015)
    for name, venue in btc.venues.items():
        assert venue.oi_base[last] / venue.oi_base[first] - 1 == pytest.approx(-0.10, abs=0.015), name
        assert abs(eth.venues[name].oi_base[last] / eth.venues[name].oi_base[first] - 1) < 0.02, name
    binance_oi_base = btc.venues["binance"].oi_base[first]
    assert btc.long_liquidated_base[first:last].sum() / binance_oi_base == pytest.approx(0.03, abs=0.001)
    assert btc.short_liquidated_base[first:last].sum() / binance_oi_base < 0.001


def test_some_open_interest_comes_back_after_the_cascade(market):
    end_of_cascade = len(market.bar_ends) - 1 - 93 * BARS_AN_HOUR
    oi = sum(venue.oi_base for venue in market.assets["BTC"].venues.values())

    # 45 % of ln 0.9 is undone: e^0.0474 = 1.049.
    assert oi[end_of_cascade + 48 * BARS_AN_HOUR] / oi[end_of_cascade] == pytest.approx(1.049, abs=0.02)


def test_only_one_venue_grows(market):
    first = len(market.bar_ends) - 1 - 200 * BARS_AN_HOUR
    growth = {
        name: venue.oi_base[first + BARS_AN_HOUR] / venue.oi_base[first] - 1
        for name, venue in market.assets["BTC"].venues.items()
    }

    assert growth.pop("hyperliquid") == pytest.approx(0.05, abs=0.01)
    assert max(abs(change) for change in growth.values()) < 0.01


def test_a_short_market_skips_episodes_before_its_start():
    market = simulate(seed=7, days=2, end=END)

    btc = market.assets["BTC"]
    assert btc.long_liquidated_base.max() < 0.001 * btc.venues["binance"].oi_base.max()
