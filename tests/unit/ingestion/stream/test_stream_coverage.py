"""The coverage ledger: expected intervals written by hand, and no interval covers a break."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.stream.catalogue import CHANNELS
from ingestion.stream.coverage import CoverageLedger

OKX = next(channel for channel in CHANNELS if channel.api_id == "okx")
LINEAR, INVERSE = (channel for channel in CHANNELS if channel.api_id == "bybit")


def at(second):
    return datetime.fromisoformat("2026-01-01") + timedelta(seconds=second)


def ledger_of(*channels, push_delay=0):
    return CoverageLedger(channels, timedelta(seconds=push_delay))


def taken(ledger):
    begin = at(0)
    return [
        ((interval.covered_from - begin).total_seconds(), (interval.covered_until - begin).total_seconds())
        for interval in ledger.take()
    ]


def test_intervals_of_one_channel_touch_until_it_ends():
    ledger = ledger_of(OKX)
    assert taken(ledger) == []
    ledger.begin(OKX, at(10))
    assert taken(ledger) == []
    ledger.note_frame(OKX, at(15))
    assert taken(ledger) == [(10, 15)]
    ledger.note_frame(OKX, at(18))
    ledger.note_frame(OKX, at(21))
    assert taken(ledger) == [(15, 21)]
    ledger.note_frame(OKX, at(25))
    ledger.end(OKX)
    ledger.end(OKX)
    assert taken(ledger) == [(21, 25)]
    assert taken(ledger) == []
    ledger.begin(OKX, at(40))
    ledger.note_frame(OKX, at(41))
    assert taken(ledger) == [(40, 41)]


def test_the_time_whose_events_may_not_have_been_pushed_is_not_covered():
    ledger = ledger_of(OKX, push_delay=2)
    ledger.begin(OKX, at(10))
    ledger.note_frame(OKX, at(11))
    assert taken(ledger) == []
    ledger.note_frame(OKX, at(20))
    ledger.end(OKX)
    assert taken(ledger) == [(10, 18)]


def test_an_api_is_covered_up_to_its_quietest_channel_and_from_its_latest():
    ledger = ledger_of(LINEAR, INVERSE)
    ledger.begin(LINEAR, at(0))
    ledger.note_frame(LINEAR, at(50))
    assert taken(ledger) == []
    ledger.begin(INVERSE, at(10))
    ledger.note_frame(INVERSE, at(30))
    assert taken(ledger) == [(10, 30)]
    ledger.note_frame(INVERSE, at(60))
    ledger.end(LINEAR)
    assert taken(ledger) == [(30, 50)]
    ledger.note_frame(INVERSE, at(80))
    ledger.begin(LINEAR, at(70))
    ledger.note_frame(LINEAR, at(75))
    assert taken(ledger) == [(70, 75)]


def test_a_channel_that_has_left_is_not_waited_for():
    ledger = ledger_of(LINEAR, INVERSE)
    ledger.leave(INVERSE)
    ledger.begin(LINEAR, at(0))
    ledger.note_frame(LINEAR, at(5))
    ledger.end(INVERSE)
    assert taken(ledger) == [(0, 5)]
    ledger.leave(LINEAR)
    assert taken(ledger) == []


def test_an_interval_names_the_instruments_that_any_channel_refused():
    ledger = ledger_of(LINEAR, INVERSE)
    ledger.begin(LINEAR, at(0), frozenset({"A", "B"}))
    ledger.begin(INVERSE, at(0), frozenset({"C"}))
    for channel in (LINEAR, INVERSE):
        ledger.note_frame(channel, at(5))
    ledger.end(LINEAR)
    ledger.begin(LINEAR, at(6), frozenset({"B"}))
    for channel in (LINEAR, INVERSE):
        ledger.note_frame(channel, at(9))
    assert [interval.refused for interval in ledger.take()] == [{"A", "B", "C"}, {"B", "C"}]


def test_apis_are_apart():
    ledger = ledger_of(OKX, LINEAR, INVERSE)
    ledger.begin(OKX, at(0))
    ledger.note_frame(OKX, at(5))
    (interval,) = ledger.take()
    assert (interval.api_id, interval.venue) == ("okx", "okx")


@given(st.lists(st.tuples(st.sampled_from(["hear", "break", "take"]), st.integers(0, 1)), max_size=60))
def test_no_interval_covers_an_instant_in_which_a_channel_was_broken(steps):
    channels = (LINEAR, replace(INVERSE))
    ledger = ledger_of(*channels)
    for channel in channels:
        ledger.begin(channel, at(0))
    breaks, intervals, last_frame_at = [], [], [0, 0]
    for second, (what, index) in enumerate(steps, start=1):
        if what == "hear":
            ledger.note_frame(channels[index], at(second))
            last_frame_at[index] = second
        elif what == "break":
            ledger.end(channels[index])
            ledger.begin(channels[index], at(second))
            breaks.append((last_frame_at[index], second))
            last_frame_at[index] = second
        else:
            intervals += taken(ledger)
    intervals += taken(ledger)
    assert intervals == sorted(intervals)
    assert all(begin < end for begin, end in intervals)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(intervals))
    assert not [
        (gap, interval) for gap in breaks for interval in intervals if gap[0] < interval[1] and interval[0] < gap[1]
    ]
