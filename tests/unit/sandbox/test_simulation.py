"""The simulated market obeys the rules of a real market, whatever the seed."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.market.latent_market import Contract, LatentMarket
from sandbox.market.listing import ASSETS, life, listings
from sandbox.market.scenes import Move, Shift, Staged
from sandbox.market.simulation import simulate

HOUR = 3600
DAY = 24 * HOUR
SHORT_SCRIPT = (
    Staged("cascade_absorbed", "BTC", 20, 10, None, moves=(
        Move("price", 0, 1, -0.08), Move("oi", 0, 1, -0.09, noise_ratio=0.1, liquidated_ratio=1.0))),
    Staged("euphoria", "ETH", 20, 10, None, shifts=(Shift("funding", 0, 10, 0.001), Shift("volume", 0, 10, 3.0))),
    # Without voluntary trades, the volume is only what changes of open interest and forced closes need.
    Staged("quiet", "SOL", 40, 40, None, shifts=(Shift("volume", 0, 40, -1.0),)),
    Staged("venue_listing", "PEPE", 30, 10, None, venue="hyperliquid"),
)  # fmt: skip


def assert_same(one: Contract, other: Contract) -> None:
    for name in ("oi_base", "trade_usd", "mark_usd", "index_usd", "volume_base", "long_account_ratio"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.liquidations == other.liquidations


def assert_possible(contract: Contract, market: LatentMarket) -> None:
    is_alive = market.bar_ends >= contract.listed_at
    if contract.expires_at is not None:
        is_alive &= market.bar_ends <= contract.expires_at
    assert np.array_equal(~np.isnan(contract.oi_base), is_alive)
    assert np.all(contract.oi_base[is_alive] >= 0)
    change = np.diff(contract.oi_base)
    is_bar = ~np.isnan(change)
    assert np.all(np.abs(change[is_bar]) <= contract.volume_base[is_bar])
    assert np.all(contract.volume_base[~is_bar] == 0)
    assert np.all((contract.taker_buy_base >= 0) & (contract.taker_buy_base <= contract.volume_base))
    for prices in (contract.trade_usd, contract.mark_usd, contract.index_usd):
        assert np.all(prices > 0)
    for shares in (contract.long_account_ratio, contract.long_position_ratio):
        assert np.all((shares >= 0.05) & (shares <= 0.95))
    assert_liquidations_possible(contract, market, change)
    assert_funding_on_grid(contract, market)


def assert_liquidations_possible(contract: Contract, market: LatentMarket, change: np.ndarray) -> None:
    ats = [event.at for event in contract.liquidations]
    assert ats == sorted(set(ats))
    closed = np.zeros(len(change))
    for event in contract.liquidations:
        assert event.quantity_base > 0
        assert (event.bankruptcy_price_usd < event.fill_price_usd) == (event.position_side == "long")
        assert event.at % 300 != 0
        closed[(event.at - market.bar_ends[0]) // 300] += event.quantity_base
    has_closed = closed > 0
    assert not np.any(np.isnan(change[has_closed]))
    # A forced close opens no position; only the rest of the volume can.
    assert np.all(closed[has_closed] <= (contract.volume_base - change)[has_closed])


def assert_funding_on_grid(contract: Contract, market: LatentMarket) -> None:
    assert (contract.funding is None) == (contract.market_type == "dated")
    if contract.funding is None:
        return
    seconds = contract.funding.interval_hours * HOUR
    assert np.all(contract.funding.instants % seconds == 0)
    assert np.all(np.diff(contract.funding.instants) == seconds)
    assert np.all(contract.funding.instants > contract.listed_at)
    assert np.all(np.abs(contract.funding.rate_ratio) < 0.003)
    assert len(contract.funding.rate_ratio) == len(contract.funding.instants)
    assert contract.funding.instants[-1] > market.bar_ends[-1] - seconds


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), day=st.integers(19_000, 21_000), script=st.sampled_from([(), SHORT_SCRIPT]))
def test_every_market_obeys_the_rules(seed, day, script):
    market = simulate(seed=seed, begins_at=day * DAY, ends_at=(day + 2) * DAY, script=script)

    for contract in market.contracts:
        assert_possible(contract, market)


def test_a_long_market_obeys_the_rules(latent):
    assert set(np.diff(latent.bar_ends)) == {300}
    for contract in latent.contracts:
        assert_possible(contract, latent)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_market(seed):
    span = {"begins_at": 20_000 * DAY, "ends_at": 20_001 * DAY}
    market, again, other = (simulate(seed=number, **span) for number in (seed, seed, seed + 1))

    for one, same, different in zip(market.contracts, again.contracts, other.contracts, strict=True):
        assert_same(one, same)
        assert not np.array_equal(one.mark_usd, different.mark_usd)


def test_a_scene_does_not_change_other_assets():
    span = {"seed": 7, "begins_at": 20_000 * DAY, "ends_at": 20_002 * DAY}
    staged, plain = (simulate(**span, script=script) for script in (SHORT_SCRIPT[:1], ()))

    for one, other in zip(staged.contracts, plain.contracts, strict=True):
        if one.asset == "BTC":
            assert not np.array_equal(one.oi_base, other.oi_base)
        else:
            assert_same(one, other)


def test_a_funding_rate_is_that_of_the_contracts_own_interval():
    market = simulate(seed=7, begins_at=20_000 * DAY, ends_at=20_004 * DAY, script=())
    hours = {(c.venue, c.asset): c.funding.interval_hours for c in market.contracts if c.funding}

    assert hours["binance", "BTC"] == 8
    assert hours["binance", "PEPE"] == 4
    assert hours["hyperliquid", "BTC"] == 1
    for contract in market.contracts:
        if contract.funding:
            day_rate = contract.funding.rate_ratio.mean() * 24 / contract.funding.interval_hours
            assert day_rate == pytest.approx(0.0003, abs=0.00015)


def test_each_venue_lists_its_contracts():
    perpetuals = {
        (listing.venue, listing.settlement): set()
        for listing in listings(20_000 * DAY, 20_047 * DAY)
        if listing.market_type == "perpetual"
    }
    for listing in listings(20_000 * DAY, 20_047 * DAY):
        if listing.market_type == "perpetual":
            perpetuals[listing.venue, listing.settlement].add(listing.asset)

    for venue in ("binance", "bybit", "okx", "bitget", "gate", "hyperliquid"):
        assert perpetuals[venue, "linear"] == set(ASSETS)
    assert perpetuals["binance", "inverse"] == {"BTC", "ETH", "BNB"}
    assert perpetuals["deribit", "linear"] == {"BTC", "SOL"}
    assert ("hyperliquid", "inverse") not in perpetuals


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        # The last Friday of November 2026 is the 27th, of December the 25th (Christmas), of January 2027 the 29th.
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), ["2026-11-27", "2026-12-25"]),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC),
         ["2026-11-27", "2026-12-25", "2027-01-29"]),
    ],
)  # fmt: skip
def test_two_dated_contracts_are_listed_at_any_time(begins, ends, expected):
    chain = [
        listing
        for listing in listings(int(begins.timestamp()), int(ends.timestamp()))
        if (listing.venue, listing.asset, listing.market_type) == ("deribit", "BTC", "dated")
    ]

    assert [f"{datetime.fromtimestamp(listing.expires_at, UTC):%Y-%m-%d}" for listing in chain] == expected
    assert {datetime.fromtimestamp(listing.expires_at, UTC).hour for listing in chain} == {8}
    for nearer, farther in pairwise(chain):
        assert farther.rolled_from == nearer.expires_at


def test_binance_lists_only_quarters():
    chain = listings(
        int(datetime(2026, 10, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    )
    expiries = {listing.expires_at for listing in chain if listing.venue == "binance" and listing.expires_at}

    assert [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" for at in sorted(expiries)] == ["2026-12-25", "2027-03-26"]


def test_positions_of_an_expiring_contract_move_into_the_next(latent):
    inside = [c for c in latent.contracts if c.expires_at and latent.bar_ends[0] < c.expires_at < latent.bar_ends[-1]]
    assert {c.venue for c in inside} >= {"bybit", "okx", "deribit"}

    for contract in inside:
        expiry = int(np.searchsorted(latent.bar_ends, contract.expires_at))
        before = max(0, expiry - 6 * 288)
        assert contract.oi_base[expiry] == 0
        assert contract.oi_base[before] > 0
        assert np.isnan(contract.oi_base[expiry + 1])
        assert contract.mark_usd[expiry] / contract.index_usd[expiry] == pytest.approx(1, abs=0.001)
        chain = [
            other for other in latent.contracts
            if (other.venue, other.asset, other.settlement, other.market_type)
            == (contract.venue, contract.asset, contract.settlement, "dated")
        ]  # fmt: skip
        after, earlier = (np.nansum([other.oi_base[at] for other in chain]) for at in (expiry, before))
        assert after / earlier == pytest.approx(0.9, abs=0.25)


def test_a_new_contract_starts_at_half_and_not_before_its_listing():
    listing = next(one for one in listings(0, DAY) if one.venue == "gate")
    shares = life(listing, np.array([-1, 0, 1, 2]) * DAY + listing.listed_at)

    np.testing.assert_array_equal(shares, [np.nan, 0.5, 0.75, 1.0])


def test_supply_is_issued_evenly_and_burned_at_once(latent):
    supplies = {supply.asset: supply.supply_base for supply in latent.supplies}

    assert supplies["BTC"][-1] - supplies["BTC"][0] == pytest.approx(47 * 450)
    assert np.all(np.diff(supplies["BTC"]) > 0)
    assert np.count_nonzero(np.diff(supplies["BNB"])) == 1
    assert supplies["BNB"][-1] - supplies["BNB"][0] == -1_370_000


@pytest.fixture(scope="module")
def plain() -> LatentMarket:
    return simulate(seed=7, begins_at=20_000 * DAY, ends_at=20_040 * DAY, script=())


def test_the_market_has_calm_and_wild_periods(plain):
    moves = np.abs(np.diff(np.log(plain.contracts[0].index_usd))).reshape(-1, 288)
    days = np.median(moves, axis=1)

    # Without calm and wild periods, days differ only by chance: by less than 1.4.
    assert days.max() / days.min() > 1.6


def test_forced_closes_are_small_without_a_scene(plain):
    shares = []
    for contract in plain.contracts:
        closed = np.zeros(len(plain.bar_ends) - 1)
        for event in contract.liquidations:
            bar = (event.at - plain.bar_ends[0]) // 300
            closed[bar] += event.quantity_base
            shares.append(event.quantity_base / contract.oi_base[bar])
        has_closed = closed > 0
        assert np.all(closed[has_closed] <= 0.0006 * contract.oi_base[:-1][has_closed])

    assert np.median(shares) == pytest.approx(2e-5, rel=0.1)
    assert max(shares) == pytest.approx(2e-4)


def test_each_contract_has_its_own_noise_by_seed():
    span = {"begins_at": 20_000 * DAY, "ends_at": 20_001 * DAY, "script": ()}

    def own_wobble(seed: int) -> np.ndarray:
        """Return the ratio of two contracts' open interest, which removes their common moves."""
        binance, okx = (
            next(c for c in simulate(seed=seed, **span).contracts if (c.venue, c.asset) == (venue, "BTC"))
            for venue in ("binance", "okx")
        )
        return np.log(binance.oi_base / okx.oi_base)

    assert own_wobble(7).std() > 1e-4
    assert np.abs(own_wobble(7) - own_wobble(8)).max() > 1e-4


@pytest.mark.parametrize(("begins", "ends"), [(1, 300), (0, 301), (600, 600), (600, 300)])
def test_a_market_off_the_grid_is_an_error(begins, ends):
    with pytest.raises(ValueError, match=f"no market from {begins} to {ends} is possible; pass two multiples of 300"):
        simulate(seed=7, begins_at=begins, ends_at=ends)
