"""A view shows nothing after the clock, outside a contract's life or retention, or in an outage; its sums are true."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from exchange_support import BAR_ENDS, BEGINS_AT, DAY, ENDS_AT, NOON, contract, dated, market
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.exchanges.listed import Listed, text
from sandbox.exchanges.view import View
from sandbox.market.latent_market import Outage

ONE = Listed("BTCUSDT", "BTC", "USDT", contract("binance"))
STEPS = st.sampled_from([60, 300, 900, 3600, 14_400, DAY])
CLOCKS = st.integers(BEGINS_AT + 1, ENDS_AT).map(float)


def view(now=NOON, *, one=ONE, retention=None, outages=()):
    return View(market(outages=outages), "binance", (one,), now, retention)


@settings(deadline=None)
@given(st.floats(min_value=1e-12, max_value=1e18))
def test_numbers_keep_all_their_digits(value):
    assert float(text(value)) == value
    assert "e" not in text(value)


@pytest.mark.parametrize("value", [float("nan"), inf])
def test_nan_and_infinity_are_errors(value):
    with pytest.raises(ValueError, match="no number that a venue sends"):
        text(value)


@settings(deadline=None)
@given(CLOCKS, STEPS, st.sampled_from([0, 300]))
def test_labels_are_on_the_grid_and_not_in_the_future(now, step, lag):
    labels = view(now).labels(ONE, step, -inf, inf, lag=lag)

    assert all(at % step == 0 and BEGINS_AT <= at + lag <= now for at in labels)
    assert labels == sorted(set(labels))
    if labels:
        assert labels[0] - step < BEGINS_AT - lag
        assert labels[-1] + step > now - lag


@settings(deadline=None)
@given(CLOCKS, STEPS)
def test_all_bars_add_up_to_the_market_until_now(now, step):
    bars = view(now).candles(ONE, "trade", step, -inf, inf)

    assert all(bar.starts_at <= now for bar in bars)
    assert sum(bar.volume_base for bar in bars) == pytest.approx(100 * (now - bars[0].starts_at) / 300, rel=1e-9)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert all(before.close == pytest.approx(after.open) for before, after in pairwise(bars))


@settings(deadline=None)
@given(CLOCKS)
def test_levels_are_exact_at_bar_ends_and_linear_between(now):
    one = view(now)

    assert one.level(ONE, "oi", now) == pytest.approx(np.interp(now, BAR_ENDS, ONE.contract.oi_base), rel=1e-13)
    assert one.level(ONE, "oi", NOON) == ONE.contract.oi_base[432]


def test_a_bar_has_the_highest_and_the_lowest_price_inside_it():
    price = ONE.contract.trade_usd.copy()
    price[400], price[405] = 150_000, 50_000
    spiked = replace(ONE, contract=replace(ONE.contract, trade_usd=price))

    (bar,) = view(one=spiked).candles(spiked, "trade", 3600, BEGINS_AT + 396 * 300, BEGINS_AT + 396 * 300)

    assert (bar.high, bar.low) == (150_000, 50_000)


def test_an_outage_leaves_a_permanent_gap():
    out = Outage("binance", NOON - 3600, NOON - 1800)
    shown = view(outages=(out,))

    labels = shown.labels(ONE, 300, NOON - 7200, NOON)
    starts = [bar.starts_at for bar in shown.candles(ONE, "trade", 300, NOON - 7200, NOON)]

    assert set(range(NOON - 7200, NOON + 1, 300)) - set(labels) == set(range(NOON - 3600, NOON - 1800, 300))
    assert not set(range(NOON - 3600, NOON - 1800, 300)) & set(starts)
    assert NOON - 1800 in starts
    assert [closed.at for closed in shown.liquidations(ONE, 0, NOON)] == [NOON - 100]


@pytest.mark.parametrize(("retention", "hours"), [("real", 2), (timedelta(hours=5), 5), (None, 36)])
def test_retention_is_the_venues_own_or_a_span_or_unlimited(retention, hours):
    labels = view(retention=retention).labels(ONE, 3600, -inf, inf, kept=timedelta(hours=2))

    assert labels[0] == NOON - hours * 3600


def test_a_contract_is_shown_from_its_listing_to_its_expiry():
    born, dies = BEGINS_AT + 3600, BEGINS_AT + 7200
    brief = Listed("BTCUSDT_X", "BTC", "USDT", replace(dated("binance", expires_at=dies), listed_at=born))
    shown = view(one=brief)

    assert shown.labels(brief, 900, -inf, inf) == list(range(born, dies + 1, 900))
    assert [bar.starts_at for bar in shown.candles(brief, "trade", 900, -inf, inf)] == list(range(born, dies, 900))
    assert shown.trading == []
    assert view(born, one=brief).trading == [brief]
    assert view(born - 1, one=brief).find("BTCUSDT_X") is None
