"""OKX v5: swaps and dated futures, linear and inverse.

What belongs here: its endpoints, labels and fields. What does not: the liquidation stream (ingestion/stream), whose
messages have the shape of the REST list, so that both are read by one parser.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    Dataset,
    LabelConvention,
    MarketType,
    PriceKind,
    RatioBasis,
)
from ingestion.stream.channel import quantity
from ingestion.stream.okx import parse_okx

_API = "okx"
_EVIDENCE = "OKX v5 API documentation, public data and trading statistics"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_HOUR = timedelta(hours=1)
_PAGE_ROWS = 100
_STATISTICS_RETENTION = 1440 * _BAR
_MARKET_TYPES: dict[str, MarketType] = {"SWAP": "perpetual", "FUTURES": "dated"}
_USD_QUOTES = ("USD", "USDT", "USDC")
# Other categories are of stocks, commodities, currencies and bonds.
_CRYPTO_CATEGORIES = ("", "1")
_LIQUIDATION_COST = 0.5  # ccxt does not know the path: 40 requests in 2 seconds are half of its unit
Request = Callable[[Exchange, Any, Any], Awaitable[Any]]
Parser = Callable[[Answer], Iterable[Row]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``public/instruments``. None for options, spot, what is no crypto, and other quotes.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    # An "xperp" is listed among the futures, expires in years and pays funding like a swap.
    market_type = "perpetual" if info.get("ruleType") == "xperp" else _MARKET_TYPES.get(text(info, "instType"))
    if market_type is None or info.get("instCategory", "") not in _CRYPTO_CATEGORIES:
        return None
    # What is announced has no specification yet.
    if info.get("state") == "preopen" and not info.get("uly"):
        return None
    base, _, quote = text(info, "uly").partition("-")
    if quote not in _USD_QUOTES:
        return None
    is_linear = text(info, "ctType") == "linear"
    return Instrument(
        symbol=text(info, "instId"),
        symbol_native=base,
        quote=quote,
        settle=text(info, "settleCcy"),
        market_type=market_type,
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=quantity(info, "ctVal") * quantity(info, "ctMult"),
        listed_at=instant(info, "listTime") if info.get("listTime") else None,
        # A swap has an expiry too while it is being delisted.
        expiry_at=instant(info, "expTime") if market_type == "dated" else None,
        is_trading=text(info, "state") == "live",
        payload=info,
    )


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _index_of(instrument: Instrument) -> str:
    return text(instrument.payload, "uly")


def _contract_of(instrument: Instrument) -> str:
    return instrument.symbol


def _ask_open_interest(instrument_type: str) -> Request:
    async def request(exchange: Exchange, _: Any, __: Any) -> Any:
        return await exchange.publicGetPublicOpenInterest({"instType": instrument_type})

    return request


async def _ask_funding(exchange: Exchange, instrument: Any, _: Any) -> Any:
    return await exchange.publicGetPublicFundingRate({"instId": instrument.symbol})


def _ask_span(since: str, until: str, method: str, name_of: Callable[[Instrument], str], **constants: str) -> Request:
    # Both ends are exclusive; market and public data call the older one "before", statistics "begin". No label lies a
    # millisecond before the end of a window, and the page holds should an end be included after all.
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await getattr(exchange, method)(
            {
                "instId": name_of(instrument),
                **constants,
                since: milliseconds(window.since) - 1,
                until: milliseconds(window.until) - 1,
                "limit": _PAGE_ROWS,
            }
        )

    return request


def _ask_pages(method: str, name_of: Callable[[Instrument], str] = _contract_of, **constants: str) -> Request:
    return _ask_span("before", "after", method, name_of, **constants)


def _ask_statistics(method: str, **constants: str) -> Request:
    return _ask_span("begin", "end", method, _contract_of, period="5m", **constants)


async def _ask_liquidations(exchange: Exchange, instrument: Any, window: Any) -> Any:
    # ccxt 4.5.90 has no method for this path; its transport, limiter and error mapping serve all the same.
    return await exchange.request(
        "public/liquidation-orders",
        ["public"],
        "GET",
        {
            "instType": text(instrument.payload, "instType"),
            # An index may have several families: BTC-USD, BTC-USD_UM.
            "instFamily": text(instrument.payload, "instFamily"),
            "state": "filled",
            "before": milliseconds(window.since) - 1,
            "after": milliseconds(window.until),
            "limit": _PAGE_ROWS,
        },
        config={"cost": _LIQUIDATION_COST},
    )


def _followed_rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    return (row for row in rows(answer.payload, "data") if text(row, "instId") in answer.instruments)


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read ``public/open-interest``: base coins, with their USD; the number of contracts stays in the payload."""
    for row in _followed_rows(answer):
        yield {
            "symbol": text(row, "instId"),
            "stamped_at": instant(row, "ts"),
            "native_field": "oiCcy",
            "oi_native": number(row, "oiCcy"),
            "native_unit": "base",
            "value_usd_native": number(row, "oiUsd"),
            "price_usd_native": None,
            "payload": row,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read rows of label, contracts, base coins and USD: levels at the end of the bar that the label begins."""
    for row in rows(answer.payload, "data"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, 0),
            "native_field": "oiCcy",
            "oi_native": number(row, 2),
            "native_unit": "base",
            "value_usd_native": number(row, 3),
            "price_usd_native": None,
            "payload": row,
        }


def candle_parser(price_kind: PriceKind) -> Parser:
    """Return the parser of candles. Volume is in base coins for linear and inverse contracts alike, turnover in USD.

    Mark and index candles have neither.
    """
    is_trade = price_kind == "trade"

    def parse(answer: Answer) -> Iterable[Row]:
        for bar in rows(answer.payload, "data"):
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(bar, 0),
                "price_kind": price_kind,
                "open_usd": number(bar, 1),
                "high_usd": number(bar, 2),
                "low_usd": number(bar, 3),
                "close_usd": number(bar, 4),
                # Before it stands the volume in contracts.
                "volume_native": number(bar, 6) if is_trade else None,
                "native_unit": "base" if is_trade else None,
                "turnover_usd": number(bar, 7) if is_trade else None,
                "payload": bar,
            }

    return parse


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the running rate, a fraction of the interval between the next two settlements."""
    for row in _followed_rows(answer):
        yield {
            "symbol": text(row, "instId"),
            "stamped_at": instant(row, "ts"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": (instant(row, "nextFundingTime") - instant(row, "fundingTime")) / _HOUR,
            "is_settled": False,
            "payload": row,
        }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read settlements: ``realizedRate`` was paid, ``fundingRate`` beside it had been predicted."""
    for row in _followed_rows(answer):
        yield {
            "symbol": text(row, "instId"),
            "stamped_at": instant(row, "fundingTime"),
            "rate_native": number(row, "realizedRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


def ratio_parser(basis: RatioBasis) -> Parser:
    """Return the parser of rows of label and long / short."""

    def parse(answer: Answer) -> Iterable[Row]:
        for row in rows(answer.payload, "data"):
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(row, 0),
                "basis": basis,
                "long_native": None,
                "short_native": None,
                "native_unit": "fraction",
                "ratio_native": number(row, 1),
                "payload": row,
            }

    return parse


def parse_taker_volume(answer: Answer) -> Iterable[Row]:
    """Read rows of label, volume that takers sold and volume that they bought, in base coins."""
    for row in rows(answer.payload, "data"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, 0),
            "basis": "taker_flow",
            "long_native": number(row, 2),
            "short_native": number(row, 1),
            "native_unit": "base",
            "ratio_native": None,
            "payload": row,
        }


def parse_liquidations(answer: Answer) -> Iterable[Row]:
    """Read every detail of ``public/liquidation-orders``; the list leaves some out (``sampled``)."""
    return [row for row in parse_okx(answer.payload) if row["symbol"] in answer.instruments]


def _reading(
    name: str, dataset: Dataset, parse: Parser, convention: LabelConvention, seconds: int | None
) -> tuple[Reading]:
    return (Reading(f"{_API}_{name}", dataset, convention, seconds, parse),)


def _open_interest(instrument_type: str) -> Feed:
    return Feed(
        name=f"open_interest_{instrument_type.lower()}",
        path="api/v5/public/open-interest",
        request=_ask_open_interest(instrument_type),
        readings=_reading("open_interest", OPEN_INTEREST, parse_open_interest, "instant", _BAR_SECONDS),
        weight="1 of 20 requests in 2 seconds and IP",
        evidence=_EVIDENCE,
        is_bulk=True,
        applies_to=lambda instrument: instrument.payload["instType"] == instrument_type,
    )


def _candles(price_kind: PriceKind, path: str, method: str, requests: int) -> Feed:
    return Feed(
        name=f"candle_{price_kind}",
        path=f"api/v5/market/{path}",
        request=_ask_pages(method, _index_of if price_kind == "index" else _contract_of, bar="5m"),
        readings=_reading(f"candle_{price_kind}", CANDLE, candle_parser(price_kind), "start", _BAR_SECONDS),
        weight=f"1 of {requests} requests in 2 seconds and IP",
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_PAGE_ROWS,
    )


def _statistics(name: str, dataset: Dataset, path: str, request: Request, parse: Parser, *, requests: int = 5) -> Feed:
    return Feed(
        name=name,
        path=f"api/v5/rubik/stat/{path}",
        request=request,
        readings=_reading(name, dataset, parse, "start", _BAR_SECONDS),
        weight=f"1 of {requests} requests in 2 seconds, IP and contract",
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_PAGE_ROWS,
        retention=_STATISTICS_RETENTION,
        applies_to=_is_perpetual if dataset is LONG_SHORT_RATIO else lambda _: True,
    )


# Basis, end of the path, end of ccxt's method.
_RATIOS: tuple[tuple[RatioBasis, str, str], ...] = (
    ("accounts", "account-ratio-contract", "AccountRatioContract"),
    ("top_accounts", "account-ratio-contract-top-trader", "AccountRatioContractTopTrader"),
    ("top_positions", "position-ratio-contract-top-trader", "PositionRatioContractTopTrader"),
)

OKX = VenueApi(
    api_id=_API,
    venue="okx",
    ccxt_id="okx",
    parse_instrument=parse_instrument,
    feeds=(
        *(_open_interest(instrument_type) for instrument_type in _MARKET_TYPES),
        _statistics(
            "open_interest_history",
            OPEN_INTEREST,
            "contracts/open-interest-history",
            _ask_statistics("publicGetRubikStatContractsOpenInterestHistory"),
            parse_open_interest_history,
            requests=10,
        ),
        _candles("trade", "history-candles", "publicGetMarketHistoryCandles", 20),
        _candles("mark", "history-mark-price-candles", "publicGetMarketHistoryMarkPriceCandles", 20),
        _candles("index", "history-index-candles", "publicGetMarketHistoryIndexCandles", 10),
        Feed(
            name="funding_rate",
            path="api/v5/public/funding-rate",
            request=_ask_funding,
            readings=_reading("funding_rate", FUNDING_RATE, parse_current_funding, "instant", _BAR_SECONDS),
            weight="1 of 10 requests in 2 seconds, IP and contract",
            evidence=_EVIDENCE,
            applies_to=_is_perpetual,
        ),
        Feed(
            name="funding_rate_history",
            path="api/v5/public/funding-rate-history",
            request=_ask_pages("publicGetPublicFundingRateHistory"),
            readings=_reading("funding_rate_history", FUNDING_RATE, parse_settled_funding, "instant", None),
            weight="1 of 10 requests in 2 seconds, IP and contract",
            evidence=_EVIDENCE,
            label_spacing=_HOUR,
            page_rows=_PAGE_ROWS,
            retention=timedelta(days=90),
            applies_to=_is_perpetual,
        ),
        *(
            _statistics(
                f"long_short_{basis}",
                LONG_SHORT_RATIO,
                f"contracts/long-short-{path}",
                _ask_statistics(f"publicGetRubikStatContractsLongShort{method}"),
                ratio_parser(basis),
            )
            for basis, path, method in _RATIOS
        ),
        _statistics(
            "taker_volume",
            LONG_SHORT_RATIO,
            "taker-volume-contract",
            # Unit 0 is coins, 1 (the default) contracts, 2 USD.
            _ask_statistics("publicGetRubikStatTakerVolumeContract", unit="0"),
            parse_taker_volume,
        ),
        Feed(
            name="liquidation_orders",
            path="api/v5/public/liquidation-orders",
            request=_ask_liquidations,
            readings=_reading("liquidation_orders", LIQUIDATION_EVENT, parse_liquidations, "instant", None),
            weight="1 of 40 requests in 2 seconds and IP",
            evidence=_EVIDENCE,
            label_spacing=timedelta(minutes=6),
            page_rows=_PAGE_ROWS,
            retention=timedelta(days=7),
            # Dated contracts of an index share one list: a full page would not show in the rows of one of them.
            applies_to=_is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future"]}},
)
