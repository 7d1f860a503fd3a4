"""The instruments that a venue lists, and the choice of the followed ones.

What belongs here: markets to instruments. What does not: a venue's fields (its module).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Instrument, Reading, Response, VenueApi
from ingestion.api.instruments import asset_of
from ingestion.api.rows import Row
from ingestion.api.rows import instrument as instrument_row
from ingestion.live.sender import Sender
from ingestion.records import INSTRUMENT


async def list_instruments(
    api: VenueApi, exchange: Exchange, sender: Sender, assets: Iterable[str]
) -> tuple[dict[str, Instrument], list[str]]:
    """Return the contracts on ``assets`` by symbol, and a line about unreadable markets if there are any.

    Raises TransientError or InputError when the request fails, and InputError when no contract on ``assets`` is listed
    or readable.
    """
    markets = await sender.send(lambda: _load_markets(exchange))
    followed = set(assets)
    instruments: dict[str, Instrument] = {}
    failures: list[str] = []
    for market in markets.values():
        try:
            instrument = api.parse_instrument(market)
        except InputError as error:
            failures.append(f"market {market.get('id')}: {error}")
            continue
        if instrument and asset_of(instrument.symbol_native) in followed:
            instruments[instrument.symbol] = instrument
    if not instruments:
        reason = (
            failures[0]
            if failures
            else f"the venue lists {len(markets)} markets, but no contract on {', '.join(followed)}"
        )
        raise InputError(f"no instruments: {reason}")
    if failures:
        failures = [f"{failures[0]} ({len(failures)} of {len(markets)} markets are unreadable)"]
    return instruments, failures


async def _load_markets(exchange: Exchange) -> Mapping[str, Any]:
    try:
        markets: Mapping[str, Any] = await exchange.load_markets()
    except (TypeError, KeyError, ValueError, AttributeError, IndexError) as error:
        # ccxt does not check the format of the list. A changed format causes these exceptions in it.
        raise InputError(f"ccxt cannot read the list of markets ({type(error).__name__}: {error})") from error
    return markets


def instrument_reading(api: VenueApi) -> Reading:
    """Return the reading of the instruments: each specification, labelled with the time of the response."""
    return Reading(
        collector=api.instrument_collector,
        dataset=INSTRUMENT,
        label_convention="instant",
        interval_seconds=None,
        parse=_parse_instruments,
    )


def _parse_instruments(response: Response) -> Iterable[Row]:
    for listed in response.instruments.values():
        yield instrument_row(
            listed.symbol,
            response.received_at,
            listed.payload,
            symbol_native=listed.symbol_native,
            quote=listed.quote,
            settle=listed.settle,
            market_type=listed.market_type,
            settlement=listed.settlement,
            contract_unit=listed.contract_unit,
            contract_size=listed.contract_size,
            listed_at=listed.listed_at,
            expiry_at=listed.expiry_at,
            is_trading=listed.is_trading,
        )


def is_followed(instrument: Instrument, now: datetime) -> bool:
    """Return whether the contract trades and has not expired."""
    return instrument.is_trading and (instrument.expiry_at is None or instrument.expiry_at > now)
