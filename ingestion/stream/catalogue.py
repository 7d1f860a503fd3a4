"""The list of all channels of the collector.

What belongs here: the list and the choice from it. What does not: a channel, which its venue's module declares.
"""

from collections.abc import Iterable

from common.errors import InputError
from ingestion.api.channel import Channel
from ingestion.venues.binance.liquidation_stream import BINANCE_CHANNELS
from ingestion.venues.bitget.liquidation_stream import BITGET_CHANNELS
from ingestion.venues.bybit.liquidation_stream import BYBIT_CHANNELS
from ingestion.venues.gate.liquidation_stream import GATE_CHANNELS
from ingestion.venues.okx.liquidation_stream import OKX_CHANNELS

CHANNELS: tuple[Channel, ...] = (
    *BINANCE_CHANNELS, *BYBIT_CHANNELS, *OKX_CHANNELS, *BITGET_CHANNELS, *GATE_CHANNELS,
)  # fmt: skip
STREAM_VENUES = tuple(dict.fromkeys(channel.venue for channel in CHANNELS))


def channels_of(venues: Iterable[str]) -> tuple[Channel, ...]:
    """Return the channels of ``venues``. Raises InputError when a venue has no stream, or when ``venues`` is empty."""
    chosen = set(venues)
    if not chosen or chosen - set(STREAM_VENUES):
        others = ", ".join(sorted(chosen - set(STREAM_VENUES))) or "any followed venue"
        raise InputError(f"no liquidation stream of {others}; choose from {', '.join(STREAM_VENUES)}")
    return tuple(channel for channel in CHANNELS if channel.venue in chosen)
