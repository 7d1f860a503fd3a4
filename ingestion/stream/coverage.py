"""The account of what has been listened to: intervals without a break, per API, from positive evidence only.

What belongs here: which instants an API may be said to have been heard. What does not: sockets, clocks, landing.

An API is heard while all its channels are; the evidence of a channel is the last frame that came from it, be it an
answer to a ping. What happened shortly before that frame may not have been pushed yet, so an interval ends
``push_delay`` earlier. All datetimes are UTC and naive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.stream.channel import Channel


@dataclass(frozen=True)
class Interval:
    """A stretch of time in which an API was listened to without a break."""

    api_id: str
    venue: str
    covered_from: datetime
    covered_until: datetime


class CoverageLedger:
    """Keeps what the channels report, and hands out intervals; consecutive ones without a break between them touch."""

    def __init__(self, channels: Iterable[Channel], push_delay: timedelta) -> None:
        """Start with nobody listening."""
        self._push_delay = push_delay
        self._heard_at: dict[str, dict[Channel, datetime | None]] = {}
        for channel in channels:
            self._heard_at.setdefault(channel.api_id, {})[channel] = None
        # Up to when an API's evidence has been put into intervals.
        self._accounted_until: dict[str, datetime] = {}
        self._intervals: list[Interval] = []

    def begin(self, channel: Channel, at: datetime) -> None:
        """Note that ``channel`` listens from ``at``: its subscriptions have been accepted."""
        self._heard_at[channel.api_id][channel] = at
        self._accounted_until[channel.api_id] = at

    def hear(self, channel: Channel, at: datetime) -> None:
        """Note that a frame came from ``channel``, which listens, at ``at``."""
        self._heard_at[channel.api_id][channel] = at

    def end(self, channel: Channel) -> None:
        """Note that ``channel`` may have missed something since its last frame; one that did not listen stays so."""
        self._account(channel.api_id)
        if channel in self._heard_at[channel.api_id]:
            self._heard_at[channel.api_id][channel] = None

    def leave(self, channel: Channel) -> None:
        """Note that ``channel`` has nothing to listen to, so that its API does not wait for it."""
        self._heard_at[channel.api_id].pop(channel, None)

    def take(self) -> list[Interval]:
        """Return the intervals that have come together since the last call."""
        for api_id in self._heard_at:
            self._account(api_id)
        taken, self._intervals = self._intervals, []
        return taken

    def _account(self, api_id: str) -> None:
        heard = [at for at in self._heard_at[api_id].values() if at is not None]
        if not heard or len(heard) < len(self._heard_at[api_id]):
            return
        covered_from, covered_until = self._accounted_until[api_id], min(heard) - self._push_delay
        if covered_until <= covered_from:
            return
        venue = next(iter(self._heard_at[api_id])).venue
        self._intervals.append(Interval(api_id, venue, covered_from, covered_until))
        self._accounted_until[api_id] = covered_until
