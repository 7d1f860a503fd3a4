"""Binance COIN-M: inverse contracts, counted in contracts of 100 USD (BTC) or 10 USD.

What belongs here: its endpoints and units, and how its statistics name a contract. What does not: what it shares with
USD-M (um_and_cm.py).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ingestion.api.feed import Exchange, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, rows, text
from ingestion.api.readers import read_candle, read_open_interest, read_ratio
from ingestion.api.requests import call
from ingestion.api.responses import own_rows
from ingestion.api.rows import Row
from ingestion.records import CANDLE, FUNDING_RATE, LONG_SHORT_RATIO, OPEN_INTEREST, RatioBasis
from ingestion.venues.binance.um_and_cm import (
    FUNDING_ROWS,
    candle_history,
    candles,
    history,
    of_pair,
    of_symbol,
    parse_current_funding,
    parse_index_candles,
    parse_instrument,
    parse_mark_candles,
    parse_settled_funding,
    settlements,
    statistics,
    statistics_history,
)

_EVIDENCE = "Binance COIN-M futures API documentation, market data"
_FRIDAY = 4


def of_place(instrument: Instrument) -> dict[str, str]:
    """Return the parameters that name the instrument by its pair and its place in the calendar, as statistics need it.

    Without the place, the venue responds with the sum over all contracts of the pair.
    """
    return {**of_pair(instrument), "contractType": text(instrument.payload, "contractType")}


def last_delivery(at: datetime) -> datetime:
    """Return the newest quarterly delivery up to ``at``: 08:00 UTC on the last Friday of a quarter."""
    quarter_begin = datetime(at.year, at.month - (at.month - 1) % 3, 1)  # noqa: DTZ001 -- instants are UTC and naive
    ends = [(quarter_begin + timedelta(days=days)).replace(day=1) for days in (95, 0)]
    deliveries = [_last_friday_before(end) + timedelta(hours=8) for end in ends]
    return next(delivery for delivery in deliveries if delivery <= at)


def _last_friday_before(month_begin: datetime) -> datetime:
    last_day = month_begin - timedelta(days=1)
    return last_day - timedelta(days=(last_day.weekday() - _FRIDAY) % 7)


async def _request_current_funding(exchange: Exchange, _instrument: Any, _window: Any) -> Any:
    return {
        "premiumIndex": await exchange.dapiPublicGetPremiumIndex(),
        "fundingInfo": await exchange.dapiPublicGetFundingInfo(),
    }


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``openInterest``: one side, in contracts.

    Sample::

        {"symbol": "BTCUSD_PERP", "pair": "BTCUSD", "contractType": "PERPETUAL", "openInterest": "10000",
         "time": 1767225601250}
    """
    for row in own_rows([mapping(response.payload)], **of_symbol(response.instrument)):
        yield read_open_interest(response.symbol, instant(row, "time"), row, "openInterest", "contract")


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``openInterestHist``: one side, in contracts. Its value is in coins, not in USD, and stays in the payload.

    At every delivery, the next contract takes over a place in the calendar. So the rows of a dated contract up to the
    newest delivery belong to another contract, and the parser skips them.

    Sample::

        [{"pair": "BTCUSD", "contractType": "PERPETUAL", "sumOpenInterest": "10000", "sumOpenInterestValue": "20",
          "timestamp": 1767225900000}]
    """
    instrument = response.instrument
    place_taken_at = last_delivery(response.received_at)
    for row in own_rows(rows(response.payload), **of_place(instrument)):
        stamped_at = instant(row, "timestamp")
        if is_perpetual(instrument) or stamped_at > place_taken_at:
            yield read_open_interest(instrument.symbol, stamped_at, row, "sumOpenInterest", "contract")


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``klines``: volume in contracts. The turnover is in base coins and stays in the payload.

    Sample::

        [[1767225600000, "90000.1", "90100", "89900.5", "90050", "11256", 1767225899999, "12.5", 321, "5853", "6.5",
          "0"]]
    """
    for bar in rows(response.payload):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), volume=5, unit="contract")


# The shares count all contracts of a pair. They are stored under the symbol of its perpetual.
def parse_accounts(response: Response, basis: RatioBasis) -> Iterable[Row]:
    """Read the shares of accounts that are long and short on a pair, and their ratio.

    Sample::

        [{"pair": "BTCUSD", "longAccount": "0.6", "shortAccount": "0.4", "longShortRatio": "1.5",
          "timestamp": 1767225900000}]
    """
    for row in own_rows(rows(response.payload), **of_pair(response.instrument)):
        at = instant(row, "timestamp")
        yield read_ratio(response.symbol, at, row, basis, ("longAccount", "shortAccount"), ratio="longShortRatio")


def parse_positions(response: Response) -> Iterable[Row]:
    """Read the shares of positions of top traders that are long and short on a pair, and their ratio.

    Sample::

        [{"pair": "BTCUSD", "longPosition": "0.4404", "shortPosition": "0.5596", "longShortRatio": "0.7869",
          "timestamp": 1767225900000}]
    """
    for row in own_rows(rows(response.payload), **of_pair(response.instrument)):
        at = instant(row, "timestamp")
        sides = ("longPosition", "shortPosition")
        yield read_ratio(response.symbol, at, row, "top_positions", sides, ratio="longShortRatio")


def parse_taker_volume(response: Response) -> Iterable[Row]:
    """Read the base coins that takers bought and sold. The field ``takerBuyVol`` counts contracts.

    Sample::

        [{"pair": "BTCUSD", "contractType": "PERPETUAL", "takerBuyVol": "387", "takerSellVol": "248",
          "takerBuyVolValue": "0.774", "takerSellVolValue": "0.496", "timestamp": 1767225600000}]
    """
    for row in own_rows(rows(response.payload), **of_place(response.instrument)):
        at = instant(row, "timestamp")
        yield read_ratio(response.symbol, at, row, "taker_flow", ("takerBuyVolValue", "takerSellVolValue"), unit="base")


def _accounts(collector: str, basis: RatioBasis) -> tuple[Reading]:
    return (Reading(collector, LONG_SHORT_RATIO, "end", partial(parse_accounts, basis=basis)),)


_feed = partial(Feed, evidence=_EVIDENCE)
_candles = partial(candles, evidence=_EVIDENCE)
_statistics = partial(statistics, evidence=_EVIDENCE)
_ratio = partial(_statistics, applies_to=is_perpetual)

BINANCE_CM = VenueApi(
    api_id="binance_cm",
    venue="binance",
    ccxt_id="binancecoinm",
    instrument_collector="binance_cm_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="open_interest",
            path="dapi/v1/openInterest",
            request=call("dapiPublicGetOpenInterest", lambda instrument, _window: of_symbol(instrument)),
            readings=(Reading("binance_cm_open_interest", OPEN_INTEREST, "instant", parse_open_interest),),
            weight="1 of 2400 a minute per IP, shared with USD-M, for each symbol",
        ),
        _statistics(
            name="open_interest_history",
            path="futures/data/openInterestHist",
            request=call("dapiDataGetOpenInterestHist", statistics_history(of_place)),
            readings=(Reading("binance_cm_open_interest_history", OPEN_INTEREST, "end", parse_open_interest_history),),
        ),
        _candles(
            name="candle_trade",
            path="dapi/v1/klines",
            request=call("dapiPublicGetKlines", candle_history(of_symbol)),
            readings=(Reading("binance_cm_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_mark",
            path="dapi/v1/markPriceKlines",
            request=call("dapiPublicGetMarkPriceKlines", candle_history(of_symbol)),
            readings=(Reading("binance_cm_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _candles(
            name="candle_index",
            path="dapi/v1/indexPriceKlines",
            request=call("dapiPublicGetIndexPriceKlines", candle_history(of_pair)),
            readings=(Reading("binance_cm_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate",
            path="dapi/v1/premiumIndex",
            request=_request_current_funding,
            readings=(Reading("binance_cm_funding_rate", FUNDING_RATE, "instant", parse_current_funding),),
            weight="10 of 2400 a minute per IP, for all symbols",
            is_bulk=True,
            applies_to=is_perpetual,
        ),
        settlements(
            name="funding_rate_history",
            path="dapi/v1/fundingRate",
            request=call("dapiPublicGetFundingRate", history(of_symbol, FUNDING_ROWS)),
            readings=(
                Reading("binance_cm_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),
            ),
            evidence=_EVIDENCE,
        ),
        _ratio(
            name="long_short_accounts",
            path="futures/data/globalLongShortAccountRatio",
            request=call("dapiDataGetGlobalLongShortAccountRatio", statistics_history(of_pair)),
            readings=_accounts("binance_cm_long_short_accounts", "accounts"),
        ),
        _ratio(
            name="long_short_top_accounts",
            path="futures/data/topLongShortAccountRatio",
            request=call("dapiDataGetTopLongShortAccountRatio", statistics_history(of_pair)),
            readings=_accounts("binance_cm_long_short_top_accounts", "top_accounts"),
        ),
        _ratio(
            name="long_short_top_positions",
            path="futures/data/topLongShortPositionRatio",
            request=call("dapiDataGetTopLongShortPositionRatio", statistics_history(of_pair)),
            readings=(Reading("binance_cm_long_short_top_positions", LONG_SHORT_RATIO, "end", parse_positions),),
        ),
        _ratio(
            name="long_short_taker_flow",
            path="futures/data/takerBuySellVol",
            request=call("dapiDataGetTakerBuySellVol", statistics_history(of_place)),
            # The label is not documented. It is read as in USD-M: if that is wrong, rows are known five minutes late.
            readings=(Reading("binance_cm_long_short_taker_flow", LONG_SHORT_RATIO, "start", parse_taker_volume),),
        ),
    ),
)
