"""In a live run no signal is late because an input comes one tick later; a signal found after an outage is late.

At 08:00 the signal `negative_funding_rising_oi` of BNB begins to hold. It needs the funding of 08:00, so a tick that
brings only the open interest of that hour evaluates the bar without finding the signal.
"""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from live_rhythm import FIRST_TICK, HOUR, NEXT_TICK, LiveRhythm
from staged_support import STAGED, home_of

from common.settings import Settings
from warehouse.publish import publish
from warehouse.signals import recent_signals

pytestmark = pytest.mark.xdist_group("staged_year")

BAR = datetime.fromisoformat("2026-02-26 08:00")
SIGNAL = {"signal": "negative_funding_rising_oi", "asset": "BNB", "timeframe": "1h", "event_at": BAR}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> LiveRhythm:
    """A live run up to the hour before the bar. Do not write into its home."""
    staged = home_of(tmp_path_factory, "staged_year", STAGED)
    live = LiveRhythm(staged, Settings(home=tmp_path_factory.mktemp("live")), BAR - 2 * HOUR)
    live.hour(BAR - HOUR)
    return live


@pytest.fixture
def live(before: LiveRhythm, tmp_path: Path) -> LiveRhythm:
    return before.copy(tmp_path / "home")


def _found(live: LiveRhythm) -> tuple[datetime, bool] | None:
    """Return when the signal was recorded and whether it is late; None while the ledger does not have it."""
    where = " and ".join(f"{name} = ${name}" for name in SIGNAL)
    with duckdb.connect(str(live.settings.build_file), read_only=True) as con:
        rows = con.execute(f"select recorded_at, is_late from marts.fct_signal where {where}", SIGNAL).fetchall()
    assert len(rows) <= 1
    return rows[0] if rows else None


def test_an_input_that_comes_one_tick_later_makes_no_signal_late(live: LiveRhythm):
    live.tick(live.of_oi, BAR, BAR + FIRST_TICK)
    assert _found(live) is None
    live.tick(live.others, BAR, BAR + NEXT_TICK)
    assert _found(live) == (BAR + NEXT_TICK, False)
    published = live.settings.home / "published.duckdb"
    publish(live.settings.build_file, published, run_id="late")
    sent = [one for one in recent_signals(published, timedelta(hours=1)) if one.signal == SIGNAL["signal"]]
    assert [(one.asset, one.event_at, one.age_minutes) for one in sent] == [("BNB", BAR, 7)]


def test_a_signal_of_an_input_that_was_out_for_an_hour_is_late(live: LiveRhythm):
    live.tick(live.of_oi, BAR, BAR + FIRST_TICK)
    live.tick(live.of_oi, BAR + HOUR, BAR + HOUR + FIRST_TICK)
    assert _found(live) is None
    live.tick(live.others, BAR, BAR + HOUR + NEXT_TICK)
    assert _found(live) == (BAR + HOUR + NEXT_TICK, True)


def test_a_signal_that_the_first_build_after_an_outage_of_everything_finds_is_old_but_not_late(live: LiveRhythm):
    live.tick(live.of_oi | live.others, BAR, BAR + HOUR + NEXT_TICK)
    assert _found(live) == (BAR + HOUR + NEXT_TICK, False)


def test_a_build_that_died_between_the_ticks_does_not_make_a_signal_late(live: LiveRhythm):
    """The bar of a build that was not recorded counts as evaluated by the next build that was."""
    live.land(live.of_oi, BAR, BAR + FIRST_TICK)
    live.build(is_recorded=False)
    live.tick(live.others, BAR, BAR + HOUR + NEXT_TICK)
    assert _found(live) == (BAR + HOUR + NEXT_TICK, False)
