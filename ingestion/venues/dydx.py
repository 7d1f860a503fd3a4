"""dYdX v4: perpetuals on its own chain, margined in USDC, counted in base coins, read from its public indexer.

What belongs here: the indexer's endpoints and their responses. What does not: the chain itself.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, Feed, Instrument, Reading, Response, VenueApi, Window
from ingestion.api.payload import iso_instant, mapping, number, quantity, rows, side_closed_by, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row, liquidation_event
from ingestion.records import CANDLE, FUNDING_RATE, LIQUIDATION_EVENT, OPEN_INTEREST

_CANDLE_ROWS = 1000
_FUNDING_ROWS = 100
_TRADE_ROWS = 1000
# Every market settles each hour.
_read_funding_rate = partial(read_funding_rate, hours=1.0)


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a market of ``perpetualMarkets``.

    Sample::

        {"ticker": "BTC-USD", "clobPairId": "0", "status": "ACTIVE", "stepSize": "0.0001", "marketType": "CROSS"}
    """
    info = mapping(market, "info")
    ticker = text(info, "ticker")
    base, _, quote = ticker.rpartition("-")
    if quote != "USD":
        return None
    return Instrument(
        symbol=ticker,
        symbol_native=base,
        quote="USD",
        settle="USDC",
        market_type="perpetual",
        settlement="linear",
        contract_unit="base",
        contract_size=1.0,
        listed_at=None,
        expiry_at=None,
        is_trading=text(info, "status") == "ACTIVE",
        # The market also has prices and open interest. With them, every tick would land a new specification.
        payload={key: info[key] for key in ("ticker", "clobPairId", "stepSize", "marketType") if key in info},
    )


def _candle_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {
        "market": instrument.symbol,
        "resolution": "5MINS",
        "fromISO": _iso(window.since),
        "toISO": _iso(window.until),
        "limit": _CANDLE_ROWS,
    }


def _funding_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    # The endpoint has no lower bound: it returns the newest settlements before the end of the window.
    last = _iso(window.until - timedelta(milliseconds=1))
    return {"market": instrument.symbol, "effectiveBeforeOrAt": last, "limit": _FUNDING_ROWS}


def _trade_parameters(instrument: Instrument, _window: Any) -> dict[str, str | int]:
    return {"market": instrument.symbol, "limit": _TRADE_ROWS}


def _iso(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')}Z"


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest of ``perpetualMarkets``, in base coins, at the time of receipt: the response has no time.

    Sample::

        {"markets": {"BTC-USD": {"ticker": "BTC-USD", "oraclePrice": "90000.5", "openInterest": "381.7348",
                                 "nextFundingRate": "0.00000125"}}}
    """
    for instrument, market in followed_rows(response, mapping(response.payload, "markets").values(), "ticker"):
        at = response.received_at
        yield read_open_interest(instrument.symbol, at, market, "openInterest", "base", price_usd="oraclePrice")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running funding rate of ``perpetualMarkets``, a fraction per hour, at the time of receipt.

    Sample::

        {"markets": {"BTC-USD": {"ticker": "BTC-USD", "oraclePrice": "90000.5", "openInterest": "381.7348",
                                 "nextFundingRate": "0.00000125"}}}
    """
    for instrument, market in followed_rows(response, mapping(response.payload, "markets").values(), "ticker"):
        at = response.received_at
        yield _read_funding_rate(instrument.symbol, at, market, "nextFundingRate", is_settled=False)


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``startingOpenInterest`` of the candles: base coins at the start of each candle.

    Sample::

        {"candles": [{"startedAt": "2026-01-01T00:05:00.000Z", "ticker": "BTC-USD", "resolution": "5MINS",
                      "startingOpenInterest": "381.5"}]}
    """
    for bar in own_rows(rows(response.payload, "candles"), ticker=response.symbol):
        yield read_open_interest(response.symbol, iso_instant(bar, "startedAt"), bar, "startingOpenInterest", "base")


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read candles of trades: prices in USD, volume in base coins, turnover in USD.

    Sample::

        {"candles": [{"startedAt": "2026-01-01T00:05:00.000Z", "ticker": "BTC-USD", "resolution": "5MINS",
                      "open": "89000", "high": "90500", "low": "88000", "close": "90000", "baseTokenVolume": "3.25",
                      "usdVolume": "292500"}]}
    """
    for bar in own_rows(rows(response.payload, "candles"), ticker=response.symbol):
        at, ohlc = iso_instant(bar, "startedAt"), ("open", "high", "low", "close")
        yield read_candle(
            response.symbol, at, bar, ohlc, volume="baseTokenVolume", unit="base", turnover_usd="usdVolume"
        )


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``historicalFunding``: settled rates, a fraction per hour.

    Sample::

        {"historicalFunding": [{"ticker": "BTC-USD", "rate": "-0.000002375", "price": "89993.8",
                                "effectiveAt": "2026-01-01T00:00:00.219Z"}]}
    """
    for row in own_rows(rows(response.payload, "historicalFunding"), ticker=response.symbol):
        yield _read_funding_rate(response.symbol, iso_instant(row, "effectiveAt"), row, "rate", is_settled=True)


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read the liquidations among the newest trades: base coins at the price of the fill.

    The side of a trade is the taker's side. The taker is the liquidation, so a sell closes a long.

    Sample::

        {"trades": [{"id": "02ac5b1f0000000200000002", "side": "SELL", "size": "0.5", "price": "89500",
                     "type": "LIQUIDATED", "createdAt": "2026-01-01T00:03:00.250Z"}]}
    """
    for trade in rows(response.payload, "trades"):
        if text(trade, "type") == "LIQUIDATED":
            yield liquidation_event(
                response.symbol,
                iso_instant(trade, "createdAt"),
                trade,
                position_side=side_closed_by(trade, "side"),
                quantity_native=quantity(trade, "size"),
                native_unit="base",
                price_usd_native=number(trade, "price"),
                price_kind="fill",
                coverage="full",
                event_id=text(trade, "id"),
            )


_feed = partial(Feed, weight="1 of 100 requests in 10 seconds per IP", evidence="dYdX indexer API documentation")

DYDX = VenueApi(
    api_id="dydx",
    venue="dydx",
    ccxt_id="dydx",
    instrument_collector="dydx_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="perpetual_markets",
            path="v4/perpetualMarkets",
            request=call("indexerGetPerpetualMarkets", lambda _instrument, _window: {}),
            readings=(
                Reading("dydx_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
                Reading("dydx_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
            ),
            is_bulk=True,
        ),
        _feed(
            name="candle_trade",
            path="v4/candles/perpetualMarkets/{market}",
            request=call("indexerGetCandlesPerpetualMarketsMarket", _candle_parameters),
            readings=(
                Reading("dydx_open_interest_history", OPEN_INTEREST, "instant", parse_open_interest_history),
                Reading("dydx_candle_trade", CANDLE, "start", parse_trade_candles),
            ),
            label_spacing=BAR,
            page_rows=_CANDLE_ROWS,
        ),
        _feed(
            name="funding_rate_history",
            path="v4/historicalFunding/{market}",
            request=call("indexerGetHistoricalFundingMarket", _funding_parameters),
            readings=(Reading("dydx_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
        ),
        _feed(
            name="liquidations",
            path="v4/trades/perpetualMarket/{market}",
            request=call("indexerGetTradesPerpetualMarketMarket", _trade_parameters),
            readings=(Reading("dydx_liquidation", LIQUIDATION_EVENT, "instant", parse_liquidations, None),),
        ),
    ),
)
