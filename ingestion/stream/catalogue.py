"""All channels of the collector. What belongs here: the list and the choice from it; a venue's own is in its module."""

from collections.abc import Iterable

from common.errors import InputError
from ingestion.api.channel import Channel
from ingestion.stream.binance import BINANCE
from ingestion.stream.bitget import BITGET
from ingestion.stream.bybit import BYBIT
from ingestion.stream.gate import GATE
from ingestion.stream.okx import OKX

CHANNELS: tuple[Channel, ...] = (*BINANCE, *BYBIT, *OKX, *BITGET, *GATE)


STREAM_VENUES = tuple(dict.fromkeys(channel.venue for channel in CHANNELS))


def channels_of(venues: Iterable[str]) -> tuple[Channel, ...]:
    """Return the channels of ``venues``. Raises InputError at a venue that has none, and at no venue at all."""
    chosen = set(venues)
    if not chosen or chosen - set(STREAM_VENUES):
        others = ", ".join(sorted(chosen - set(STREAM_VENUES))) or "what is followed"
        raise InputError(f"no liquidation stream of {others}; choose from {', '.join(STREAM_VENUES)}")
    return tuple(channel for channel in CHANNELS if channel.venue in chosen)
