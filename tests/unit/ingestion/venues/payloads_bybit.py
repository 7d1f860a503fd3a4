"""Responses of Bybit, which the project wrote from its documentation (v5, market).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.


def answer(category, rows, **beside):
    return {
        "retCode": 0,
        "retMsg": "OK",
        "result": {"category": category, "list": rows, **beside},
        "retExtInfo": {},
        "time": 1767225601250,
    }


def instrument(symbol, contract_type, base, quote, settle, **other):
    return {
        "symbol": symbol,
        "contractType": contract_type,
        "status": "Trading",
        "baseCoin": base,
        "quoteCoin": quote,
        "settleCoin": settle,
        "launchTime": "1584230400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": "0.001", "qtyStep": "0.001"},
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
        "symbolType": "",
        **other,
    }


LINEAR = [
    instrument("BTCUSDT", "LinearPerpetual", "BTC", "USDT", "USDT"),
    instrument("BTCPERP", "LinearPerpetual", "BTC", "USDC", "USDC", launchTime="0"),
    instrument("1000PEPEUSDT", "LinearPerpetual", "1000PEPE", "USDT", "USDT", symbolType="innovation"),
    instrument("BTCUSDT-25DEC26", "LinearFutures", "BTC", "USDT", "USDT", deliveryTime="1798185600000"),
    # A perpetual that will be delisted has a delivery time too.
    instrument("OLDUSDT", "LinearPerpetual", "OLD", "USDT", "USDT", deliveryTime="1798185600000", status="Delivering"),
    instrument("TSLAUSDT", "LinearPerpetual", "TSLA", "USDT", "USDT", symbolType="stock"),
    instrument("ETHBTC", "LinearPerpetual", "ETH", "BTC", "BTC"),
]
INVERSE = [
    instrument("BTCUSD", "InversePerpetual", "BTC", "USD", "BTC"),
    instrument("BTCUSDZ26", "InverseFutures", "BTC", "USD", "BTC", deliveryTime="1798185600000"),
    instrument("BRENTUSD", "InversePerpetual", "BRENT", "USD", "BRENT", symbolType="commodity"),
]

# Two-sided 50000 BTC are 25000 on one side; 25000 BTC at 90000 USD are 2250000000 USD.
LINEAR_TICKERS = answer(
    "linear",
    [
        {
            "symbol": "BTCUSDT",
            "lastPrice": "90010.00",
            "indexPrice": "89990.00",
            "markPrice": "90000.00",
            "openInterest": "50000.000",
            "openInterestValue": "4500000000.00",
            "singleOpenInterest": "25000.000",
            "singleOpenInterestValue": "2250000000.00",
            "turnover24h": "9000000000.0000",
            "volume24h": "100000.0000",
            "fundingRate": "0.0001",
            "nextFundingTime": "1767254400000",
            "fundingIntervalHour": "8",
            "deliveryTime": "0",
        },
        {
            "symbol": "1000PEPEUSDT",
            "lastPrice": "0.0040",
            "indexPrice": "0.0040",
            "markPrice": "0.0040",
            "openInterest": "1000000",
            "openInterestValue": "4000.00",
            "turnover24h": "1000.0000",
            "volume24h": "250000.0000",
            "fundingRate": "-0.00005",
            "nextFundingTime": "1767240000000",
            "fundingIntervalHour": "4",
            "deliveryTime": "0",
        },
        {
            "symbol": "BTCUSDT-25DEC26",
            "lastPrice": "91010.00",
            "indexPrice": "89990.00",
            "markPrice": "91000.00",
            "openInterest": "200.000",
            "openInterestValue": "18200000.00",
            "singleOpenInterest": "100.000",
            "singleOpenInterestValue": "9100000.00",
            "turnover24h": "9100000.0000",
            "volume24h": "100.0000",
            "fundingRate": "",
            "nextFundingTime": "",
            "fundingIntervalHour": "",
            "deliveryTime": "1798185600000",
        },
    ],
)
# Two-sided 2000000 USD are 1000000 on one side; the values are in coins: 20 BTC at 50000 USD on one side.
INVERSE_TICKERS = answer(
    "inverse",
    [
        {
            "symbol": "BTCUSD",
            "lastPrice": "50010.00",
            "indexPrice": "49990.00",
            "markPrice": "50000.00",
            "openInterest": "2000000",
            "openInterestValue": "40.00",
            "singleOpenInterest": "1000000",
            "singleOpenInterestValue": "20.00",
            "turnover24h": "100.0000",
            "volume24h": "5000000",
            "fundingRate": "0.0001",
            "nextFundingTime": "1767254400000",
            "fundingIntervalHour": "8",
            "deliveryTime": "0",
        }
    ],
)

OPEN_INTEREST = answer(
    "linear",
    [
        {"openInterest": "50000.000", "singleOpenInterest": "25000.000", "timestamp": "1767225900000"},
        {"openInterest": "49000.000", "timestamp": "1767225600000"},
    ],
    symbol="BTCUSDT",
    nextPageCursor="",
)

# [start, open, high, low, close, volume, turnover], newest first.
KLINE = answer(
    "linear",
    [["1767225600000", "90000.1", "90100", "89900.5", "90050", "12.5", "1125625"]],
    symbol="BTCUSDT",
)
INVERSE_KLINE = answer(
    "inverse",
    [["1767225600000", "90000.1", "90100", "89900.5", "90050", "1125625", "12.5"]],
    symbol="BTCUSD",
)
PRICE_KLINE = answer("linear", [["1767225600000", "90000.1", "90100", "89900.5", "90050"]], symbol="BTCUSDT")

FUNDING = answer("linear", [{"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingRateTimestamp": "1767225600000"}])
ACCOUNT_RATIO = answer(
    "linear",
    [{"symbol": "BTCUSDT", "buyRatio": "0.6", "sellRatio": "0.4", "timestamp": "1767225600000"}],
    nextPageCursor="",
)
