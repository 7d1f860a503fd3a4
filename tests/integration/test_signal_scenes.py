"""Each staged scene of the simulated market raises its signal at the right bar. Some signals are raised only by scenes.

The right bar is the bar of the script. For a scene that builds up to a condition, it is the first bar on which the
condition holds. The test calculates the condition from the latent market in plain numpy, by the definitions in
docs/metrics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from marts_support import build_models, load_everything
from sandbox_support import scenery
from staged_support import HOUR_SECONDS, SEED, SINCE, STAGED, home_of, hours_of, market_of

from sandbox.market.latent_market import Contract, LatentMarket
from sandbox.market.scenes import SCRIPT

pytestmark = pytest.mark.xdist_group("staged_year")

NOW = datetime.fromisoformat("2026-03-20T12:00:00")
DAYS = 40
# Only this venue keeps its whole history: open interest, both sides of forced closes, positioning.
VENUE = "gate"
MONTH, DAYS_20 = 30 * 24, 20 * 24
COOLDOWN_HOURS = 24
LEDGER = (
    "select signal, asset, venue, epoch(event_at)::bigint as at, strength, escalates is null as is_first "
    "from marts.fct_signal "
    "where timeframe = '1h' order by all"
)


class Hours:
    """The sums over an asset's contracts at every full hour of the latent market from ``since`` on."""

    def __init__(self, market, since, contracts):
        places = hours_of(market, since)
        self.at = market.bar_ends[places]
        perpetuals = [one for one in contracts if one.funding]
        self.oi = np.nansum([one.oi_base[places] for one in contracts], axis=0)
        self.supply = next(one.supply_base[places] for one in market.supplies if one.asset == contracts[0].asset)
        is_open = ~np.isnan([one.oi_base[places] for one in perpetuals])
        mark_usd = np.array([one.mark_usd[places] for one in perpetuals])
        self.price = np.nanmedian(np.where(is_open, mark_usd, np.nan), axis=0)
        volumes = [np.concatenate([[0.0], np.cumsum(one.volume_base * one.trade_usd[1:])]) for one in perpetuals]
        self.volume = np.sum([total[places] - total[places - 12] for total in volumes], axis=0)
        self.shorts_over_longs = np.array([1 / one.long_account_ratio[places] - 1 for one in perpetuals])
        # The mean of the last settled rates, weighted by open interest in USD.
        settled = [np.searchsorted(one.funding.instants, self.at, side="right") - 1 for one in perpetuals]
        rates = [
            np.where(last < 0, np.nan, one.funding.rate_ratio[last] * 8 / one.funding.interval_hours)
            for one, last in zip(perpetuals, settled, strict=True)
        ]
        weights = np.where(is_open & ~np.isnan(rates), mark_usd * [one.oi_base[places] for one in perpetuals], 0)
        paid, weight = np.nansum(np.multiply(rates, weights), axis=0), weights.sum(axis=0)
        self.funding = np.divide(paid, weight, out=np.full_like(paid, np.nan), where=weight > 0)


def growth(levels, i, hours):
    return levels[i] / levels[i - hours] - 1


def diverges(hours, i):
    return growth(hours.price, i, 24) > 0.001 and growth(hours.oi, i, 24) < -0.001


def outpaces(hours, i):
    return all(growth(hours.price, i, span) > max(0, 3 * growth(hours.oi, i, span)) for span in (24, 7 * 24))


def accumulates(hours, i):
    oi, price, trough = hours.oi, hours.price, i - 24
    return (
        oi[trough] <= oi[trough - 5 * 24 : i + 1].min() * (1 + 1e-9)
        and max(growth(oi, trough, 3 * 24), growth(oi, trough, 5 * 24)) < -0.001
        and growth(oi, i, 24) > 0.001
        and price[i - 6 * 24 : i + 1].min() >= price[i - 26 * 24 : i - 6 * 24].min()
        and abs(growth(price, i, 24)) < 0.01
    )


def breaks_out(hours, i):
    # The accumulation must be on an earlier bar.
    is_pursued = any(accumulates(hours, before) for before in range(i - COOLDOWN_HOURS, i))
    return is_pursued and hours.price[i] > hours.price[i - DAYS_20 : i].max() and growth(hours.oi, i, 24) > 0.001


def rises_against_funding(hours, i):
    return hours.funding[i] < 0 and growth(hours.oi, i, 24) > 0.001


def is_crowded_by_shorts(hours, i):
    before = hours.funding[max(0, i - 365 * 24) : i]
    is_highest = (before < hours.funding[i]).sum() >= 0.99 * np.isfinite(before).sum()
    return is_highest and (hours.shorts_over_longs[:, i] >= 1.3).sum() >= 2


def is_above_ceiling(hours, i):
    month = slice(max(0, i - MONTH), i)
    return hours.oi[i] > np.quantile(hours.oi[month], 0.9) and hours.volume[i] > np.quantile(hours.volume[month], 0.8)


def is_below_floor(hours, i):
    return hours.oi[i] < np.quantile(hours.oi[max(0, i - MONTH) : i], 0.1)


def is_extreme_share(hours, i):
    return hours.oi[i] > 0.15 * hours.supply[i]


@dataclass(frozen=True)
class Raised:
    """A signal, and the scene that raises it: ``shows_hours`` after its start, else at the hours of the script.

    With ``holds``, the scene builds up to this condition. It raises the signal on the first bar on which the condition
    holds, and again after each cool-down.
    """

    signal: str
    scene: str
    holds: Callable[[Hours, int], bool] | None = None
    shows_hours: int | None = None

    def __str__(self):
        return f"{self.signal}-{self.scene}"


RAISED = (
    Raised("cascade_absorbed", "cascade_absorbed"),
    Raised("spread_stretched", "spread_stretched"),
    Raised("arbitrage_inflow", "arbitrage_inflow"),
    Raised("isolated_venue_spike", "arbitrage_inflow"),
    Raised("bearish_exhaustion", "bearish_exhaustion"),
    # Before its main bar, shorts pay funding while open interest rises to its highest.
    Raised("negative_funding_rising_oi", "bearish_exhaustion", rises_against_funding, shows_hours=60),
    # The condition of the accumulation holds a day after the trough. At the end of the script is the break-out.
    Raised("bullish_accumulation", "bullish_accumulation", accumulates, shows_hours=144),
    Raised("bullish_accumulation_triggered", "bullish_accumulation", breaks_out),
    Raised("short_covering_squeeze", "short_covering_squeeze"),
    Raised("euphoria", "euphoria"),
    Raised("leverage_driven_rally", "leverage_driven_rally", outpaces),
    # The script waits for all venues' settlements. The mean is below zero after most of them.
    Raised("negative_funding_rising_oi", "negative_funding_rising_oi", rises_against_funding),
    Raised("exit_divergence", "exit_divergence", diverges),
    Raised("distribution", "distribution"),
    # Venues with hourly settlements bring the mean to its highest of the year before the others settle.
    Raised("short_squeeze_setup", "short_squeeze_setup", is_crowded_by_shorts),
    Raised("oi_ceiling_break", "oi_ceiling_break", is_above_ceiling),
    Raised("oi_floor_break", "oi_floor_break", is_below_floor),
    Raised("crowded_market_cap", "crowded_market_cap", is_extreme_share),
)
# No bar outside the scenes meets their conditions by chance.
OF_SCENES_ALONE = {
    "bearish_exhaustion",
    "cascade_absorbed",
    "crowded_market_cap",
    "negative_funding_rising_oi",
    "short_covering_squeeze",
    "short_squeeze_setup",
}
# Bars outside the scenes meet these conditions too, but with less strength.
STRONGEST_IN_SCENES = ("arbitrage_inflow", "distribution", "euphoria", "spread_stretched")


# Signals that need a year of history or more than one venue.
NOT_OF_ONE_MONTH_AND_VENUE = {
    "arbitrage_inflow",
    "crowded_market_cap",
    "euphoria",
    "isolated_venue_spike",
    "short_squeeze_setup",
    "spread_stretched",
}


@dataclass(frozen=True)
class Found:
    """The signals (of 1h bars) of a warehouse, and the part of the market in its data."""

    market: LatentMarket
    ledger: pd.DataFrame
    since: dict[str, int]
    knows: Callable[[Contract], bool]

    def scene(self, name):
        return next(scene for scene in self.market.scenes if scene.name == name)

    def hours(self, asset):
        contracts = [one for one in self.market.contracts if one.asset == asset and self.knows(one)]
        return Hours(self.market, self.since[asset], contracts)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Hourly rows of all venues, with all scenes."""
    settings = home_of(tmp_path_factory, "staged_year", STAGED)
    return Found(market_of(STAGED), _ledger(settings), SINCE, lambda one: one.settlement == "linear")


@pytest.fixture(scope="module")
def quiet_ledger(tmp_path_factory):
    """The signals of the same year without scenes."""
    return _ledger(home_of(tmp_path_factory, "quiet_year", ()))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A month, fetched from one simulated exchange, with all scenes."""
    home = tmp_path_factory.mktemp("month")
    with scenery(NOW, days=DAYS, ahead=timedelta(hours=1), seed=SEED, script=SCRIPT, retention=None) as scene:
        settings = scene.settings(home, assets=tuple(SINCE), venues=(VENUE,), backfill_days=DAYS)
        assert {name: report.failures for name, report in scene.tick(settings).items() if report.failures} == {}
    load_everything(settings)
    build_models(settings)
    since = dict.fromkeys(SINCE, int(scene.market.bar_ends[0]))
    return Found(scene.market, _ledger(settings), since, lambda one: one.venue == VENUE)


def _ledger(settings):
    with duckdb.connect(str(settings.build_file), read_only=True) as con:
        return con.sql(LEDGER).df()


def _shown_at(scene, raised):
    """Return the end of the bar in which a scene shows its signal."""
    at = scene.begins_at + raised.shows_hours * HOUR_SECONDS if raised.shows_hours else scene.signal_at
    return -(-at // HOUR_SECONDS) * HOUR_SECONDS


def _raised_at(found, raised):
    """Return the expected bars of a scene's signal up to its last bar, on which the condition must hold."""
    scene = found.scene(raised.scene)
    shown_at = _shown_at(scene, raised)
    if raised.holds is None:
        return [shown_at]
    hours = found.hours(scene.asset)
    begins, shows = np.searchsorted(hours.at, [scene.begins_at, shown_at])
    held = [i for i in range(begins - COOLDOWN_HOURS, shows + 1) if raised.holds(hours, i)]
    assert held[-1] == shows
    starts = [held[0], *(i for before, i in pairwise(held) if i - before > COOLDOWN_HOURS)]
    return [int(hours.at[i]) for i in starts if i > begins]


def _raised_in(found, raised):
    """Return the bars on which a scene's signal begins in the ledger, without escalations, up to its last bar."""
    scene = found.scene(raised.scene)
    rows = _of_signal(found.ledger, raised.signal, scene)
    at = rows[rows.is_first]["at"]
    return at[(at > scene.begins_at) & (at <= _shown_at(scene, raised))].tolist()


def _of_signal(ledger, signal, scene):
    rows = ledger[(ledger.signal == signal) & (ledger.asset == scene.asset)]
    return rows if scene.venue is None else rows[rows.venue == scene.venue]


@pytest.mark.parametrize("raised", RAISED, ids=str)
def test_a_scene_raises_its_signal_at_its_bar_and_only_the_scene_does(year, quiet_ledger, raised):
    expected = _raised_at(year, raised)

    assert _raised_in(year, raised) == expected
    assert expected[-1] not in set(_of_signal(quiet_ledger, raised.signal, year.scene(raised.scene))["at"])


@pytest.mark.parametrize("raised", [one for one in RAISED if one.signal not in NOT_OF_ONE_MONTH_AND_VENUE], ids=str)
def test_a_scene_raises_its_signal_in_the_data_of_one_exchange(month, raised):
    assert _raised_in(month, raised) == _raised_at(month, raised) != []


def test_signals_of_scenes_are_raised_only_in_scenes(year, quiet_ledger):
    expected = sorted(
        (one.signal, year.scene(one.scene).asset, at)
        for one in RAISED
        if one.signal in OF_SCENES_ALONE
        for at in _raised_at(year, one)
    )
    rows = year.ledger[year.ledger.signal.isin(OF_SCENES_ALONE) & year.ledger.is_first]

    assert sorted(rows[["signal", "asset", "at"]].itertuples(index=False, name=None)) == expected
    assert not quiet_ledger.signal.isin(OF_SCENES_ALONE).any()


@pytest.mark.parametrize("signal", STRONGEST_IN_SCENES)
def test_no_other_bar_raises_a_signal_as_strongly_as_its_scene(year, quiet_ledger, signal):
    [raised] = [one for one in RAISED if one.signal == signal]
    rows = year.ledger[year.ledger.signal == signal].sort_values("strength")
    strongest = rows.iloc[-1]

    assert (strongest.asset, strongest["at"]) == (year.scene(raised.scene).asset, *_raised_at(year, raised))
    assert (quiet_ledger[quiet_ledger.signal == signal].strength < strongest.strength).all()
