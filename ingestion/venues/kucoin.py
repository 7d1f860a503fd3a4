"""KuCoin futures: counted in lots, of a fraction of a base coin (linear) or of one USD (inverse).

What belongs here: its endpoints and their answers. What does not: liquidations and long/short ratios (it has none).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi, Window
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.records import CANDLE, FUNDING_RATE, OPEN_INTEREST, PriceKind

_API = "kucoin"
_EVIDENCE = "KuCoin futures and unified API, market data; reference/venues.md 1.2, 2.1"
_POOL = "of 2000 in 30 seconds and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_CANDLE_ROWS = 200
_OPEN_INTEREST_ROWS = 200
_FUNDING_ROWS = 100
_USD_QUOTES = ("USD", "USDT", "USDC")
_MILLISECONDS_PER_HOUR = 3_600_000
_MOVING_FIELDS = (
    "openInterest", "turnoverOf24h", "volumeOf24h", "markPrice", "indexPrice", "lastTradePrice", "lowPrice",
    "highPrice", "priceChgPct", "priceChg", "fundingFeeRate", "predictedFundingFeeRate", "nextFundingRateTime",
    "nextFundingRateDateTime",
)  # fmt: skip


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``contracts/active``. None for other quotes. The multiplier of inverse contracts is -1 (USD).

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    if text(info, "quoteCurrency") not in _USD_QUOTES:
        return None
    multiplier = number(info, "multiplier")
    if not multiplier:
        raise InputError(f"contract {info.get('symbol')} has no multiplier; the answer's format has changed")
    is_inverse = info.get("isInverse") is True
    is_dated = info.get("expireDate") is not None
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=text(info, "baseCurrency"),
        quote=text(info, "quoteCurrency"),
        settle=text(info, "settleCurrency"),
        market_type="dated" if is_dated else "perpetual",
        settlement="inverse" if is_inverse else "linear",
        contract_unit="usd" if is_inverse else "base",
        contract_size=abs(multiplier),
        listed_at=instant(info, "firstOpenDate"),
        expiry_at=instant(info, "expireDate") if is_dated else None,
        is_trading=text(info, "status") == "Open",
        # The moment's prices stand beside the specification: they would make every tick a new one.
        payload={key: value for key, value in info.items() if key not in _MOVING_FIELDS},
    )


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _span(window: Window, begin: str, end: str) -> dict[str, int]:
    # Both ends of the venue's range are included; endpoints differ in what they call them.
    return {begin: milliseconds(window.since), end: milliseconds(window.until) - 1}


async def _ask_contracts(exchange: Exchange, _: Any, __: Any) -> Any:
    return await exchange.futuresPublicGetContractsActive()


async def _ask_open_interest_history(exchange: Exchange, instrument: Any, window: Any) -> Any:
    span = _span(window, "startAt", "endAt")
    return await exchange.utaGetMarketOpenInterest(
        {"symbol": instrument.symbol, "interval": "5min", **span, "pageSize": _OPEN_INTEREST_ROWS}
    )


async def _ask_settled_funding(exchange: Exchange, instrument: Any, window: Any) -> Any:
    return await exchange.futuresPublicGetContractFundingRates(
        {"symbol": instrument.symbol, **_span(window, "from", "to")}
    )


def _ask_candles(name_of: Callable[[Instrument], str]) -> Callable[[Exchange, Any, Any], Awaitable[Any]]:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await exchange.futuresPublicGetKlineQuery(
            {"symbol": name_of(instrument), "granularity": 5, **_span(window, "from", "to")}
        )

    return request


def _followed_contracts(answer: Answer) -> Iterator[tuple[Instrument, Mapping[str, Any]]]:
    for row in rows(answer.payload, "data"):
        instrument = answer.instruments.get(text(row, "symbol"))
        if instrument is not None:
            yield instrument, row


def _own_rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for row in rows(answer.payload, "data"):
        if text(row, "symbol") != answer.instrument.symbol:
            raise InputError(
                f"asked for {answer.instrument.symbol}, the answer is about {row['symbol']}; look the contract up again"
            )
        yield row


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read open interest out of ``contracts/active``: lots, as of the receipt (the answer has no time)."""
    for instrument, row in _followed_contracts(answer):
        yield {
            "symbol": instrument.symbol,
            "stamped_at": answer.received_at,
            "native_field": "openInterest",
            "oi_native": number(row, "openInterest"),
            "native_unit": "contract",
            "value_usd_native": None,
            "price_usd_native": number(row, "markPrice"),
            "payload": row,
        }


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the rate of the next settlement out of ``contracts/active``, a fraction (not the prediction after it)."""
    for instrument, row in _followed_contracts(answer):
        if not _is_perpetual(instrument):
            continue
        # Newer than the rest of the answer: not every version of it states the interval.
        interval = number(row, "fundingRateGranularity") if "fundingRateGranularity" in row else None
        yield {
            "symbol": instrument.symbol,
            "stamped_at": answer.received_at,
            "rate_native": number(row, "fundingFeeRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None if interval is None else interval / _MILLISECONDS_PER_HOUR,
            "is_settled": False,
            "payload": row,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read the history of ``market/open-interest``: levels in lots."""
    for row in _own_rows(answer):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "ts"),
            "native_field": "openInterest",
            "oi_native": number(row, "openInterest"),
            "native_unit": "contract",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": row,
        }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``contract/funding-rates``: settlements, a fraction each. The venue states no interval beside them."""
    for row in _own_rows(answer):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "timepoint"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


def candle_parser(price_kind: PriceKind) -> Callable[[Answer], Iterable[Row]]:
    """Return the parser of ``kline/query``: USD, volume of trades in lots; an index has no volume."""

    def parse(answer: Answer) -> Iterable[Row]:
        is_trade = price_kind == "trade"
        for bar in rows(answer.payload, "data"):
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(bar, 0),
                "price_kind": price_kind,
                "open_usd": number(bar, 1),
                "high_usd": number(bar, 2),
                "low_usd": number(bar, 3),
                "close_usd": number(bar, 4),
                "volume_native": number(bar, 5) if is_trade else None,
                "native_unit": "contract" if is_trade else None,
                "turnover_usd": None,
                "payload": bar,
            }

    return parse


def _candles(price_kind: PriceKind, name_of: Callable[[Instrument], str]) -> Feed:
    return Feed(
        name=f"candle_{price_kind}",
        path="api/v1/kline/query",
        request=_ask_candles(name_of),
        readings=(
            Reading(
                collector=f"{_API}_candle_{price_kind}",
                dataset=CANDLE,
                label_convention="start",
                interval_seconds=_BAR_SECONDS,
                parse=candle_parser(price_kind),
            ),
        ),
        weight=f"3 {_POOL}",
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_CANDLE_ROWS,
    )


KUCOIN = VenueApi(
    api_id=_API,
    venue="kucoin",
    ccxt_id="kucoinfutures",
    parse_instrument=parse_instrument,
    feeds=(
        Feed(
            name="contracts",
            path="api/v1/contracts/active",
            request=_ask_contracts,
            readings=(
                Reading(
                    collector=f"{_API}_open_interest",
                    dataset=OPEN_INTEREST,
                    label_convention="instant",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_open_interest,
                ),
                Reading(
                    collector=f"{_API}_funding_rate",
                    dataset=FUNDING_RATE,
                    label_convention="instant",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_current_funding,
                ),
            ),
            weight=f"3 {_POOL}",
            evidence=_EVIDENCE,
            is_bulk=True,
        ),
        Feed(
            name="open_interest_history",
            path="api/ua/v1/market/open-interest",
            request=_ask_open_interest_history,
            readings=(
                Reading(
                    collector=f"{_API}_open_interest_history",
                    dataset=OPEN_INTEREST,
                    label_convention="instant",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_open_interest_history,
                ),
            ),
            weight=f"10 {_POOL}",
            evidence=_EVIDENCE,
            label_spacing=_BAR,
            page_rows=_OPEN_INTEREST_ROWS,
        ),
        _candles("trade", lambda instrument: instrument.symbol),
        _candles("index", lambda instrument: text(instrument.payload, "indexSymbol")),
        Feed(
            name="funding_rate_history",
            path="api/v1/contract/funding-rates",
            request=_ask_settled_funding,
            readings=(
                Reading(
                    collector=f"{_API}_funding_rate_history",
                    dataset=FUNDING_RATE,
                    label_convention="instant",
                    interval_seconds=None,
                    parse=parse_settled_funding,
                ),
            ),
            weight=f"5 {_POOL}",
            evidence=f"{_EVIDENCE}, 5",
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
            applies_to=_is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future", "contract"], "fetchTickersFees": False}},
)
