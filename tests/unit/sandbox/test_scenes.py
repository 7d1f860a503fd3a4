"""Each scene does what it was staged for: the condition of its signal (docs/metrics) holds in the latent market."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from sandbox.market import truth
from sandbox.market.latent_market import LatentMarket, Scene
from sandbox.market.listing import ASSETS
from sandbox.market.scenes import SCRIPT, Move, Shift, Staged, outages_of, scenes_of, span_of, stage

HOUR, DAY = 12, 288
MONTH = 30 * DAY


class Look:
    """A scene in its market: totals over venues, and the indexes of the scene's start, end and signal."""

    def __init__(self, market: LatentMarket, name: str):
        self.market = market
        self.scene: Scene = next(scene for scene in market.scenes if scene.name == name)
        self.begins, self.ends, self.signal = (
            int(at - market.bar_ends[0]) // 300
            for at in (self.scene.begins_at, self.scene.ends_at, self.scene.signal_at)
        )
        self.contracts = [c for c in market.contracts if c.asset == self.scene.asset]
        self.price = self.contracts[0].index_usd
        self.oi = total(self.contracts)
        self.volume = sum(c.volume_base for c in self.contracts)

    def venue(self, name: str):
        return [c for c in self.contracts if c.venue == name]


def grid(count: int, begins_at: int = 0) -> np.ndarray:
    return begins_at + 300 * np.arange(count)


def total(contracts) -> np.ndarray:
    return np.nansum([c.oi_base for c in contracts], axis=0)


def growth(levels: np.ndarray, first: int, last: int) -> float:
    return float(levels[last] / levels[first] - 1)


def zscore(values: np.ndarray, at: int, window: int) -> float:
    before = values[max(0, at - window) : at]
    return float((values[at] - before.mean()) / before.std(ddof=1))


def hourly(levels: np.ndarray, at: int) -> np.ndarray:
    """Return the growth of each hour up to the one that ends at bar end ``at``."""
    return np.diff(np.log(levels[at % HOUR : at + 1 : HOUR]))


def velocity_zscore(levels: np.ndarray, at: int) -> float:
    rates = hourly(levels, at)
    return zscore(rates, len(rates) - 1, 30 * 24)


def weighted_funding(contracts, market: LatentMarket) -> np.ndarray:
    """Return the last settled 8-hour rate at each bar end, weighted by open interest; NaN before the first."""
    rates, weights = [], []
    for contract in contracts:
        if contract.funding:
            index = np.searchsorted(contract.funding.instants, market.bar_ends, side="right") - 1
            rate = contract.funding.rate_ratio * 8 / contract.funding.interval_hours
            rates.append(np.where(index < 0, np.nan, rate[np.maximum(index, 0)]))
            weights.append(np.nan_to_num(contract.oi_base))
    return np.sum(np.multiply(rates, weights), axis=0) / np.sum(weights, axis=0)


@pytest.fixture
def look(latent):
    return partial(Look, latent)


def cascade_of(look: Look) -> truth.Cascade:
    return next(
        one for one in truth.cascades(look.market)
        if one.asset == look.scene.asset and look.scene.begins_at <= one.started_at <= look.scene.ends_at
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("cascade_absorbed", "absorbed"), ("cascade_exhausted", "exhausted"), ("bearish_exhaustion", "exhausted")],
)
def test_a_staged_cascade_has_its_verdict(look, name, verdict):
    seen = look(name)
    cascade = cascade_of(seen)
    after = truth.stabilization(seen.oi, seen.market.bar_ends, cascade, 24)

    assert cascade.ended_at - cascade.started_at == 40 * 60
    assert cascade.long_liquidated_base > 10 * cascade.short_liquidated_base
    assert after.verdict == verdict
    assert seen.scene.signal_at == cascade.ended_at + 24 * 3600
    # Each bar of the cascade exceeds every bar of the month before.
    start = int(cascade.started_at - seen.market.bar_ends[0]) // 300
    assert growth(seen.oi, start, start + 8) < -0.05
    assert growth(seen.price, start, start + 8) < -0.05


def test_there_is_no_cascade_outside_the_script(latent):
    assert [cascade.asset for cascade in truth.cascades(latent)] == ["BTC", "BTC", "SOL"]


def test_a_cascade_is_seen_from_one_venue_alone(latent):
    everywhere = truth.cascades(latent)
    for venue in ("binance", "bybit", "okx", "bitget", "gate"):
        here = truth.cascades(latent, [venue])
        assert [(one.asset, one.started_at) for one in here] == [(one.asset, one.started_at) for one in everywhere]


def test_bearish_exhaustion_has_its_prelude(look):
    seen = look("bearish_exhaustion")
    start = int(cascade_of(seen).started_at - seen.market.bar_ends[0]) // 300

    assert 0 <= seen.price[start - 20 * DAY : start + 1].max() / seen.price[start] - 1 <= 0.02
    assert abs(growth(seen.price, start - DAY, start)) < 0.01
    assert seen.oi[start - DAY : start + 1].max() > seen.oi[start - MONTH : seen.begins].max()
    assert weighted_funding(seen.contracts, seen.market)[start] < 0


def test_bullish_accumulation(look):
    seen = look("bullish_accumulation")
    fall, trough, zone = seen.begins + 24 * HOUR, seen.begins + 120 * HOUR, seen.begins + 144 * HOUR

    assert growth(seen.oi, fall, trough) < -0.05
    assert seen.oi[trough] == seen.oi[fall : zone + 1 : HOUR].min()
    assert seen.price[fall : zone + 1].min() > seen.price[max(0, fall - 20 * DAY) : fall].min()
    assert growth(seen.oi, trough, zone) > 0.01
    assert abs(growth(seen.price, trough, zone)) < 0.01
    assert seen.price[seen.signal] > seen.price[seen.signal - 20 * DAY : zone].max()
    assert growth(seen.oi, zone, seen.signal) > 0


def test_short_covering_squeeze(look):
    seen = look("short_covering_squeeze")

    assert growth(seen.price, seen.signal - HOUR, seen.signal) >= 0.05
    assert growth(seen.oi, seen.signal - HOUR, seen.signal) < 0


def test_there_is_no_squeeze_outside_its_scene(latent):
    for asset in ASSETS:
        price = next(c for c in latent.contracts if c.asset == asset).index_usd
        bar_ends = latent.bar_ends[HOUR:][price[HOUR:] / price[:-HOUR] >= 1.05]
        assert all(
            any(s.name == "short_covering_squeeze" and s.asset == asset and s.begins_at < at <= s.ends_at
                for s in latent.scenes)
            for at in bar_ends
        )  # fmt: skip


def test_arbitrage_inflow_is_on_one_venue_at_a_discount(look):
    seen = look("arbitrage_inflow")
    scores = {
        venue: velocity_zscore(total(seen.venue(venue)), seen.signal)
        for venue in ("binance", "bybit", "okx", "bitget", "gate", "deribit", "hyperliquid")
    }
    # Perpetuals only: dated contracts would add their basis to the reference price.
    reference = np.median([c.mark_usd for c in seen.contracts if c.market_type == "perpetual"], axis=0)
    premium = seen.venue("hyperliquid")[0].mark_usd / reference - 1

    assert scores.pop("hyperliquid") > 2
    assert np.median(np.abs(list(scores.values()))) < 1
    assert zscore(premium, seen.signal, MONTH) < -2


def test_spread_is_stretched_on_one_venue(look):
    seen = look("spread_stretched")

    def yearly_basis_zscores(venue: str) -> list[float]:
        ended = [c for c in seen.venue(venue) if c.expires_at and c.expires_at > seen.scene.ends_at + 3 * 86_400]
        years = [(c.expires_at - seen.market.bar_ends) / (365 * 86_400) for c in ended]
        basis = [(c.mark_usd / c.index_usd - 1) / left for c, left in zip(ended, years, strict=True)]
        return [zscore(one, seen.signal, MONTH) for one in basis]

    assert yearly_basis_zscores("bybit")
    assert min(yearly_basis_zscores("bybit")) > 5
    assert max(map(abs, yearly_basis_zscores("okx"))) < 4


def test_euphoria(look):
    seen = look("euphoria")
    funding = weighted_funding(seen.contracts, seen.market)
    before = funding[: seen.signal]

    assert funding[seen.signal] >= np.nanpercentile(before, 95)
    assert velocity_zscore(seen.oi, seen.signal) > 2


def test_negative_funding_with_rising_open_interest(look):
    seen = look("negative_funding_rising_oi")

    assert weighted_funding(seen.contracts, seen.market)[seen.signal] < 0
    assert growth(seen.oi, seen.signal - HOUR, seen.signal) > 0
    assert growth(seen.oi, seen.begins, seen.signal) > 0.01


def test_funding_is_negative_only_in_its_scenes(latent):
    of_scenes = {("BNB", "negative_funding_rising_oi"), ("BTC", "bearish_exhaustion")}
    for asset in ASSETS:
        contracts = [c for c in latent.contracts if c.asset == asset]
        for at in latent.bar_ends[weighted_funding(contracts, latent) < 0]:
            # A settlement up to 8 hours later still contains a part of the scene, and its rate stands for 8 more hours.
            assert any(
                (s.asset, s.name) in of_scenes and s.asset == asset and s.begins_at < at <= s.ends_at + 16 * 3600
                for s in latent.scenes
            ), (asset, at)


def test_short_squeeze_setup(look):
    seen = look("short_squeeze_setup")
    funding = weighted_funding(seen.contracts, seen.market)
    skewed = [
        c.venue for c in seen.contracts
        if (1 - c.long_account_ratio[seen.signal]) / c.long_account_ratio[seen.signal] - 1 >= 0.30
    ]  # fmt: skip

    assert funding[seen.signal] >= np.nanpercentile(funding[: seen.signal], 99)
    assert len(set(skewed)) >= 2


def test_exit_divergence(look):
    seen = look("exit_divergence")

    assert growth(seen.price, seen.signal - DAY, seen.signal) > 0.01
    assert growth(seen.oi, seen.signal - DAY, seen.signal) < -0.01
    # The scene does not continue a trend that existed by chance.
    before = range(seen.signal - 2 * DAY, seen.signal - DAY, HOUR)
    assert min(growth(seen.oi, at - DAY, at) for at in before) > 0


def test_leverage_driven_rally(look):
    seen = look("leverage_driven_rally")

    for span in (DAY, 7 * DAY):
        price, oi = (growth(levels, seen.signal - span, seen.signal) for levels in (seen.price, seen.oi))
        assert price > 0
        assert price > 3 * max(oi, 0)


def test_distribution(look):
    seen = look("distribution")
    ranges = [
        np.ptp(np.log(seen.price[at - DAY : at + 1])) for at in range(seen.signal - MONTH + DAY, seen.signal + 1, HOUR)
    ]

    assert velocity_zscore(seen.oi, seen.signal) > 2
    assert ranges[-1] <= np.percentile(ranges, 25)


def test_oi_ceiling_breaks_with_volume(look):
    seen = look("oi_ceiling_break")
    hours = seen.volume[seen.signal % HOUR : seen.signal].reshape(-1, HOUR).sum(axis=1)

    assert seen.oi[seen.signal] > np.percentile(seen.oi[seen.signal - MONTH : seen.signal], 90)
    assert hours[-1] > np.percentile(hours[-30 * 24 - 1 : -1], 80)


def test_oi_floor_breaks(look):
    seen = look("oi_floor_break")

    def floor(at: int) -> float:
        return float(np.percentile(seen.oi[max(0, at - MONTH) : at], 10))

    assert seen.oi[seen.signal] < floor(seen.signal)
    # The scene does not continue a trend that existed by chance.
    assert all(seen.oi[at] > floor(at) for at in range(seen.begins + 6 * HOUR, seen.begins + 36 * HOUR, HOUR))


def test_market_cap_is_crowded_only_in_its_scene(look):
    seen = look("crowded_market_cap")
    supply = next(one.supply_base for one in seen.market.supplies if one.asset == "PEPE")
    ratio = seen.oi / supply

    assert ratio[: seen.begins].max() < 0.15
    assert ratio[seen.signal] > 0.15
    assert ratio[seen.ends :].max() < 0.15


def test_a_contract_is_listed_inside_the_market(look):
    seen = look("venue_listing")
    (contract,) = seen.venue("hyperliquid")

    assert contract.listed_at == seen.scene.begins_at
    assert np.isnan(contract.oi_base[seen.begins - 1])
    assert contract.oi_base[seen.begins] > 0.02 * seen.oi[seen.begins]
    assert not contract.volume_base[: seen.begins].any()
    assert contract.volume_base[seen.begins] > 0


def test_an_outage_overlaps_no_other_scene(latent):
    (outage,) = latent.outages

    assert (outage.venue, outage.ends_at - outage.begins_at) == ("okx", 5 * 3600)
    on = {s.name for s in latent.scenes if s.begins_at < outage.ends_at and s.ends_at > outage.begins_at}
    assert on == {"venue_outage", "methodology_change"}


def test_methodology_changes_for_all_assets_at_one_instant(latent):
    changes = [scene for scene in latent.scenes if scene.name == "methodology_change"]

    assert {scene.asset for scene in changes} == set(ASSETS)
    assert {(scene.venue, scene.begins_at) for scene in changes} == {("bybit", int(latent.bar_ends[-1]) - 96 * 3600)}


def test_scenes_of_one_asset_do_not_overlap_where_they_move_the_same():
    for level in ("price", "oi"):
        for asset in ASSETS:
            spans = sorted(
                span_of(move, -round(staged.hours_before_end * HOUR))
                for staged in SCRIPT
                if staged.asset == asset
                for move in staged.moves
                if move.level == level and move.venue is None
            )
            assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans)), (level, asset)


def test_a_move_is_pinned_at_both_ends_and_stays():
    move = Move("oi", 1, 2, 0.10, noise_ratio=0.0)
    placed = stage([Staged("one", "BTC", 3, 3, None, moves=(move,))], grid(4 * HOUR + 1))
    wobble = np.sin(np.arange(4 * HOUR + 1.0))

    moved = placed.levels("oi", "BTC", "okx", wobble)

    # The scene begins 1 h into the market, so the move lasts from hour 2 to hour 3.
    np.testing.assert_array_equal(moved[: 2 * HOUR + 1], wobble[: 2 * HOUR + 1])
    assert moved[3 * HOUR] - moved[2 * HOUR] == pytest.approx(np.log(1.1))
    np.testing.assert_allclose(np.diff(moved[2 * HOUR : 3 * HOUR + 1]), np.log(1.1) / HOUR)
    np.testing.assert_allclose(np.diff(moved[3 * HOUR :]), np.diff(wobble[3 * HOUR :]))
    np.testing.assert_array_equal(placed.levels("oi", "ETH", "okx", wobble), wobble)
    np.testing.assert_array_equal(placed.levels("price", "BTC", None, wobble), wobble)


@pytest.mark.parametrize(("anchor", "expected"), [("start", 2.0), ("highest", 5.0), ("lowest", 1.0)])
def test_a_move_goes_to_its_anchor(anchor, expected):
    move = Move("price", 0, 1, 0.0, anchor=anchor, anchor_days=1)
    placed = stage([Staged("one", "BTC", 1, 1, None, moves=(move,))], grid(HOUR + 4, begins_at=2700))

    moved = placed.levels("price", "BTC", None, np.array([5.0, 1.0, 3.0, 2.0] + [7.0] * (HOUR - 1) + [4.0]))

    assert moved[-1] == pytest.approx(expected)


def test_a_shift_lasts_for_its_hours_on_its_venue():
    shift = Shift("premium", 0, 1, -0.5, venue="okx")
    placed = stage([Staged("one", "BTC", 2, 2, None, shifts=(shift,))], grid(3 * HOUR + 1))

    on = placed.offsets("premium", "BTC", "okx", 3 * HOUR + 1)

    np.testing.assert_array_equal(np.flatnonzero(on), np.arange(HOUR + 1, 2 * HOUR + 1))
    assert set(on) == {0.0, -0.5}
    assert not placed.offsets("premium", "BTC", "gate", 3 * HOUR + 1).any()
    assert not placed.offsets("basis", "BTC", "okx", 3 * HOUR + 1).any()


def test_a_scene_that_does_not_fit_is_skipped():
    early, late = Staged("early", "BTC", 5, 1, None), Staged("late", "BTC", 2, 1, None)
    too_long = Staged("too_long", "BTC", 1, 2, None)

    assert [staged.name for _, staged in stage([early, late, too_long], grid(3 * HOUR + 1)).placed] == ["late"]


def test_a_scene_begins_at_a_full_hour_whatever_the_end_of_the_market():
    bar_ends = grid(4 * HOUR, begins_at=2700)
    placed = stage([Staged("one", "BTC", 2, 1, 1)], bar_ends)

    # The market ends at 02:40 + 2 h, so its last full hour is 04:00.
    assert bar_ends[-1] == 4 * 3600 + 2400
    (scene,) = scenes_of(placed, bar_ends, ["BTC"])
    assert (scene.begins_at, scene.ends_at) == (2 * 3600, 3 * 3600)


def test_a_scene_of_all_assets_becomes_one_scene_per_asset():
    bar_ends = grid(3 * HOUR + 1)
    placed = stage([Staged("venue_outage", None, 2, 1, 0.5, venue="okx")], bar_ends)

    assert scenes_of(placed, bar_ends, ["BTC", "ETH"]) == (
        Scene("venue_outage", "BTC", "okx", 3600, 7200, 5400),
        Scene("venue_outage", "ETH", "okx", 3600, 7200, 5400),
    )


def test_an_outage_without_a_venue_is_an_error():
    placed = stage([Staged("venue_outage", None, 2, 1, 0)], grid(3 * HOUR + 1))

    with pytest.raises(ValueError, match="scene 'venue_outage' has no venue; set the venue that does not respond"):
        outages_of(placed, grid(3 * HOUR + 1))
