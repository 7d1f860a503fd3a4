"""Binance USD-M: linear contracts, counted in base coins.

What belongs here: its endpoints and units. What does not: what COIN-M has alike (shared.py).
"""

from collections.abc import Iterable

from ingestion.api.feed import Answer, Feed, Reading, Row, VenueApi
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.records import CIRCULATING_SUPPLY, OPEN_INTEREST
from ingestion.venues.binance.shared import (
    BAR,
    BAR_SECONDS,
    STATISTICS_REQUESTS_PER_SECOND,
    STATISTICS_RETENTION,
    STATISTICS_ROWS,
    STATISTICS_WEIGHT,
    RatioEndpoint,
    ask_history,
    ask_now,
    candle_feeds,
    funding_feeds,
    of_symbol,
    own_rows,
    parse_instrument,
    ratio_feeds,
)

_API = "binance_um"
_ROOT = "fapi/v1"
_EVIDENCE = "Binance USD-M futures API documentation, market data"


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read ``openInterest``: one side, in native units of the base (BTC, 1000PEPE)."""
    for row in own_rows([mapping(answer.payload)], answer.instrument, of_symbol):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "time"),
            "native_field": "openInterest",
            "oi_native": number(row, "openInterest"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": row,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read ``openInterestHist``: one side, in native units of the base, with the venue's own value in USD."""
    for row in own_rows(rows(answer.payload), answer.instrument, of_symbol):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "timestamp"),
            "native_field": "sumOpenInterest",
            "oi_native": number(row, "sumOpenInterest"),
            "native_unit": "base",
            "value_usd_native": number(row, "sumOpenInterestValue"),
            "price_usd_native": None,
            "payload": row,
        }


def parse_circulating_supply(answer: Answer) -> Iterable[Row]:
    """Read the coins in circulation that CoinMarketCap counts, which ``openInterestHist`` states beside each level.

    Of the contracts on one coin the perpetual in USDT speaks for it. A supply of zero means that none is known.
    """
    if answer.instrument.market_type != "perpetual" or answer.instrument.quote != "USDT":
        return
    for row in own_rows(rows(answer.payload), answer.instrument, of_symbol):
        yield {
            "scope": "asset",
            "symbol": answer.instrument.symbol_native,
            "stamped_at": instant(row, "timestamp"),
            "supply_base": number(row, "CMCCirculatingSupply") or None,
            "market_cap_usd": None,
            "price_usd": None,
            "payload": {key: row[key] for key in ("CMCCirculatingSupply", "timestamp")}
            | {"symbol": text(row, "symbol")},
        }


_OPEN_INTEREST = Feed(
    name="open_interest",
    path=f"{_ROOT}/openInterest",
    request=ask_now("fapiPublicGetOpenInterest"),
    readings=(
        Reading(
            collector=f"{_API}_open_interest",
            dataset=OPEN_INTEREST,
            label_convention="instant",
            interval_seconds=BAR_SECONDS,
            parse=parse_open_interest,
        ),
    ),
    weight="1 of 2400 a minute and IP, for a symbol",
    evidence=_EVIDENCE,
)

_OPEN_INTEREST_HISTORY = Feed(
    name="open_interest_history",
    path="futures/data/openInterestHist",
    request=ask_history("fapiDataGetOpenInterestHist", of_symbol, STATISTICS_ROWS, period="5m"),
    readings=(
        Reading(
            collector=f"{_API}_open_interest_history",
            dataset=OPEN_INTEREST,
            label_convention="end",
            interval_seconds=BAR_SECONDS,
            parse=parse_open_interest_history,
        ),
        Reading(
            collector=f"{_API}_circulating_supply",
            dataset=CIRCULATING_SUPPLY,
            label_convention="end",
            interval_seconds=BAR_SECONDS,
            parse=parse_circulating_supply,
        ),
    ),
    weight=STATISTICS_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=BAR,
    page_rows=STATISTICS_ROWS,
    retention=STATISTICS_RETENTION,
    requests_per_second=STATISTICS_REQUESTS_PER_SECOND,
)

_RATIOS = (
    RatioEndpoint(
        basis="accounts",
        method="fapiDataGetGlobalLongShortAccountRatio",
        path="futures/data/globalLongShortAccountRatio",
        subject=of_symbol,
        long="longAccount",
        short="shortAccount",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="top_accounts",
        method="fapiDataGetTopLongShortAccountRatio",
        path="futures/data/topLongShortAccountRatio",
        subject=of_symbol,
        long="longAccount",
        short="shortAccount",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="top_positions",
        method="fapiDataGetTopLongShortPositionRatio",
        path="futures/data/topLongShortPositionRatio",
        subject=of_symbol,
        # The venue calls these shares of positions accounts.
        long="longAccount",
        short="shortAccount",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="taker_flow",
        method="fapiDataGetTakerlongshortRatio",
        path="futures/data/takerlongshortRatio",
        subject=of_symbol,
        rows_name_subject=False,
        long="buyVol",
        short="sellVol",
        ratio="buySellRatio",
        unit="base",
        # Of all statistics the only one that is labelled by the start of its period.
        label_convention="start",
    ),
)

BINANCE_UM = VenueApi(
    api_id=_API,
    venue="binance",
    ccxt_id="binanceusdm",
    parse_instrument=parse_instrument,
    feeds=(
        _OPEN_INTEREST,
        _OPEN_INTEREST_HISTORY,
        *candle_feeds(_API, _ROOT, "fapiPublicGet", "base", _EVIDENCE),
        *funding_feeds(_API, _ROOT, "fapiPublicGet", "10 of 2400 a minute and IP, for all symbols", _EVIDENCE),
        *ratio_feeds(_API, _RATIOS, _EVIDENCE),
    ),
)
