"""Gate: perpetuals and delivery futures settled in USDT, and perpetuals settled in BTC, all counted in contracts.

What belongs here: endpoints and fields of APIv4. What does not: the stream of liquidations (ingestion/stream).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from common.errors import InputError
from ingestion.api.feed import Exchange, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, quantity, rows, text
from ingestion.api.rows import Row, identified, liquidation_event
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LIQUIDATION,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    MarketType,
    PriceKind,
    RatioBasis,
)

_API = "gate"
_EVIDENCE = "Gate APIv4 documentation, futures and delivery"
_WEIGHT = "1 of 200 requests in 10 seconds and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_SECONDS_AN_HOUR = 3600
# The multiplier of inverse contracts is written as 0: each is of 1 USD.
_INVERSE_CONTRACT_USD = 1.0
_METHODS = {"perpetual": "publicFuturesGetSettle", "dated": "publicDeliveryGetSettle"}
_PATHS: dict[MarketType, str] = {"perpetual": "api/v4/futures/{settle}", "dated": "api/v4/delivery/{settle}"}
_RATIOS: tuple[tuple[str, RatioBasis], ...] = (
    ("lsr_account", "accounts"),
    ("top_lsr_account", "top_accounts"),
    ("top_lsr_size", "top_positions"),
    ("lsr_taker", "taker_flow"),
)

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]
Parser = Callable[[Response], Iterable[Row]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``contracts``, BTC_USDT or BTC_USDT_20261225. None for other quotes and for quanto contracts.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    symbol = text(info, "name")
    base, _, rest = symbol.partition("_")
    quote, _, delivery = rest.partition("_")
    # Set for what is no crypto: stocks, metals, indices, commodities, currencies.
    if info.get("contract_type"):
        return None
    is_linear = quote == "USDT"
    if not is_linear and (base, quote) != ("BTC", "USD"):
        return None
    # Delivery contracts have no status of their own.
    is_listed = not info.get("in_delisting") and info.get("status", "trading") == "trading"
    return Instrument(
        symbol=symbol,
        symbol_native=base,
        quote=quote,
        settle="USDT" if is_linear else "BTC",
        market_type="dated" if delivery else "perpetual",
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=quantity(info, "quanto_multiplier") if is_linear else _INVERSE_CONTRACT_USD,
        listed_at=instant(info, "create_time", unit="s") if info.get("create_time") else None,
        expiry_at=instant(info, "expire_time", unit="s") if delivery else None,
        is_trading=is_listed,
        payload=info,
    )


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _seconds(milliseconds_since_1970: int) -> int:
    return milliseconds_since_1970 // 1000


def _method_of(exchange: Exchange, market_type: MarketType, name: str) -> Any:
    return getattr(exchange, f"{_METHODS[market_type]}{name}")


def _request_tickers(market_type: MarketType, settle: str) -> Request:
    async def request(exchange: Exchange, _: Any, __: Any) -> Any:
        return await _method_of(exchange, market_type, "Tickers")({"settle": settle.lower()})

    return request


def _request_span(name: str, prefix: str = "", **constants: str | int) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await _method_of(exchange, instrument.market_type, name)(
            {
                "settle": instrument.settle.lower(),
                "contract": f"{prefix}{instrument.symbol}",
                "from": _seconds(milliseconds(window.since)),
                # Included in the response, so a second that the window only begins is requested too.
                "to": _seconds(milliseconds(window.until) - 1),
                **constants,
            }
        )

    return request


async def _request_stats(exchange: Exchange, instrument: Any, window: Any) -> Any:
    return await exchange.publicFuturesGetSettleContractStats(
        {
            "settle": instrument.settle.lower(),
            "contract": instrument.symbol,
            "interval": "5m",
            "from": _seconds(milliseconds(window.since)),
            "limit": 100,
        }
    )


def _followed_rows(response: Response) -> Iterator[tuple[Instrument, Mapping[str, Any]]]:
    for row in rows(response.payload):
        instrument = response.instruments.get(text(row, "contract"))
        if instrument is not None:
            yield instrument, row


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``total_size`` out of ``tickers``, contracts. The response has no time: it is stamped when it arrives."""
    for instrument, row in _followed_rows(response):
        yield {
            "symbol": instrument.symbol,
            "stamped_at": response.received_at,
            "native_field": "total_size",
            "oi_native": number(row, "total_size"),
            "native_unit": "contract",
            "value_usd_native": None,
            "price_usd_native": number(row, "mark_price"),
            "payload": row,
        }


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running rate of perpetuals out of ``tickers``, a fraction per the contract's ``funding_interval``."""
    for instrument, row in _followed_rows(response):
        interval_seconds = number(instrument.payload, "funding_interval")
        yield {
            "symbol": instrument.symbol,
            "stamped_at": response.received_at,
            "rate_native": number(row, "funding_rate"),
            "native_unit": "fraction",
            "funding_interval_hours": None if interval_seconds is None else interval_seconds / _SECONDS_AN_HOUR,
            "is_settled": False,
            "payload": row,
        }


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``open_interest`` out of ``contract_stats``, contracts, with the USD and the mark price beside it."""
    for row in rows(response.payload):
        yield {
            "symbol": response.instrument.symbol,
            "stamped_at": instant(row, "time", unit="s"),
            "native_field": "open_interest",
            "oi_native": number(row, "open_interest"),
            "native_unit": "contract",
            "value_usd_native": number(row, "open_interest_usd"),
            "price_usd_native": number(row, "mark_price"),
            "payload": row,
        }


def parse_liquidation_sums(response: Response) -> Iterable[Row]:
    """Read the contracts of longs and shorts that were liquidated in a bar out of ``contract_stats``."""
    for row in rows(response.payload):
        yield {
            "symbol": response.instrument.symbol,
            "stamped_at": instant(row, "time", unit="s"),
            "long_native": number(row, "long_liq_size"),
            "short_native": number(row, "short_liq_size"),
            "native_unit": "contract",
            "coverage": "aggregate",
            "payload": row,
        }


def ratio_parser(field: str, basis: RatioBasis) -> Parser:
    """Return the parser of long / short at ``field`` of ``contract_stats``."""

    def parse(response: Response) -> Iterable[Row]:
        for row in rows(response.payload):
            yield {
                "symbol": response.instrument.symbol,
                "stamped_at": instant(row, "time", unit="s"),
                "basis": basis,
                "long_native": None,
                "short_native": None,
                "native_unit": "fraction",
                "ratio_native": number(row, field),
                "payload": row,
            }

    return parse


def candle_parser(price_kind: PriceKind) -> Parser:
    """Return the parser of ``candlesticks``: volume in contracts and, of linear ones, turnover in USD.

    Mark and index candles have neither.
    """
    is_trade = price_kind == "trade"

    def parse(response: Response) -> Iterable[Row]:
        is_valued = is_trade and response.instrument.settlement == "linear"
        for bar in rows(response.payload):
            yield {
                "symbol": response.instrument.symbol,
                "stamped_at": instant(bar, "t", unit="s"),
                "price_kind": price_kind,
                "open_usd": number(bar, "o"),
                "high_usd": number(bar, "h"),
                "low_usd": number(bar, "l"),
                "close_usd": number(bar, "c"),
                "volume_native": number(bar, "v") if is_trade else None,
                "native_unit": "contract" if is_trade else None,
                "turnover_usd": number(bar, "sum") if is_valued else None,
                "payload": bar,
            }

    return parse


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read settlements, a fraction each. The venue states no interval beside them."""
    for row in rows(response.payload):
        yield {
            "symbol": response.instrument.symbol,
            "stamped_at": instant(row, "t", unit="s"),
            "rate_native": number(row, "r"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read ``liq_orders``: ``size`` has the sign of the position, ``order_size`` is what was closed of it."""
    return identified(_liquidation(row) for _, row in _followed_rows(response))


def _liquidation(row: Mapping[str, Any]) -> Row:
    size, closed = number(row, "size"), number(row, "order_size")
    if not size or closed is None:
        raise InputError(
            f"a liquidation of {row['contract']} has size {row['size']!r} and order_size {row['order_size']!r}, "
            "a side and a quantity are needed; the response's format has changed"
        )
    return liquidation_event(
        text(row, "contract"),
        instant(row, "time", unit="s"),
        row,
        position_side="long" if size > 0 else "short",
        quantity_native=abs(closed),
        native_unit="contract",
        price_usd_native=number(row, "fill_price"),
        price_kind="fill",
        coverage="full",
    )


def _tickers(market_type: MarketType, settle: str) -> Feed:
    name = "delivery" if market_type == "dated" else settle.lower()
    open_interest = Reading(f"{_API}_open_interest", OPEN_INTEREST, "instant", _BAR_SECONDS, parse_open_interest)
    funding = Reading(f"{_API}_funding_rate", FUNDING_RATE, "instant", _BAR_SECONDS, parse_current_funding)
    return Feed(
        name=f"tickers_{name}",
        path=f"{_PATHS[market_type]}/tickers",
        request=_request_tickers(market_type, settle),
        readings=(open_interest, funding) if market_type == "perpetual" else (open_interest,),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        is_bulk=True,
        applies_to=lambda instrument: (instrument.market_type, instrument.settle) == (market_type, settle),
    )


def _candles(price_kind: PriceKind, prefix: str = "") -> Feed:
    return Feed(
        name=f"candle_{price_kind}",
        path=f"{_PATHS['perpetual']}/candlesticks",
        request=_request_span("Candlesticks", prefix, interval="5m"),
        readings=(Reading(f"{_API}_candle_{price_kind}", CANDLE, "start", _BAR_SECONDS, candle_parser(price_kind)),),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=1000,
    )


_CONTRACT_STATS = Feed(
    name="contract_stats",
    path=f"{_PATHS['perpetual']}/contract_stats",
    request=_request_stats,
    # Nothing says which end of a bar is its label; that it is the end is assumed (docs/methodology/gate.md).
    readings=(
        Reading(f"{_API}_open_interest_history", OPEN_INTEREST, "end", _BAR_SECONDS, parse_open_interest_history),
        Reading(f"{_API}_liquidation_sums", LIQUIDATION, "end", _BAR_SECONDS, parse_liquidation_sums),
        *(
            Reading(f"{_API}_long_short_{basis}", LONG_SHORT_RATIO, "end", _BAR_SECONDS, ratio_parser(field, basis))
            for field, basis in _RATIOS
        ),
    ),
    weight=_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=_BAR,
    page_rows=100,
    applies_to=_is_perpetual,
)

GATE = VenueApi(
    api_id=_API,
    venue="gate",
    ccxt_id="gate",
    parse_instrument=parse_instrument,
    feeds=(
        _tickers("perpetual", "USDT"),
        _tickers("perpetual", "BTC"),
        _tickers("dated", "USDT"),
        _CONTRACT_STATS,
        _candles("trade"),
        _candles("mark", "mark_"),
        _candles("index", "index_"),
        Feed(
            name="funding_rate_history",
            path=f"{_PATHS['perpetual']}/funding_rate",
            request=_request_span("FundingRate", limit=1000),
            readings=(Reading(f"{_API}_funding_rate_history", FUNDING_RATE, "instant", None, parse_settled_funding),),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            label_spacing=timedelta(hours=1),
            page_rows=1000,
            applies_to=_is_perpetual,
        ),
        Feed(
            name="liquidation_orders",
            path=f"{_PATHS['perpetual']}/liq_orders",
            request=_request_span("LiqOrders", limit=100),
            readings=(Reading(f"{_API}_liquidation_orders", LIQUIDATION_EVENT, "instant", None, parse_liquidations),),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            # A page is one hour, the longest span that the venue responds to.
            label_spacing=timedelta(seconds=36),
            page_rows=100,
            # Our own bound: what is older stands in the sums of contract_stats, at a hundredth of the requests.
            retention=timedelta(days=1),
            applies_to=_is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future"]}},
)
