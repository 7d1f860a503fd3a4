"""The coverage of each API: intervals in which its stream was connected without a break, from positive evidence only.

What belongs here: which time counts as covered. What does not: sockets, clocks, landing.

An API is covered while all its channels are. The evidence of a channel is the last frame that came from it, also a
response to a ping. The venue may not yet have pushed what happened shortly before that frame, so an interval ends
``push_delay`` earlier. All datetimes are UTC and naive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.api.channel import Channel


@dataclass(frozen=True)
class CoveredInterval:
    """A stretch of time in which all channels of an API were connected without a break."""

    api_id: str
    venue: str
    covered_from: datetime
    covered_until: datetime


class CoverageLedger:
    """Keeps what the channels report and hands out intervals. Intervals without a break between them touch."""

    def __init__(self, channels: Iterable[Channel], push_delay: timedelta) -> None:
        """Start with no channel connected."""
        self._push_delay = push_delay
        # None while the channel is not connected.
        self._last_frame_at: dict[str, dict[Channel, datetime | None]] = {}
        for channel in channels:
            self._last_frame_at.setdefault(channel.api_id, {})[channel] = None
        # The end of the last interval of each API.
        self._accounted_until: dict[str, datetime] = {}
        self._intervals: list[CoveredInterval] = []

    def begin(self, channel: Channel, at: datetime) -> None:
        """Note that the venue has accepted the subscriptions of ``channel`` at ``at``."""
        self._last_frame_at[channel.api_id][channel] = at
        self._accounted_until[channel.api_id] = at

    def note_frame(self, channel: Channel, at: datetime) -> None:
        """Note that a frame came from ``channel``, which is connected, at ``at``."""
        self._last_frame_at[channel.api_id][channel] = at

    def end(self, channel: Channel) -> None:
        """Note that ``channel`` may have missed events since its last frame. Without a connection this does nothing."""
        self._account(channel.api_id)
        if channel in self._last_frame_at[channel.api_id]:
            self._last_frame_at[channel.api_id][channel] = None

    def leave(self, channel: Channel) -> None:
        """Note that ``channel`` has no followed instruments, so that its API does not wait for it."""
        self._last_frame_at[channel.api_id].pop(channel, None)

    def take(self) -> list[CoveredInterval]:
        """Return the intervals that have been completed since the last call."""
        for api_id in self._last_frame_at:
            self._account(api_id)
        taken, self._intervals = self._intervals, []
        return taken

    def _account(self, api_id: str) -> None:
        channels = self._last_frame_at[api_id]
        last_frames_at = [at for at in channels.values() if at is not None]
        if not last_frames_at or len(last_frames_at) < len(channels):
            return
        covered_from, covered_until = self._accounted_until[api_id], min(last_frames_at) - self._push_delay
        if covered_until <= covered_from:
            return
        venue = next(iter(channels)).venue
        self._intervals.append(CoveredInterval(api_id, venue, covered_from, covered_until))
        self._accounted_until[api_id] = covered_until
