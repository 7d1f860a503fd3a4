"""Binance USD-M: linear contracts, counted in base coins.

What belongs here: its endpoints and units. What does not: what it shares with COIN-M (um_and_cm.py).
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from ingestion.api.feed import Exchange, Feed, Reading, Response, VenueApi
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, number, rows
from ingestion.api.readers import read_candle, read_open_interest, read_ratio
from ingestion.api.requests import call
from ingestion.api.responses import own_rows
from ingestion.api.rows import Row, circulating_supply
from ingestion.records import CANDLE, CIRCULATING_SUPPLY, FUNDING_RATE, LONG_SHORT_RATIO, OPEN_INTEREST, RatioBasis
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

_EVIDENCE = "Binance USD-M futures API documentation, market data"


async def _request_current_funding(exchange: Exchange, _instrument: Any, _window: Any) -> Any:
    return {
        "premiumIndex": await exchange.fapiPublicGetPremiumIndex(),
        "fundingInfo": await exchange.fapiPublicGetFundingInfo(),
    }


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``openInterest``: one side, in units of the base (BTC, 1000PEPE).

    Sample::

        {"symbol": "BTCUSDT", "openInterest": "10659.509", "time": 1767225601250}
    """
    for row in own_rows([mapping(response.payload)], **of_symbol(response.instrument)):
        yield read_open_interest(response.symbol, instant(row, "time"), row, "openInterest", "base")


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``openInterestHist``: one side, in units of the base, with the venue's own value in USD.

    Sample::

        [{"symbol": "BTCUSDT", "sumOpenInterest": "100000.5", "sumOpenInterestValue": "9000045000",
          "timestamp": 1767225900000}]
    """
    for row in own_rows(rows(response.payload), **of_symbol(response.instrument)):
        yield read_open_interest(
            response.symbol, instant(row, "timestamp"), row, "sumOpenInterest", "base", value_usd="sumOpenInterestValue"
        )


def parse_circulating_supply(response: Response) -> Iterable[Row]:
    """Read the circulating supply, which ``openInterestHist`` takes from CoinMarketCap, in coins.

    Only the perpetual in USDT is read, so that each coin has one series. The venue writes an unknown supply as zero.

    Sample::

        [{"symbol": "BTCUSDT", "CMCCirculatingSupply": "19960000", "timestamp": 1767225900000}]
    """
    instrument = response.instrument
    if not is_perpetual(instrument) or instrument.quote != "USDT":
        return
    for row in own_rows(rows(response.payload), **of_symbol(instrument)):
        stamped_at, supply_base = instant(row, "timestamp"), number(row, "CMCCirculatingSupply") or None
        payload = {key: row[key] for key in ("CMCCirculatingSupply", "timestamp", "symbol")}
        supply = circulating_supply(instrument.symbol_native, stamped_at, payload, supply_base=supply_base)
        yield {**supply, "scope": "asset"}


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``klines``: volume in base coins, turnover in USD.

    Sample::

        [[1767225600000, "90000.1", "90100", "89900.5", "90050", "12.5", 1767225899999, "1125625", 321, "6.5",
          "585325", "0"]]
    """
    for bar in rows(response.payload):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), volume=5, unit="base", turnover_usd=7)


def parse_ratio(response: Response, basis: RatioBasis) -> Iterable[Row]:
    """Read the shares of accounts or positions that are long and short, and their ratio.

    The fields are called accounts in the response about positions too.

    Sample::

        [{"symbol": "BTCUSDT", "longAccount": "0.6", "shortAccount": "0.4", "longShortRatio": "1.5",
          "timestamp": 1767225900000}]
    """
    for row in own_rows(rows(response.payload), **of_symbol(response.instrument)):
        at = instant(row, "timestamp")
        yield read_ratio(response.symbol, at, row, basis, ("longAccount", "shortAccount"), ratio="longShortRatio")


def parse_taker_volume(response: Response) -> Iterable[Row]:
    """Read the base coins that takers bought and sold. The rows have no symbol.

    Sample::

        [{"buyVol": "387.33", "sellVol": "248.503", "buySellRatio": "1.5586", "timestamp": 1767225600000}]
    """
    for row in rows(response.payload):
        at = instant(row, "timestamp")
        yield read_ratio(
            response.symbol, at, row, "taker_flow", ("buyVol", "sellVol"), ratio="buySellRatio", unit="base"
        )


def _shares(collector: str, basis: RatioBasis) -> tuple[Reading]:
    return (Reading(collector, LONG_SHORT_RATIO, "end", partial(parse_ratio, basis=basis)),)


_feed = partial(Feed, evidence=_EVIDENCE)
_candles = partial(candles, evidence=_EVIDENCE)
_statistics = partial(statistics, evidence=_EVIDENCE)
_ratio = partial(_statistics, applies_to=is_perpetual)

BINANCE_UM = VenueApi(
    api_id="binance_um",
    venue="binance",
    ccxt_id="binanceusdm",
    instrument_collector="binance_um_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="open_interest",
            path="fapi/v1/openInterest",
            request=call("fapiPublicGetOpenInterest", lambda instrument, _window: of_symbol(instrument)),
            readings=(Reading("binance_um_open_interest", OPEN_INTEREST, "instant", parse_open_interest),),
            weight="1 of 2400 a minute per IP, for each symbol",
        ),
        _statistics(
            name="open_interest_history",
            path="futures/data/openInterestHist",
            request=call("fapiDataGetOpenInterestHist", statistics_history(of_symbol)),
            readings=(
                Reading("binance_um_open_interest_history", OPEN_INTEREST, "end", parse_open_interest_history),
                Reading("binance_um_circulating_supply", CIRCULATING_SUPPLY, "end", parse_circulating_supply),
            ),
        ),
        _candles(
            name="candle_trade",
            path="fapi/v1/klines",
            request=call("fapiPublicGetKlines", candle_history(of_symbol)),
            readings=(Reading("binance_um_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_mark",
            path="fapi/v1/markPriceKlines",
            request=call("fapiPublicGetMarkPriceKlines", candle_history(of_symbol)),
            readings=(Reading("binance_um_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _candles(
            name="candle_index",
            path="fapi/v1/indexPriceKlines",
            request=call("fapiPublicGetIndexPriceKlines", candle_history(of_pair)),
            readings=(Reading("binance_um_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate",
            path="fapi/v1/premiumIndex",
            request=_request_current_funding,
            readings=(Reading("binance_um_funding_rate", FUNDING_RATE, "instant", parse_current_funding),),
            weight="10 of 2400 a minute per IP, for all symbols",
            is_bulk=True,
            applies_to=is_perpetual,
        ),
        settlements(
            name="funding_rate_history",
            path="fapi/v1/fundingRate",
            request=call("fapiPublicGetFundingRate", history(of_symbol, FUNDING_ROWS)),
            readings=(
                Reading("binance_um_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),
            ),
            evidence=_EVIDENCE,
        ),
        _ratio(
            name="long_short_accounts",
            path="futures/data/globalLongShortAccountRatio",
            request=call("fapiDataGetGlobalLongShortAccountRatio", statistics_history(of_symbol)),
            readings=_shares("binance_um_long_short_accounts", "accounts"),
        ),
        _ratio(
            name="long_short_top_accounts",
            path="futures/data/topLongShortAccountRatio",
            request=call("fapiDataGetTopLongShortAccountRatio", statistics_history(of_symbol)),
            readings=_shares("binance_um_long_short_top_accounts", "top_accounts"),
        ),
        _ratio(
            name="long_short_top_positions",
            path="futures/data/topLongShortPositionRatio",
            request=call("fapiDataGetTopLongShortPositionRatio", statistics_history(of_symbol)),
            readings=_shares("binance_um_long_short_top_positions", "top_positions"),
        ),
        _ratio(
            name="long_short_taker_flow",
            path="futures/data/takerlongshortRatio",
            request=call("fapiDataGetTakerlongshortRatio", statistics_history(of_symbol)),
            # The label is the start of the period; the other statistics have its end.
            readings=(Reading("binance_um_long_short_taker_flow", LONG_SHORT_RATIO, "start", parse_taker_volume),),
        ),
    ),
)
