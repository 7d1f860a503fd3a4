"""A venue's glitch changes no market growth, velocity or signal; a move of all venues counts (metrics.md, rule 11)."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from growth_support import HOUR, Listing, land_levels, land_listing, land_rates
from marts_support import build_models, difference_of, differences, load_everything

from common.settings import Settings

pytestmark = pytest.mark.xdist_group("glitches")

SEED = 1113
STARTS_AT = datetime.fromisoformat("2026-01-01T00:00:00")
HOURS = 36 * 24
# Late enough for z-scores, which need 21 days of the 30 before.
DAY = 24
VENUES = {"binance": 900.0, "bybit": 400.0, "okx": 300.0, "bitget": 350.0, "gate": 200.0}
# Settled funding of 8 hours. The venue of the glitches alone pays, so its weight decides the sign of the market's rate.
RATES = {"binance": -0.0003, "bybit": 0.0002, "okx": 0.0001, "bitget": 0.0002, "gate": 0.0004}
# Hours of glitches of one venue, each with the factor of its value. Those at midnight are also glitches of the day.
GLITCHES = {
    25 * DAY + 3: 0.07,
    26 * DAY: 17.0,
    27 * DAY + 5: 0.07,
    27 * DAY + 6: 0.09,
    28 * DAY + 7: 0.05,
    28 * DAY + 9: 0.05,
    29 * DAY + 1: 3.0,
    29 * DAY + 2: 0.2,
}
GLITCHING = ("BTC", "binance")
# A value that jumps and stays: the venue counts again from the third bar on.
SHIFTED = ("ETH", "bitget", 30 * DAY, 1.8)
# All venues fall in one bar.
CRASHED_AT, CRASH = 24 * DAY + 5, 0.6


def _at(hour: int) -> datetime:
    return STARTS_AT + hour * HOUR


def _levels(*, is_glitch_missing: bool = False) -> Iterator[tuple[Listing, dict[int, tuple[float, float]]]]:
    """Yield each contract with its levels: the number of coins and the price by hour."""
    randomness = np.random.default_rng(SEED)
    for asset, price_usd in (("BTC", 100_000.0), ("ETH", 4_000.0)):
        prices = price_usd * np.exp(np.cumsum(randomness.normal(0, 0.004, HOURS)))
        for venue, size in VENUES.items():
            coins = size * np.exp(np.cumsum(randomness.normal(0, 0.004, HOURS)))
            coins[CRASHED_AT:] *= CRASH
            if (asset, venue) == SHIFTED[:2]:
                coins[SHIFTED[2] :] *= SHIFTED[3]
            levels = {hour: (float(coins[hour]), float(prices[hour])) for hour in range(1, HOURS)}
            if (asset, venue) == GLITCHING:
                for hour, factor in GLITCHES.items():
                    level, price = levels.pop(hour)
                    if not is_glitch_missing:
                        levels[hour] = (level * factor, price)
            yield Listing(venue, asset, "linear", [(STARTS_AT, 1.0)]), levels


def _land(settings: Settings, *, since: int = 0, until: int = HOURS, is_glitch_missing: bool = False) -> None:
    """Land and load the levels of (``since``, ``until``], as seen half an hour later."""
    observed_at = _at(until) + HOUR / 2
    for listing, levels in _levels(is_glitch_missing=is_glitch_missing):
        if since == 0:
            land_listing(settings, listing, observed_at=observed_at)
        chosen = {_at(hour): level for hour, level in sorted(levels.items()) if since < hour <= until}
        if chosen:
            land_levels(settings, listing, chosen, observed_at=observed_at)
        rates = {_at(hour): RATES[listing.venue] for hour in range(0, HOURS, 8) if since < hour <= until}
        if rates:
            land_rates(settings, listing, rates, observed_at=observed_at)
    assert load_everything(settings).failures == ()


@pytest.fixture(scope="module")
def build_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """A function that lands and builds a home."""

    def build(name: str, **kwargs: object) -> Settings:
        settings = Settings(home=tmp_path_factory.mktemp(name))
        _land(settings, **kwargs)
        build_models(settings)
        return settings

    return build


@pytest.fixture(scope="module")
def glitching(build_of: Callable[..., Settings]) -> Settings:
    """The market with its glitches. Do not write into it."""
    return build_of("glitching")


def _rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.build_file), read_only=True) as con:
        return con.execute(query).fetchall()


def test_the_glitches_and_the_jump_that_stays_are_suspended(glitching: Settings):
    rows = _rows(
        glitching,
        "select asset, venue, timeframe, event_at from marts.fct_venue_open_interest where is_suspended "
        "and timeframe = '1h' order by all",
    )
    asset, venue, shifted_at, _ = SHIFTED
    assert rows == [
        *((*GLITCHING, "1h", _at(hour)) for hour in sorted(GLITCHES)),
        *((asset, venue, "1h", _at(shifted_at + hour)) for hour in (0, 1)),
    ]


# The tables of the market, their keys, and the numbers that a glitch of a venue must not change.
UNCHANGED = {
    "fct_market_open_interest": (
        "source, asset, timeframe, event_at",
        "oi_growth_ratio, oi_growth_1h_ratio, oi_growth_4h_ratio, oi_growth_24h_ratio, oi_growth_7d_ratio, "
        "growth_basis",
    ),
    "fct_oi_velocity": (
        "source, asset, timeframe, event_at",
        "oi_growth_ratio, velocity_zscore, velocity_robust_zscore, velocity_status, is_extreme",
    ),
    "fct_oi_price_growth": (
        "source, asset, timeframe, event_at, lookback",
        "oi_growth_ratio, price_to_oi_growth_ratio, quadrant, growth_status",
    ),
    "fct_oi_regime": ("source, asset, timeframe, event_at", "regime, regime_status"),
    "fct_oi_to_market_cap": ("source, asset, timeframe, event_at", "oi_to_market_cap_ratio, is_extreme"),
    "fct_funding_oi": (
        "source, asset, timeframe, event_at",
        "funding_8h_ratio, funding_coverage_ratio, funding_oi_correlation_30d, funding_state",
    ),
    "fct_signal": ("source, asset, signal, timeframe, event_at", "direction, strength"),
}


@pytest.fixture(scope="module")
def without_glitches(build_of: Callable[..., Settings]) -> Settings:
    """The same market, in which the bars of the glitches are missing. Do not write into it."""
    return build_of("without", is_glitch_missing=True)


@pytest.mark.parametrize("table", UNCHANGED)
def test_a_glitch_is_to_the_market_as_a_missing_bar(glitching: Settings, without_glitches: Settings, table: str):
    key, values = UNCHANGED[table]
    # A day takes its last value, which is that of 23:00 where midnight is missing.
    difference = difference_of(
        glitching.build_file,
        without_glitches.build_file,
        f"marts.{table}",
        columns=f"{key}, {values}",
        condition="timeframe = '1h'",
    )
    assert difference is None


def test_the_level_keeps_the_glitch_and_says_so(glitching: Settings):
    rows = _rows(
        glitching,
        "select event_at, venue_count, suspended_venue_count, round(suspended_oi_usd / oi_usd, 1) "
        "from marts.fct_market_open_interest "
        f"where asset = 'BTC' and timeframe = '1h' and event_at = '{_at(26 * DAY)}'",
    )
    # 17 x 900 of 17 x 900 + 1,250 coins, when every venue has its first size.
    assert rows == [(_at(26 * DAY), 5, 1, 0.9)]


def test_a_glitch_with_its_return_is_one_occurrence_of_one_finding(glitching: Settings):
    of_binance = "where rule = 'jump_against_peers' and venue = 'binance'"
    occurrences = _rows(
        glitching,
        f"select first_event_at, last_event_at, row_count from quality.dq_finding_occurrence {of_binance} order by all",
    )
    # The bars of the glitches that follow each other, and the bar after the last of them.
    assert occurrences == [
        (_at(25 * DAY + 3), _at(25 * DAY + 4), 2),
        (_at(26 * DAY), _at(26 * DAY + 1), 2),
        (_at(27 * DAY + 5), _at(27 * DAY + 7), 2),
        (_at(28 * DAY + 7), _at(28 * DAY + 10), 4),
        (_at(29 * DAY + 1), _at(29 * DAY + 3), 3),
    ]
    findings = _rows(
        glitching,
        f"select first_event_at, last_event_at, occurrence_count, row_count from quality.dq_finding {of_binance}",
    )
    assert findings == [(_at(25 * DAY + 3), _at(29 * DAY + 3), 5, 13)]


def test_a_move_of_all_venues_is_never_suspended(glitching: Settings):
    rows = _rows(
        glitching,
        "select asset, count(*) filter (is_suspended), count(*) from marts.fct_venue_open_interest "
        f"where event_at between '{_at(CRASHED_AT - 2)}' and '{_at(CRASHED_AT + 12)}' group by all order by all",
    )
    assert [(asset, suspended) for asset, suspended, _ in rows] == [("BTC", 0), ("ETH", 0)]
    growths = _rows(
        glitching,
        "select round(oi_growth_ratio, 1) from marts.fct_market_open_interest "
        f"where timeframe = '1h' and event_at = '{_at(CRASHED_AT)}'",
    )
    assert growths == [(-0.4,), (-0.4,)]


# Each build ends at, or just after, a glitch, the jump that stays, or 7 days (the longest lookback) after one.
STEPS = (26 * DAY - 1, 26 * DAY, 26 * DAY + 1, 28 * DAY + 9, 30 * DAY + 1, 33 * DAY, HOURS)


def test_an_increment_at_the_edge_of_a_glitch_equals_a_full_build(glitching: Settings, tmp_path: Path):
    stepped = Settings(home=tmp_path / "stepped")
    since = 0
    for until in STEPS:
        _land(stepped, since=since, until=until)
        assert build_models(stepped).is_full_refresh is (since == 0)
        if until < HOURS:
            # No row looks ahead: the rows of now are those of the whole market, apart from when they were seen.
            ahead = differences(stepped.build_file, glitching.build_file, until=_at(until))
            seen_at = {"core.fct_open_interest", "core.fct_funding_rate", "marts.fct_signal"}
            assert {one.table for one in ahead} <= seen_at, ahead
        since = until
    full = Settings(home=Path(shutil.copytree(stepped.home, tmp_path / "full")))
    build_models(full, is_full_refresh=True)
    assert differences(stepped.build_file, full.build_file) == []
