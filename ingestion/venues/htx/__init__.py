"""HTX: linear contracts (perpetual and dated), inverse swaps and inverse dated contracts, all counted in contracts.

What belongs here: the feeds of its three families. What does not: mark candles (the venue gives only the newest) and
the history of dated contracts (it goes by a place in the calendar, not by contract).
"""

from collections.abc import Callable
from datetime import timedelta

from ingestion.api.feed import Feed, Instrument, Reading, VenueApi
from ingestion.records import CANDLE, FUNDING_RATE, LIQUIDATION_EVENT, LONG_SHORT_RATIO, OPEN_INTEREST, RatioBasis
from ingestion.venues.htx.answers import (
    Parse,
    is_linear,
    liquidation_parser,
    parse_candles,
    parse_current_funding,
    parse_instrument,
    parse_open_interest_history,
    parse_open_interest_inverse,
    parse_open_interest_linear,
    parse_settled_funding,
    position_side,
    ratio_parser,
    side_of_closing_order,
)
from ingestion.venues.htx.requests import (
    FUNDING_ROWS,
    Request,
    ask_all,
    ask_candles,
    ask_liquidations_inverse,
    ask_liquidations_linear,
    ask_newest,
    ask_one,
    ask_settled_inverse,
    ask_settled_linear,
)

_API = "htx"
_EVIDENCE = "HTX API documentation, market data of USDT-margined contracts, coin-margined swaps and futures"
_WEIGHT = "1 of 10 requests a second and IP"
_WEIGHT_V5 = "1 of 80 requests a second and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_HOUR = timedelta(hours=1)
_HOUR_SECONDS = 3600
_CANDLE_ROWS = 2000
_OPEN_INTEREST_ROWS = 200
_RATIO_ROWS = 30
# A year of settlements: pages are walked through from the newest, so fewer and longer walks.
_WALKED_FUNDING_ROWS = 1095
# The endpoints take at most two hours at once.
_LIQUIDATION_SPACING = timedelta(minutes=1)
_LIQUIDATION_MINUTES = 100
_LIQUIDATION_RETENTION = timedelta(days=90)


def _is_linear_swap(instrument: Instrument) -> bool:
    return is_linear(instrument) and instrument.market_type == "perpetual"


def _is_inverse_swap(instrument: Instrument) -> bool:
    return not is_linear(instrument) and instrument.market_type == "perpetual"


def _is_inverse_dated(instrument: Instrument) -> bool:
    return not is_linear(instrument) and instrument.market_type == "dated"


def _open_interest_now(
    family: str, path: str, request: Request, parse: Parse, applies_to: Callable[[Instrument], bool]
) -> Feed:
    return Feed(
        name=f"open_interest_{family}",
        path=path,
        request=request,
        readings=(Reading(f"{_API}_open_interest_{family}", OPEN_INTEREST, "instant", _BAR_SECONDS, parse),),
        weight=_WEIGHT_V5 if path.startswith("v5") else _WEIGHT,
        evidence=_EVIDENCE,
        # The linear endpoint is about one contract.
        is_bulk=not path.startswith("v5"),
        applies_to=applies_to,
    )


def _open_interest_history(
    family: str, path: str, method: str, constants: dict[str, str], applies_to: Callable[[Instrument], bool]
) -> Feed:
    asked = {"period": "60min", "amount_type": 1, "size": _OPEN_INTEREST_ROWS, **constants}
    return Feed(
        name=f"open_interest_history_{family}",
        path=path,
        request=ask_newest(method, ("data", "tick"), **asked),
        readings=(
            Reading(
                f"{_API}_open_interest_history_{family}",
                OPEN_INTEREST,
                "instant",
                _HOUR_SECONDS,
                parse_open_interest_history,
            ),
        ),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_HOUR,
        page_rows=_OPEN_INTEREST_ROWS,
        retention=_HOUR * _OPEN_INTEREST_ROWS,
        applies_to=applies_to,
    )


def _funding_now(family: str, path: str, request: Request, applies_to: Callable[[Instrument], bool]) -> Feed:
    return Feed(
        name=f"funding_rate_{family}",
        path=path,
        request=request,
        readings=(
            Reading(f"{_API}_funding_rate_{family}", FUNDING_RATE, "instant", _BAR_SECONDS, parse_current_funding),
        ),
        weight=_WEIGHT_V5 if path.startswith("v5") else _WEIGHT,
        evidence=_EVIDENCE,
        # The linear endpoint is about one contract.
        is_bulk=not path.startswith("v5"),
        applies_to=applies_to,
    )


def _settled_funding(
    family: str, path: str, request: Request, page: tuple[timedelta, int], applies_to: Callable[[Instrument], bool]
) -> Feed:
    label_spacing, page_rows = page
    return Feed(
        name=f"funding_rate_history_{family}",
        path=path,
        request=request,
        readings=(
            Reading(f"{_API}_funding_rate_history_{family}", FUNDING_RATE, "instant", None, parse_settled_funding),
        ),
        weight=_WEIGHT_V5 if path.startswith("v5") else _WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=label_spacing,
        page_rows=page_rows,
        applies_to=applies_to,
    )


def _candles(family: str, path: str, request: Request, applies_to: Callable[[Instrument], bool]) -> Feed:
    return Feed(
        name=f"candle_trade_{family}",
        path=path,
        request=request,
        readings=(Reading(f"{_API}_candle_trade_{family}", CANDLE, "start", _BAR_SECONDS, parse_candles),),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_CANDLE_ROWS,
        applies_to=applies_to,
    )


def _ratio(family: str, basis: RatioBasis, path: str, method: str, applies_to: Callable[[Instrument], bool]) -> Feed:
    return Feed(
        name=f"long_short_{basis}_{family}",
        path=path,
        request=ask_newest(method, ("data", "list"), period="5min"),
        readings=(
            Reading(
                f"{_API}_long_short_{basis}_{family}", LONG_SHORT_RATIO, "instant", _BAR_SECONDS, ratio_parser(basis)
            ),
        ),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_RATIO_ROWS,
        retention=_BAR * _RATIO_ROWS,
        applies_to=applies_to,
    )


def _liquidations(
    family: str, path: str, request: Request, parse: Parse, applies_to: Callable[[Instrument], bool]
) -> Feed:
    return Feed(
        name=f"liquidations_{family}",
        path=path,
        request=request,
        readings=(Reading(f"{_API}_liquidation_{family}", LIQUIDATION_EVENT, "instant", None, parse),),
        weight=_WEIGHT_V5 if path.startswith("v5") else _WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_LIQUIDATION_SPACING,
        page_rows=_LIQUIDATION_MINUTES,
        retention=_LIQUIDATION_RETENTION,
        applies_to=applies_to,
    )


_LINEAR = "linear-swap-api/v1"
_INVERSE = "swap-api/v1"

HTX = VenueApi(
    api_id=_API,
    venue="htx",
    ccxt_id="htx",
    parse_instrument=parse_instrument,
    feeds=(
        _open_interest_now(
            "linear",
            "v5/market/open_interest",
            ask_one("contractPublicGetV5MarketOpenInterest"),
            parse_open_interest_linear,
            is_linear,
        ),
        _open_interest_now(
            "inverse",
            f"{_INVERSE}/swap_open_interest",
            ask_all("contractPublicGetSwapApiV1SwapOpenInterest"),
            parse_open_interest_inverse,
            _is_inverse_swap,
        ),
        _open_interest_now(
            "inverse_dated",
            "api/v1/contract_open_interest",
            ask_all("contractPublicGetApiV1ContractOpenInterest"),
            parse_open_interest_inverse,
            _is_inverse_dated,
        ),
        _open_interest_history(
            "linear",
            f"{_LINEAR}/swap_his_open_interest",
            "contractPublicGetLinearSwapApiV1SwapHisOpenInterest",
            {"contract_type": "swap"},
            _is_linear_swap,
        ),
        _open_interest_history(
            "inverse",
            f"{_INVERSE}/swap_his_open_interest",
            "contractPublicGetSwapApiV1SwapHisOpenInterest",
            {},
            _is_inverse_swap,
        ),
        _funding_now(
            "linear", "v5/market/funding_rate", ask_one("contractPublicGetV5MarketFundingRate"), _is_linear_swap
        ),
        _funding_now(
            "inverse",
            f"{_INVERSE}/swap_batch_funding_rate",
            ask_all("contractPublicGetSwapApiV1SwapBatchFundingRate"),
            _is_inverse_swap,
        ),
        _settled_funding(
            "linear", "v5/market/funding_rate_history", ask_settled_linear, (_HOUR, FUNDING_ROWS), _is_linear_swap
        ),
        _settled_funding(
            "inverse",
            f"{_INVERSE}/swap_historical_funding_rate",
            ask_settled_inverse,
            (8 * _HOUR, _WALKED_FUNDING_ROWS),
            _is_inverse_swap,
        ),
        _candles(
            "linear",
            "linear-swap-ex/market/history/kline",
            ask_candles("contractPublicGetLinearSwapExMarketHistoryKline"),
            is_linear,
        ),
        _candles(
            "inverse",
            "swap-ex/market/history/kline",
            ask_candles("contractPublicGetSwapExMarketHistoryKline"),
            _is_inverse_swap,
        ),
        _candles(
            "inverse_dated",
            "market/history/kline",
            ask_candles("contractPublicGetMarketHistoryKline", "symbol"),
            _is_inverse_dated,
        ),
        _ratio(
            "linear",
            "top_accounts",
            f"{_LINEAR}/swap_elite_account_ratio",
            "contractPublicGetLinearSwapApiV1SwapEliteAccountRatio",
            _is_linear_swap,
        ),
        _ratio(
            "linear",
            "top_positions",
            f"{_LINEAR}/swap_elite_position_ratio",
            "contractPublicGetLinearSwapApiV1SwapElitePositionRatio",
            _is_linear_swap,
        ),
        _ratio(
            "inverse",
            "top_accounts",
            f"{_INVERSE}/swap_elite_account_ratio",
            "contractPublicGetSwapApiV1SwapEliteAccountRatio",
            _is_inverse_swap,
        ),
        _ratio(
            "inverse",
            "top_positions",
            f"{_INVERSE}/swap_elite_position_ratio",
            "contractPublicGetSwapApiV1SwapElitePositionRatio",
            _is_inverse_swap,
        ),
        _liquidations(
            "linear",
            "v5/market/liquidation_orders",
            ask_liquidations_linear,
            liquidation_parser("liquidation_time", "id", "bankrupt_price", position_side),
            _is_linear_swap,
        ),
        _liquidations(
            "inverse",
            "swap-api/v3/swap_liquidation_orders",
            ask_liquidations_inverse,
            liquidation_parser("created_at", "query_id", "price", side_of_closing_order),
            _is_inverse_swap,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": {"spot": False, "linear": True, "inverse": True}}},
)
