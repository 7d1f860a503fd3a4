"""The coverage of each API: the intervals in which its stream was connected without a break.

An API is covered while all its channels are. A channel is covered up to its last frame; a response to a ping counts as
a frame. A venue may push an event some time after it happened, so an interval ends ``push_delay`` before the last
frame. All datetimes are UTC and naive.

What belongs here: the choice of the covered time. What does not: sockets, clocks, landing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.api.channel import Channel


@dataclass(frozen=True)
class CoveredInterval:
    """An interval in which all channels of an API were connected without a break.

    ``refused`` are the instruments whose subscription the venue refused: the interval does not cover them.
    """

    api_id: str
    venue: str
    collector: str
    covered_from: datetime
    covered_until: datetime
    refused: frozenset[str] = frozenset()


class CoverageLedger:
    """Makes covered intervals from the reports of the channels. Two intervals touch when no break is between them."""

    def __init__(self, channels: Iterable[Channel], push_delay: timedelta) -> None:
        """Start with no channel connected."""
        self._push_delay = push_delay
        # None while the channel is not connected.
        self._last_frame_at: dict[str, dict[Channel, datetime | None]] = {}
        for channel in channels:
            self._last_frame_at.setdefault(channel.api_id, {})[channel] = None
        # The instruments that the venue refused when the channel began.
        self._refused: dict[Channel, frozenset[str]] = {}
        # The end of the last interval of each API.
        self._accounted_until: dict[str, datetime] = {}
        self._intervals: list[CoveredInterval] = []

    def begin(self, channel: Channel, at: datetime, refused: frozenset[str] = frozenset()) -> None:
        """Note that the venue has accepted the subscriptions of ``channel`` at ``at``, except of those ``refused``."""
        self._refused[channel] = refused
        self._last_frame_at[channel.api_id][channel] = at
        self._accounted_until[channel.api_id] = at

    def note_frame(self, channel: Channel, at: datetime) -> None:
        """Note that a frame came from ``channel``, which is connected, at ``at``."""
        self._last_frame_at[channel.api_id][channel] = at

    def end(self, channel: Channel) -> None:
        """Note that ``channel`` may have missed events since its last frame. It need not be connected."""
        self._account(channel.api_id)
        if channel in self._last_frame_at[channel.api_id]:
            self._last_frame_at[channel.api_id][channel] = None

    def leave(self, channel: Channel) -> None:
        """Note that ``channel`` has no followed instruments. The coverage of its API no longer depends on it."""
        self._last_frame_at[channel.api_id].pop(channel, None)

    def take(self) -> list[CoveredInterval]:
        """Return the intervals since the last call."""
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
        channel = next(iter(channels))
        refused = frozenset().union(*(self._refused[channel] for channel in channels))
        interval = CoveredInterval(api_id, channel.venue, channel.collector, covered_from, covered_until, refused)
        self._intervals.append(interval)
        self._accounted_until[api_id] = covered_until
