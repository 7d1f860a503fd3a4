"""Bitget: USDT, USDC and coin-margined futures, all counted in base coins. Its history of open interest is ours alone.

What belongs here: endpoints and fields of its v2 API. What does not: liquidations, which the stream has
(ingestion/stream). The v3 list of them is not read: nobody documents its unit (docs/methodology/bitget.md).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ingestion.api.feed import Exchange, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.api.rows import Row
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    PriceKind,
    RatioBasis,
)

_API = "bitget"
_EVIDENCE = "Bitget API documentation, contract market (v2) and unified account (v3)"
_WEIGHT = "1 of 20 requests a second and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_PAGE_ROWS = 200
_USD_QUOTES = ("USD", "USDT", "USDC")
_STABLE_PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES"}
_COIN_PRODUCT = "COIN-FUTURES"
# One request a second, in units of ccxt's 20 a second.
_RATIO_COST = 20

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]
Parser = Callable[[Response], Iterable[Row]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``mix/market/contracts``. None for the simulated products and for stocks.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    quote = text(info, "quoteCoin")
    if quote not in _USD_QUOTES or info.get("isRwa") == "YES":
        return None
    is_dated = text(info, "symbolType") == "delivery"
    is_linear = quote != "USD"
    base = text(info, "baseCoin")
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=base,
        quote=quote,
        # Coin-margined contracts take several coins as margin; they are settled in the base coin.
        settle=quote if is_linear else base,
        market_type="dated" if is_dated else "perpetual",
        settlement="linear" if is_linear else "inverse",
        contract_unit="base",
        contract_size=1.0,
        listed_at=instant(info, "launchTime") if info.get("launchTime") else None,
        expiry_at=instant(info, "deliveryTime") if is_dated else None,
        is_trading=text(info, "symbolStatus") == "normal",
        payload=info,
    )


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _product_of(instrument: Instrument) -> str:
    return _STABLE_PRODUCTS.get(instrument.settle, _COIN_PRODUCT)


def _contract(instrument: Instrument) -> dict[str, str]:
    return {"symbol": instrument.symbol, "productType": _product_of(instrument)}


def _request_tickers(product: str) -> Request:
    async def request(exchange: Exchange, _: Any, __: Any) -> Any:
        return await exchange.publicMixGetV2MixMarketTickers({"productType": product})

    return request


def _request_candles(method: str) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await getattr(exchange, method)(
            {
                **_contract(instrument),
                "granularity": "5m",
                "startTime": milliseconds(window.since),
                # The page is counted back from its end, which must not be a label of the next page.
                "endTime": milliseconds(window.until) - 1,
                "limit": _PAGE_ROWS,
            }
        )

    return request


async def _request_funding(exchange: Exchange, instrument: Any, _: Any) -> Any:
    return await exchange.publicMixGetV2MixMarketCurrentFundRate(_contract(instrument))


async def _request_funding_history(exchange: Exchange, instrument: Any, _: Any) -> Any:
    return await exchange.publicMixGetV2MixMarketHistoryFundRate({**_contract(instrument), "pageSize": 100})


def _request_ratio(path: str) -> Request:
    async def request(exchange: Exchange, instrument: Any, _: Any) -> Any:
        # ccxt 4.5.90 holds one of the two paths to be private; both are public.
        return await exchange.request(
            f"v2/mix/market/{path}",
            ["public", "mix"],
            "GET",
            {"symbol": instrument.symbol, "period": "5m"},
            config={"cost": _RATIO_COST},
        )

    return request


def _followed_rows(response: Response) -> Iterator[Mapping[str, Any]]:
    return (row for row in rows(response.payload, "data") if text(row, "symbol") in response.instruments)


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``holdingAmount`` out of ``tickers``, base coins, and the mark price beside it."""
    for row in _followed_rows(response):
        yield {
            "symbol": text(row, "symbol"),
            "stamped_at": instant(row, "ts"),
            "native_field": "holdingAmount",
            "oi_native": number(row, "holdingAmount"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": number(row, "markPrice"),
            "payload": row,
        }


def candle_parser(price_kind: PriceKind) -> Parser:
    """Return the parser of candles: volume in base coins and turnover in USD; mark and index candles have neither."""
    is_trade = price_kind == "trade"

    def parse(response: Response) -> Iterable[Row]:
        for bar in rows(response.payload, "data"):
            yield {
                "symbol": response.instrument.symbol,
                "stamped_at": instant(bar, 0),
                "price_kind": price_kind,
                "open_usd": number(bar, 1),
                "high_usd": number(bar, 2),
                "low_usd": number(bar, 3),
                "close_usd": number(bar, 4),
                "volume_native": number(bar, 5) if is_trade else None,
                "native_unit": "base" if is_trade else None,
                "turnover_usd": number(bar, 6) if is_trade else None,
                "payload": bar,
            }

    return parse


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running rate, a fraction, and its interval in hours."""
    for row in _followed_rows(response):
        yield {
            "symbol": text(row, "symbol"),
            "stamped_at": instant(response.payload, "requestTime"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": number(row, "fundingRateInterval"),
            "is_settled": False,
            "payload": row,
        }


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read settlements, a fraction each. The venue states no interval beside them."""
    for row in _followed_rows(response):
        yield {
            "symbol": text(row, "symbol"),
            "stamped_at": instant(row, "fundingTime"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


def share_parser(long_field: str, short_field: str, basis: RatioBasis) -> Parser:
    """Return the parser of the two shares. The ratio that the venue states beside them is not theirs and is left."""

    def parse(response: Response) -> Iterable[Row]:
        for row in rows(response.payload, "data"):
            yield {
                "symbol": response.instrument.symbol,
                "stamped_at": instant(row, "ts"),
                "basis": basis,
                "long_native": number(row, long_field),
                "short_native": number(row, short_field),
                "native_unit": "fraction",
                "ratio_native": None,
                "payload": row,
            }

    return parse


def _tickers(product: str) -> Feed:
    return Feed(
        name=f"tickers_{product.partition('-')[0].lower()}",
        path="api/v2/mix/market/tickers",
        request=_request_tickers(product),
        readings=(Reading(f"{_API}_open_interest", OPEN_INTEREST, "instant", _BAR_SECONDS, parse_open_interest),),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        is_bulk=True,
        applies_to=lambda instrument: _product_of(instrument) == product,
    )


def _candles(price_kind: PriceKind, path: str, method: str) -> Feed:
    return Feed(
        name=f"candle_{price_kind}",
        path=f"api/v2/mix/market/{path}",
        request=_request_candles(method),
        readings=(Reading(f"{_API}_candle_{price_kind}", CANDLE, "start", _BAR_SECONDS, candle_parser(price_kind)),),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_PAGE_ROWS,
    )


def _ratios(name: str, path: str, parse: Parser) -> Feed:
    return Feed(
        name=name,
        path=f"api/v2/mix/market/{path}",
        request=_request_ratio(path),
        readings=(Reading(f"{_API}_{name}", LONG_SHORT_RATIO, "instant", _BAR_SECONDS, parse),),
        weight="1 of 1 request a second and IP",
        evidence=_EVIDENCE,
        applies_to=_is_perpetual,
    )


BITGET = VenueApi(
    api_id=_API,
    venue="bitget",
    ccxt_id="bitget",
    parse_instrument=parse_instrument,
    feeds=(
        *(_tickers(product) for product in (*_STABLE_PRODUCTS.values(), _COIN_PRODUCT)),
        _candles("trade", "history-candles", "publicMixGetV2MixMarketHistoryCandles"),
        _candles("mark", "history-mark-candles", "publicMixGetV2MixMarketHistoryMarkCandles"),
        _candles("index", "history-index-candles", "publicMixGetV2MixMarketHistoryIndexCandles"),
        Feed(
            name="funding_rate",
            path="api/v2/mix/market/current-fund-rate",
            request=_request_funding,
            readings=(Reading(f"{_API}_funding_rate", FUNDING_RATE, "instant", _BAR_SECONDS, parse_current_funding),),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            applies_to=_is_perpetual,
        ),
        # The request takes no range: the newest 100 settlements come with every response, a month at 8 hours each.
        Feed(
            name="funding_rate_history",
            path="api/v2/mix/market/history-fund-rate",
            request=_request_funding_history,
            readings=(Reading(f"{_API}_funding_rate_history", FUNDING_RATE, "instant", None, parse_settled_funding),),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            applies_to=_is_perpetual,
        ),
        _ratios(
            "long_short_accounts",
            "account-long-short",
            share_parser("longAccountRatio", "shortAccountRatio", "accounts"),
        ),
        _ratios(
            "long_short_positions",
            "position-long-short",
            share_parser("longPositionRatio", "shortPositionRatio", "top_positions"),
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap"]}},
)
