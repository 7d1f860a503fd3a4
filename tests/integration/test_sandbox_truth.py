"""The pipeline finds the true values of a simulated market to nine digits, whatever units the venues use."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from marts_support import build_models, load_everything
from sandbox_support import BAR, KEY, Warehouse, scenery, seconds

from sandbox.market import truth
from sandbox.market.scenes import Staged

pytestmark = pytest.mark.xdist_group("sandbox_truth")

# Ten minutes before a quarterly delivery at all venues that have one.
FIRST_TICK = datetime.fromisoformat("2026-03-27T07:50:00")
DELIVERY = datetime.fromisoformat("2026-03-27T08:00:00")
LAST_TICK = datetime.fromisoformat("2026-03-27T08:05:00")
TICKS = (FIRST_TICK, datetime.fromisoformat("2026-03-27T07:53:00"), DELIVERY, LAST_TICK)
BACKFILL = timedelta(hours=9)
# The only scene: Bybit publishes one side from the delivery on, and two sides before.
SCRIPT = (Staged("methodology_change", None, 5, 5, 0, venue="bybit"),)
# These venues publish only current open interest; the others keep a history.
WITHOUT_HISTORY = ("bitget", "deribit", "hyperliquid")
# These venues list forced closes; the others only push them to sockets (test_stream_*.py).
WITH_LIQUIDATIONS = ("deribit", "gate", "okx")
VENUES = ("binance", "bitget", "bybit", "deribit", "gate", "hyperliquid", "okx")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A day of BTC and 1000PEPE at all venues, in four ticks around a delivery."""
    home = tmp_path_factory.mktemp("truth")
    with scenery(FIRST_TICK, days=1, script=SCRIPT) as scene:
        settings = scene.settings(home, assets=("BTC", "PEPE"), backfill_days=BACKFILL / timedelta(days=1))
        for scene.now in TICKS:
            reports = scene.tick(settings)
            assert {name: report.failures for name, report in reports.items() if report.status != "ok"} == {}
    load_everything(settings)
    build_models(settings)
    return Warehouse(scene.market, settings.build_file)


@pytest.fixture(scope="module")
def open_interest(found):
    return found.of_contracts(
        "fct_open_interest",
        "measured_at",
        "fact.event_at, oi_base, oi_usd, mark_price_usd, price_basis, native_unit, sides, quality_flag",
    )


def test_every_contract_has_a_row_at_every_instant_that_its_venue_publishes(found, open_interest):
    latent = truth.contract_open_interest(found.market)
    is_kept = ~latent.venue.isin(WITHOUT_HISTORY) & (latent["at"] > seconds(FIRST_TICK - BACKFILL))
    is_asked = latent["at"].isin([seconds(at) for at in TICKS])
    # A contract is no longer listed at the instant of its delivery.
    is_delivered = (latent["at"] == latent["expires_at"]).fillna(value=False).astype(bool)
    expected = latent[(is_kept | is_asked) & (latent["at"] <= seconds(LAST_TICK)) & ~is_delivered]
    expected = expected[expected.asset.isin(["BTC", "PEPE"]) & ~expected.apply(_is_never_published, axis=1)]
    assert set(open_interest.venue) == set(VENUES)

    missing = expected.merge(open_interest[KEY], on=KEY, how="left", indicator=True).query("_merge == 'left_only'")

    assert missing.empty, missing.head()
    assert not open_interest.duplicated([*truth.CONTRACT_KEY, "event_at"]).any()


def _is_never_published(row):
    """Whether a value lies between the last tick before a contract's delivery and the delivery itself.

    The venue has no history of a delivered contract. This affects all dated contracts of COIN-M, because its histories
    are by contract type (for example the current quarter). At a delivery each contract moves on to the next type.
    """
    is_delivered = not pd.isna(row.expires_at) and row.expires_at == seconds(DELIVERY)
    is_moved = (row.venue, row.settlement, row.market_type) == ("binance", "inverse", "dated")
    return (is_delivered or is_moved) and seconds(TICKS[1]) < row["at"] <= seconds(DELIVERY)


def test_open_interest_is_the_latent_one_side(found, open_interest):
    # Coins of contracts in USD need a price. Without a price of the same instant, the warehouse uses a near one.
    is_priced = open_interest.price_basis.isin(["stated", "candle", "implied"]) & (
        (open_interest["at"] % BAR.seconds == 0) | (open_interest.price_basis != "candle")
    )
    is_in_usd = open_interest.settlement == "inverse"
    exact = open_interest[is_priced | ~is_in_usd]
    near = open_interest[~is_priced & is_in_usd]
    assert {"linear", "inverse"} == set(exact.settlement)
    assert {"perpetual", "dated"} == set(exact.market_type)
    assert {"base", "contract", "usd"} <= set(exact.native_unit)
    assert {1, 2} == set(exact[exact.venue == "bybit"].sides)
    assert len(near) < 0.02 * len(exact)

    np.testing.assert_allclose(exact.oi_base, found.latent(exact, "oi_base"), rtol=1e-9)
    np.testing.assert_allclose(near.oi_base, found.latent(near, "oi_base"), rtol=0.05)
    assert open_interest.quality_flag.isna().all()


def test_open_interest_in_usd_is_worth_the_mark_price(found, open_interest):
    priced = open_interest[(open_interest.price_basis != "reference") & (open_interest["at"] % BAR.seconds == 0)]
    assert len(priced) > 0.95 * len(open_interest)

    np.testing.assert_allclose(priced.mark_price_usd, found.latent(priced, "mark_usd"), rtol=1e-9)
    np.testing.assert_allclose(
        priced.oi_usd, found.latent(priced, "oi_base") * found.latent(priced, "mark_usd"), rtol=1e-9
    )


@pytest.fixture(scope="module")
def present(open_interest):
    """Venues with a value at a bar end, if all their contracts were measured and priced exactly at that bar end."""
    rows = open_interest.assign(event=open_interest.event_at.map(seconds))
    rows["is_exact"] = (rows["at"] == rows.event) & (rows.price_basis != "reference")
    groups = rows.groupby(["venue", "asset", "event"], as_index=False)["is_exact"].all()
    return groups[groups.is_exact].rename(columns={"event": "at"})


def test_totals_and_shares_cover_the_venues_with_a_value(found, present):
    shares = found.frame(
        'select venue, asset, epoch(event_at)::bigint as "at", oi_base, oi_usd, oi_share_ratio '
        "from fct_venue_share where timeframe = '5m' and source = 'exchanges'"
    )
    totals = found.frame(
        'select asset, epoch(event_at)::bigint as "at", oi_base, oi_usd, venue_count '
        "from fct_market_open_interest where timeframe = '5m' and source = 'exchanges'"
    )
    # The test compares the totals of an instant only when all its venues are exact.
    there = shares[["venue", "asset", "at"]].merge(present, on=["venue", "asset", "at"], how="left")
    is_exact = there.is_exact.eq(other=True).groupby([there.asset, there["at"]]).transform("all")
    exact = shares[is_exact.to_numpy()]
    assert set(exact.venue) == set(VENUES)
    assert len(exact) > 0.9 * len(shares)

    venues = exact.merge(truth.venue_open_interest(found.market), on=["venue", "asset", "at"], suffixes=("", "_true"))
    latent_shares = truth.venue_shares(found.market, exact[["venue", "asset", "at"]])
    latent_totals = truth.market_open_interest(found.market, exact[["venue", "asset", "at"]])
    both_shares = exact.merge(latent_shares, on=["venue", "asset", "at"], suffixes=("", "_true"))
    both_totals = totals.merge(latent_totals, on=["asset", "at"], suffixes=("", "_true"))

    assert len(venues) == len(both_shares) == len(exact)
    assert len(both_totals) == len(exact[["asset", "at"]].drop_duplicates())
    assert set(both_totals.venue_count_true) == {4, 6, 7}
    np.testing.assert_allclose(venues.oi_base, venues.oi_base_true, rtol=1e-9)
    np.testing.assert_allclose(venues.oi_usd, venues.oi_usd_true, rtol=1e-9)
    np.testing.assert_allclose(both_shares.oi_share_ratio, both_shares.oi_share_ratio_true, rtol=1e-9)
    np.testing.assert_allclose(both_totals.oi_base, both_totals.oi_base_true, rtol=1e-9)
    np.testing.assert_allclose(both_totals.oi_usd, both_totals.oi_usd_true, rtol=1e-9)
    np.testing.assert_array_equal(both_totals.venue_count, both_totals.venue_count_true)


def test_settled_funding_is_the_latent_one(found):
    rates = found.of_contracts("fct_funding_rate", "event_at", "rate_ratio, interval_hours", "is_settled")
    latent = truth.settled_funding(found.market)
    begin, end = seconds(FIRST_TICK - BACKFILL), seconds(LAST_TICK)
    expected = latent[(latent["at"] > begin) & (latent["at"] <= end) & latent.asset.isin(["BTC", "PEPE"])]

    both = expected.merge(rates, on=KEY, how="left", suffixes=("_true", ""))

    assert set(both.venue) == set(VENUES)
    assert set(both.interval_hours_true) == {1, 4, 8}
    np.testing.assert_allclose(both.rate_ratio, both.rate_ratio_true, rtol=1e-9)
    # The interval of a contract's first settlement is still unknown.
    later = both[both.duplicated(truth.CONTRACT_KEY)]
    assert set(later.interval_hours) == {1, 4, 8}
    np.testing.assert_array_equal(later.interval_hours, later.interval_hours_true)


def test_liquidations_are_the_latent_ones_by_the_side_of_the_position(found):
    bars = found.of_contracts(
        "fct_liquidation", "event_at", "long_liquidated_base, short_liquidated_base", "timeframe = '5m'"
    )
    latent = truth.liquidated(found.market)
    begin, end = seconds(FIRST_TICK - BACKFILL + BAR), seconds(TICKS[0])
    latent = latent[(latent["at"] > begin) & (latent["at"] <= end) & latent.asset.isin(["BTC", "PEPE"])]
    latent = latent[latent.venue.isin(WITH_LIQUIDATIONS)]
    # OKX lists the forced closes of perpetuals only.
    latent = latent[(latent.market_type == "perpetual") | (latent.venue != "okx")]
    sides = latent.pivot_table(
        index=KEY, columns="position_side", values="quantity_base", fill_value=0.0, dropna=False, observed=True
    )
    sides = sides[(sides.long > 0) | (sides.short > 0)].reset_index().astype({"expires_at": "Int64"})

    both = sides.merge(bars, on=KEY, how="left")

    assert set(both.venue) == set(WITH_LIQUIDATIONS)
    np.testing.assert_allclose(both.long_liquidated_base, both.long, rtol=1e-9)
    np.testing.assert_allclose(both.short_liquidated_base, both.short, rtol=1e-9)
    calm = bars[(bars["at"] > begin) & (bars["at"] <= end)].merge(sides, on=KEY, how="left")
    calm = calm[calm.long.isna()]
    assert (calm.long_liquidated_base + calm.short_liquidated_base == 0).all()
