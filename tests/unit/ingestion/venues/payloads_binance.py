"""Responses of Binance, which the project wrote from its documentation (USD-M and COIN-M futures, market data).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.

UM_EXCHANGE_INFO = {
    "symbols": [
        {
            "symbol": "BTCUSDT",
            "pair": "BTCUSDT",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1569398400000,
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "underlyingType": "COIN",
            "filters": [],
        },
        {
            "symbol": "1000PEPEUSDT",
            "pair": "1000PEPEUSDT",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1683244800000,
            "status": "TRADING",
            "baseAsset": "1000PEPE",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "underlyingType": "COIN",
            "filters": [],
        },
        {
            "symbol": "BTCUSDT_261225",
            "pair": "BTCUSDT",
            "contractType": "CURRENT_QUARTER",
            "deliveryDate": 1798185600000,
            "onboardDate": 1782460800000,
            "status": "PENDING_TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "underlyingType": "COIN",
            "filters": [],
        },
        {
            "symbol": "TSLAUSDT",
            "pair": "TSLAUSDT",
            "contractType": "TRADIFI_PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1769500800000,
            "status": "TRADING",
            "baseAsset": "TSLA",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "underlyingType": "EQUITY",
            "filters": [],
        },
        {
            "symbol": "BTCDOMUSDT",
            "pair": "BTCDOMUSDT",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1623396600000,
            "status": "TRADING",
            "baseAsset": "BTCDOM",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "underlyingType": "INDEX",
            "filters": [],
        },
        {
            "symbol": "ETHBTC",
            "pair": "ETHBTC",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1692600000000,
            "status": "TRADING",
            "baseAsset": "ETH",
            "quoteAsset": "BTC",
            "marginAsset": "BTC",
            "underlyingType": "COIN",
            "filters": [],
        },
    ]
}

CM_EXCHANGE_INFO = {
    "symbols": [
        {
            "symbol": "BTCUSD_PERP",
            "pair": "BTCUSD",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "onboardDate": 1597042800000,
            "contractStatus": "TRADING",
            "contractSize": 100,
            "baseAsset": "BTC",
            "quoteAsset": "USD",
            "marginAsset": "BTC",
            "underlyingType": "COIN",
            "filters": [],
        },
        {
            "symbol": "ETHUSD_261225",
            "pair": "ETHUSD",
            "contractType": "CURRENT_QUARTER",
            "deliveryDate": 1798185600000,
            "onboardDate": 1782460800000,
            "contractStatus": "TRADING",
            "contractSize": 10,
            "baseAsset": "ETH",
            "quoteAsset": "USD",
            "marginAsset": "ETH",
            "underlyingType": "COIN",
            "filters": [],
        },
    ]
}

UM_OPEN_INTEREST = {"openInterest": "10659.509", "symbol": "BTCUSDT", "time": 1767225601250}

UM_OPEN_INTEREST_HISTORY = [
    {
        "symbol": "BTCUSDT",
        "sumOpenInterest": "100000.50000000",
        "sumOpenInterestValue": "9000045000.00000000",
        "CMCCirculatingSupply": "19960000.00000000",
        "timestamp": 1767225900000,
    },
]

# [open time, open, high, low, close, volume, close time, quote (USD-M) or base (COIN-M) volume, trades, taker buys...]
KLINES = [
    [1767225600000, "90000.1", "90100", "89900.5", "90050", "12.5", 1767225899999, "1125625", 321, "6.5", "585325", "0"]
]
PRICE_KLINES = [[1767225600000, "90000.1", "90100", "89900.5", "90050", "0", 1767225899999, "0", 300, "0", "0", "0"]]

UM_PREMIUM_INDEX = [
    {
        "symbol": "BTCUSDT",
        "markPrice": "90000.00000000",
        "indexPrice": "89990.00000000",
        "estimatedSettlePrice": "89995.00000000",
        "lastFundingRate": "0.00012000",
        "interestRate": "0.00010000",
        "nextFundingTime": 1767254400000,
        "time": 1767225601250,
    },
    {
        "symbol": "1000PEPEUSDT",
        "markPrice": "0.00400000",
        "indexPrice": "0.00400000",
        "estimatedSettlePrice": "0.00400000",
        "lastFundingRate": "-0.00005000",
        "interestRate": "0.00010000",
        "nextFundingTime": 1767240000000,
        "time": 1767225601250,
    },
    {
        "symbol": "BTCUSDT_261225",
        "markPrice": "91000.00000000",
        "indexPrice": "89990.00000000",
        "estimatedSettlePrice": "89995.00000000",
        "lastFundingRate": "",
        "interestRate": "",
        "nextFundingTime": 0,
        "time": 1767225601250,
    },
]
# It lists only the symbols whose interval or bounds were changed.
UM_FUNDING_INFO = [
    {
        "symbol": "1000PEPEUSDT",
        "adjustedFundingRateCap": "0.02",
        "adjustedFundingRateFloor": "-0.02",
        "fundingIntervalHours": 4,
        "disclaimer": False,
    }
]

FUNDING_RATE = [
    {
        "symbol": "BTCUSDT",
        "fundingRate": "0.00010000",
        "fundingTime": 1767225600003,
        "markPrice": "90000.00000000",
        "rateType": "Regular",
    },
    {
        "symbol": "BTCUSDT",
        "fundingRate": "0.00500000",
        "fundingTime": 1767240000000,
        "markPrice": "90000.00000000",
        "rateType": "Special",
    },
]

UM_ACCOUNT_RATIO = [
    {
        "symbol": "BTCUSDT",
        "longShortRatio": "1.5000",
        "longAccount": "0.6000",
        "shortAccount": "0.4000",
        "timestamp": 1767225900000,
    }
]
UM_TAKER_RATIO = [{"buySellRatio": "1.5586", "buyVol": "387.3300", "sellVol": "248.5030", "timestamp": 1767225600000}]

CM_OPEN_INTEREST = {
    "symbol": "BTCUSD_PERP",
    "pair": "BTCUSD",
    "openInterest": "10000",
    "contractType": "PERPETUAL",
    "time": 1767225601250,
}
# 10000 contracts of 100 USD are 1000000 USD; at 50000 USD a coin the stated value is 20 BTC.
CM_OPEN_INTEREST_HISTORY = [
    {
        "pair": "BTCUSD",
        "contractType": "PERPETUAL",
        "sumOpenInterest": "10000",
        "sumOpenInterestValue": "20",
        "timestamp": 1767225900000,
    },
]
CM_ACCOUNT_RATIO = [
    {
        "pair": "BTCUSD",
        "longShortRatio": "1.5000",
        "longAccount": "0.6000",
        "shortAccount": "0.4000",
        "timestamp": 1767225900000,
    }
]
CM_POSITION_RATIO = [
    {
        "pair": "BTCUSD",
        "longShortRatio": "0.7869",
        "longPosition": "0.4404",
        "shortPosition": "0.5596",
        "timestamp": 1767225900000,
    }
]
CM_TAKER_VOLUME = [
    {
        "pair": "BTCUSD",
        "contractType": "PERPETUAL",
        "takerBuyVol": "387",
        "takerSellVol": "248",
        "takerBuyVolValue": "0.774",
        "takerSellVolValue": "0.496",
        "timestamp": 1767225600000,
    }
]
CM_PREMIUM_INDEX = [
    {
        "symbol": "BTCUSD_PERP",
        "pair": "BTCUSD",
        "markPrice": "50000.00000000",
        "indexPrice": "49990.00000000",
        "estimatedSettlePrice": "49995.00000000",
        "lastFundingRate": "0.00010000",
        "interestRate": "0.00010000",
        "nextFundingTime": 1767254400000,
        "time": 1767225601250,
    }
]
