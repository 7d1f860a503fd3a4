"""The metrics of a market so small that every number is calculated by hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sandbox.market import truth
from sandbox.market.latent_market import Contract, Funding, LatentMarket, Liquidation, Supply
from sandbox.market.truth import Cascade, Stabilization

NAN = float("nan")


def contract(venue, oi_base, mark_usd, *, liquidations=(), **changes) -> Contract:
    count = len(oi_base)
    flat = np.full(count, 100.0)
    one = Contract(
        venue=venue, asset="BTC", market_type="perpetual", settlement="linear", listed_at=0, expires_at=None,
        oi_base=np.array(oi_base), trade_usd=flat, mark_usd=np.array(mark_usd, dtype=float), index_usd=flat,
        volume_base=np.full(count - 1, 10.0), taker_buy_base=np.full(count - 1, 5.0),
        long_account_ratio=flat / 200, long_position_ratio=flat / 200,
        funding=Funding(8, np.array([300]), np.array([0.0001])), liquidations=tuple(liquidations),
    )  # fmt: skip
    return replace(one, **changes)


def market(*contracts: Contract) -> LatentMarket:
    bar_ends = 300 * np.arange(len(contracts[0].oi_base), dtype=np.int64)
    return LatentMarket(1, bar_ends, contracts, (Supply("BTC", np.full(len(bar_ends), 1e6)),), (), ())


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


@pytest.fixture
def small() -> LatentMarket:
    return market(
        contract("okx", [4.0, 5.0, 6.0], [100, 110, 120]),
        contract(
            "okx", [NAN, 1.0, 0.0], [100, 120, 130],
            market_type="dated", listed_at=300, expires_at=600, settlement="inverse", funding=None,
        ),
        contract("gate", [16.0, 14.0, NAN], [100, 100, 120]),
    )  # fmt: skip


def test_a_contract_has_a_row_at_each_bar_end_of_its_life(small):
    frame = truth.contract_open_interest(small)

    assert rows(frame, "venue", "settlement", "at", "oi_base", "oi_usd") == [
        ("okx", "linear", 0, 4.0, 400.0),
        ("okx", "linear", 300, 5.0, 550.0),
        ("okx", "linear", 600, 6.0, 720.0),
        ("okx", "inverse", 300, 1.0, 120.0),
        ("okx", "inverse", 600, 0.0, 0.0),
        ("gate", "linear", 0, 16.0, 1600.0),
        ("gate", "linear", 300, 14.0, 1400.0),
    ]
    assert frame["expires_at"].tolist() == [pd.NA] * 3 + [600, 600] + [pd.NA] * 2


def test_a_venue_is_the_sum_of_its_contracts(small):
    assert rows(truth.venue_open_interest(small), "venue", "at", "oi_base", "oi_usd") == [
        ("gate", 0, 16.0, 1600.0),
        ("gate", 300, 14.0, 1400.0),
        ("okx", 0, 4.0, 400.0),
        ("okx", 300, 6.0, 670.0),
        ("okx", 600, 6.0, 720.0),
    ]


def test_the_market_is_the_sum_of_the_venues_that_have_a_value(small):
    everything = truth.venue_open_interest(small)
    without_one = everything[(everything["venue"] != "gate") | (everything["at"] != 300)]

    assert rows(truth.market_open_interest(small, everything), "at", "oi_base", "oi_usd", "venue_count") == [
        (0, 20.0, 2000.0, 2),
        (300, 20.0, 2070.0, 2),
        (600, 6.0, 720.0, 1),
    ]
    assert rows(truth.market_open_interest(small, without_one), "at", "oi_base", "venue_count") == [
        (0, 20.0, 2),
        (300, 6.0, 1),
        (600, 6.0, 1),
    ]
    assert rows(truth.venue_shares(small, without_one), "venue", "at", "oi_share_ratio") == [
        ("gate", 0, 0.8),
        ("okx", 0, 0.2),
        ("okx", 300, 1.0),
        ("okx", 600, 1.0),
    ]


def test_a_duplicate_value_is_an_error(small):
    everything = truth.venue_open_interest(small)

    with pytest.raises(pd.errors.MergeError):
        truth.market_open_interest(small, pd.concat([everything, everything.head(1)]))


def test_shares_of_one_instant_add_up_to_one(latent):
    shares = truth.venue_shares(latent, truth.venue_open_interest(latent))

    np.testing.assert_allclose(shares.groupby(["asset", "at"])["oi_share_ratio"].sum(), 1.0, rtol=1e-12)


def test_the_reference_price_is_the_median_of_perpetuals(small):
    assert rows(truth.reference_prices(small), "at", "reference_price_usd") == [(0, 100.0), (300, 105.0), (600, 120.0)]


def test_the_reference_price_is_not_the_mean():
    three = market(*(contract(venue, [1.0], [price]) for venue, price in (("okx", 1), ("gate", 2), ("bybit", 9))))

    assert rows(truth.reference_prices(three), "reference_price_usd") == [(2.0,)]


def test_only_perpetuals_have_funding(small):
    assert rows(truth.settled_funding(small), "venue", "at", "interval_hours", "rate_ratio") == [
        ("okx", 300, 8, 0.0001),
        ("gate", 300, 8, 0.0001),
    ]


def test_liquidations_are_summed_by_side_and_labelled_by_the_bar_end():
    events = [
        Liquidation(1, "long", 1.0, 10.0, 9.0),
        Liquidation(299, "long", 2.0, 20.0, 9.0),
        Liquidation(300, "short", 4.0, 10.0, 11.0),
        Liquidation(301, "short", 8.0, 10.0, 11.0),
    ]
    frame = truth.liquidated(market(contract("okx", [9.0] * 3, [1] * 3, liquidations=events)))

    assert rows(frame, "position_side", "at", "quantity_base", "quantity_usd") == [
        ("long", 300, 3.0, 50.0),
        ("short", 300, 4.0, 40.0),
        ("short", 600, 8.0, 80.0),
    ]


def closes(*bars: int, quantity_base: float = 0.11) -> list[Liquidation]:
    return [Liquidation(300 * bar + 150, "long", quantity_base, 100.0, 99.0) for bar in bars]


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        ([2, 3], [(600, 1200)]),
        # Five quiet bars are 25 minutes, six are 30.
        ([2, 8], [(600, 2700)]),
        ([2, 9], [(600, 900), (2700, 3000)]),
        ([], []),
    ],
)
def test_bars_less_than_half_an_hour_apart_are_one_cascade(bars, expected):
    one = market(contract("okx", [100.0] * 13, [1] * 13, liquidations=closes(*bars)))

    assert [(cascade.started_at, cascade.ended_at) for cascade in truth.cascades(one)] == expected
    assert sum(cascade.long_liquidated_base for cascade in truth.cascades(one)) == pytest.approx(0.11 * len(bars))


def test_a_cascade_bar_closes_more_than_a_thousandth_of_open_interest():
    calm = market(contract("okx", [100.0] * 5, [1] * 5, liquidations=closes(2, quantity_base=0.1)))

    assert truth.cascades(calm) == []


def test_a_bar_is_measured_against_open_interest_at_its_end():
    closed = closes(2, quantity_base=0.06)

    assert truth.cascades(market(contract("okx", [100.0] * 3 + [50.0] * 2, [1] * 5, liquidations=closed))) != []
    assert truth.cascades(market(contract("okx", [50.0] * 3 + [100.0] * 2, [1] * 5, liquidations=closed))) == []


def test_a_close_at_a_bar_end_belongs_to_the_bar_that_ends_there():
    on_mark = Liquidation(900, "long", 1.0, 100.0, 99.0)

    (cascade,) = truth.cascades(market(contract("okx", [100.0] * 5, [1] * 5, liquidations=[on_mark])))

    assert (cascade.started_at, cascade.ended_at) == (600, 900)


def test_a_cascade_is_measured_against_the_requested_venues():
    both = market(
        contract("okx", [100.0] * 5, [1] * 5, liquidations=closes(2)),
        contract("gate", [100.0] * 5, [1] * 5),
    )

    assert truth.cascades(both) == []
    assert truth.cascades(both, ["gate"]) == []
    assert truth.cascades(both, ["okx"]) == [Cascade("BTC", 600, 900, 0.11, 0.0)]


def test_short_closes_count_beside_long_ones():
    event = Liquidation(700, "short", 1.0, 100.0, 101.0)

    (cascade,) = truth.cascades(market(contract("okx", [100.0] * 5, [1] * 5, liquidations=[*closes(2), event])))

    assert (cascade.long_liquidated_base, cascade.short_liquidated_base) == (0.11, 1.0)


def after(*, end: float, trough: float, at_horizon: float, hours: int = 24) -> Stabilization:
    """Return the stabilization after a cascade of one bar (from bar end 1 to 2) on open interest of 100."""
    oi_base = np.full(3 + hours * 12, at_horizon)
    oi_base[:3], oi_base[5] = [50.0, 100.0, end], trough
    return truth.stabilization(oi_base, 300 * np.arange(len(oi_base)), Cascade("BTC", 300, 600, 1.0, 0.0), hours)


def test_stabilization_by_hand():
    assert after(end=80.0, trough=75.0, at_horizon=85.0) == Stabilization(
        horizon_hours=24,
        verdict="absorbed",
        oi_before_base=100.0,
        oi_trough_base=75.0,
        oi_at_horizon_base=85.0,
        drawdown_ratio=-0.25,
        stabilization_ratio=1.0625,
        recovered_ratio=0.4,
    )


@pytest.mark.parametrize(
    ("end", "at_horizon", "hours", "verdict"),
    [
        (100.0, 99.0, 24, "absorbed"),
        (100.0, 98.9, 24, "unwinding"),
        (92.0, 89.9, 24, "exhausted"),
        (92.0, 85.1, 24, "exhausted"),
        (92.0, 84.9, 24, "unwinding"),
        (92.0, 90.1, 24, "unwinding"),
        (92.0, 88.0, 4, "unwinding"),
        (92.0, 88.0, 48, "unwinding"),
    ],
)
def test_each_verdict(end, at_horizon, hours, verdict):
    assert after(end=end, trough=80.0, at_horizon=at_horizon, hours=hours).verdict == verdict


def test_the_recovered_ratio_is_missing_without_a_fall():
    seen = after(end=101.0, trough=101.0, at_horizon=102.0)

    assert math.isnan(seen.recovered_ratio)
    assert seen.drawdown_ratio == pytest.approx(0.01)


def test_a_horizon_after_the_series_is_pending():
    seen = truth.stabilization(np.full(14, 9.0), 300 * np.arange(14), Cascade("BTC", 300, 600, 1.0, 0.0), 1)
    reached = truth.stabilization(np.full(15, 9.0), 300 * np.arange(15), Cascade("BTC", 300, 600, 1.0, 0.0), 1)

    assert seen.verdict == "pending"
    assert math.isnan(seen.oi_before_base)
    assert reached.verdict == "absorbed"


def test_a_series_that_begins_too_late_is_an_error():
    with pytest.raises(ValueError, match="begins at 900, after the cascade of 300; pass an earlier series"):
        truth.stabilization(np.ones(9), 900 + 300 * np.arange(9), Cascade("BTC", 300, 600, 1.0, 0.0), 1)


def test_every_forced_close_of_the_market_is_counted_once(latent):
    frame = truth.liquidated(latent)
    events = [event for one in latent.contracts for event in one.liquidations]

    assert frame["quantity_base"].sum() == pytest.approx(math.fsum(event.quantity_base for event in events))
    assert not frame.duplicated([*truth.CONTRACT_KEY, "position_side", "at"]).any()
