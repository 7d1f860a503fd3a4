"""OKX: the channel ``liquidation-orders`` of swaps and futures. Its messages have the shape of the REST list."""

from functools import partial

from ingestion.api.channel import Channel, kind_by_argument, operation_frame
from ingestion.api.feed import Instrument
from ingestion.venues.okx.liquidations import liquidations_of, read_liquidation

_CHANNEL = "liquidation-orders"


def _instrument_type(instrument: Instrument) -> str:
    # The market type does not tell: an "xperp" is a perpetual that the venue lists as a future.
    return "SWAP" if instrument.symbol.endswith("-SWAP") else "FUTURES"


def _subscribe(instrument_type: str, _epoch_seconds: int) -> str:
    return operation_frame({"channel": _CHANNEL, "instType": instrument_type})


OKX_CHANNELS = (
    Channel(
        api_id="okx",
        venue="okx",
        collector="okx_liquidation_stream",
        url="wss://ws.okx.com:8443/ws/v5/public",
        covers=lambda _instrument: True,
        topic=_instrument_type,
        subscribe=_subscribe,
        classify=partial(kind_by_argument, key="channel", value=_CHANNEL),
        events=liquidations_of,
        symbol_field="instId",
        read=read_liquidation,
        ping=lambda _epoch_seconds: "ping",
        pong="pong",
    ),
)
