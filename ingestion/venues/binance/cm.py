"""Binance COIN-M: inverse contracts, counted in contracts of 100 USD (BTC) or 10 USD.

What belongs here: its endpoints and units, and how it names a contract in its statistics. What does not: what USD-M
has alike (shared.py).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.records import OPEN_INTEREST
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
    is_perpetual,
    of_pair,
    of_symbol,
    own_rows,
    parse_instrument,
    ratio_feeds,
)

_API = "binance_cm"
_ROOT = "dapi/v1"
_EVIDENCE = "Binance COIN-M futures API documentation, market data"
_FRIDAY = 4


def of_place(instrument: Instrument) -> dict[str, str]:
    """Name the instrument by its pair and its place in the calendar, as the statistics want it.

    Left out, the place would mean the sum over all contracts of the pair.
    """
    return {**of_pair(instrument), "contractType": text(instrument.payload, "contractType")}


def last_delivery(at: datetime) -> datetime:
    """Return the last quarterly delivery by ``at``: 08:00 UTC on the last Friday of a quarter."""
    quarter_begin = datetime(at.year, at.month - (at.month - 1) % 3, 1)  # noqa: DTZ001 -- instants are UTC and naive
    ends = [(quarter_begin + timedelta(days=days)).replace(day=1) for days in (95, 0)]
    deliveries = [_last_friday_before(end) + timedelta(hours=8) for end in ends]
    return next(delivery for delivery in deliveries if delivery <= at)


def _last_friday_before(month_begin: datetime) -> datetime:
    last_day = month_begin - timedelta(days=1)
    return last_day - timedelta(days=(last_day.weekday() - _FRIDAY) % 7)


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read ``openInterest``: one side, in contracts."""
    for row in own_rows([mapping(answer.payload)], answer.instrument, of_symbol):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "time"),
            "native_field": "openInterest",
            "oi_native": number(row, "openInterest"),
            "native_unit": "contract",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": row,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read ``openInterestHist``: one side, in contracts. Its value is in coins, not in USD, and stays in the payload.

    A place in the calendar goes to the next contract at every delivery: of a dated contract, what lies before the
    last one is another contract's, and is left out.
    """
    instrument = answer.instrument
    place_taken_at = last_delivery(answer.received_at)
    for row in own_rows(rows(answer.payload), instrument, of_place):
        stamped_at = instant(row, "timestamp")
        if is_perpetual(instrument) or stamped_at > place_taken_at:
            yield {
                "symbol": instrument.symbol,
                "stamped_at": stamped_at,
                "native_field": "sumOpenInterest",
                "oi_native": number(row, "sumOpenInterest"),
                "native_unit": "contract",
                "value_usd_native": None,
                "price_usd_native": None,
                "payload": row,
            }


_OPEN_INTEREST = Feed(
    name="open_interest",
    path=f"{_ROOT}/openInterest",
    request=ask_now("dapiPublicGetOpenInterest"),
    readings=(
        Reading(
            collector=f"{_API}_open_interest",
            dataset=OPEN_INTEREST,
            label_convention="instant",
            interval_seconds=BAR_SECONDS,
            parse=parse_open_interest,
        ),
    ),
    weight="1 of 2400 a minute and IP, shared with USD-M, for a symbol",
    evidence=_EVIDENCE,
)

_OPEN_INTEREST_HISTORY = Feed(
    name="open_interest_history",
    path="futures/data/openInterestHist",
    request=ask_history("dapiDataGetOpenInterestHist", of_place, STATISTICS_ROWS, period="5m"),
    readings=(
        Reading(
            collector=f"{_API}_open_interest_history",
            dataset=OPEN_INTEREST,
            label_convention="end",
            interval_seconds=BAR_SECONDS,
            parse=parse_open_interest_history,
        ),
    ),
    weight=STATISTICS_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=BAR,
    page_rows=STATISTICS_ROWS,
    retention=STATISTICS_RETENTION,
    requests_per_second=STATISTICS_REQUESTS_PER_SECOND,
)

# The shares are of a pair, over all its contracts; they stand under the perpetual's symbol.
_RATIOS = (
    RatioEndpoint(
        basis="accounts",
        method="dapiDataGetGlobalLongShortAccountRatio",
        path="futures/data/globalLongShortAccountRatio",
        subject=of_pair,
        long="longAccount",
        short="shortAccount",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="top_accounts",
        method="dapiDataGetTopLongShortAccountRatio",
        path="futures/data/topLongShortAccountRatio",
        subject=of_pair,
        long="longAccount",
        short="shortAccount",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="top_positions",
        method="dapiDataGetTopLongShortPositionRatio",
        path="futures/data/topLongShortPositionRatio",
        subject=of_pair,
        long="longPosition",
        short="shortPosition",
        ratio="longShortRatio",
        unit="fraction",
        label_convention="end",
    ),
    RatioEndpoint(
        basis="taker_flow",
        method="dapiDataGetTakerBuySellVol",
        path="futures/data/takerBuySellVol",
        subject=of_place,
        # The volumes are contracts, these values base coins.
        long="takerBuyVolValue",
        short="takerSellVolValue",
        ratio=None,
        unit="base",
        # Not documented; read as its linear sibling is, which at worst knows it five minutes late.
        label_convention="start",
    ),
)

BINANCE_CM = VenueApi(
    api_id=_API,
    venue="binance",
    ccxt_id="binancecoinm",
    parse_instrument=parse_instrument,
    feeds=(
        _OPEN_INTEREST,
        _OPEN_INTEREST_HISTORY,
        *candle_feeds(_API, _ROOT, "dapiPublicGet", "contract", _EVIDENCE),
        *funding_feeds(_API, _ROOT, "dapiPublicGet", "10 of 2400 a minute and IP, for all symbols", _EVIDENCE),
        *ratio_feeds(_API, _RATIOS, _EVIDENCE),
    ),
)
