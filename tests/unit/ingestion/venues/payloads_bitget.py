"""Responses of Bitget, which the project wrote from its documentation (contract market v2, unified account v3).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.


def answer(data):
    return {"code": "00000", "msg": "success", "requestTime": 1767225601250, "data": data}


def contract(symbol, base, quote, **other):
    return {
        "symbol": symbol,
        "baseCoin": base,
        "quoteCoin": quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "supportMarginCoins": [quote],
        "minTradeNum": "0.001",
        "priceEndStep": "1",
        "volumePlace": "3",
        "pricePlace": "1",
        "sizeMultiplier": "0.001",
        "symbolType": "perpetual",
        "minTradeUSDT": "5",
        "symbolStatus": "normal",
        "offTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "launchTime": "",
        "fundInterval": "8",
        **other,
    }


CONTRACTS = {
    "USDT-FUTURES": [
        contract("BTCUSDT", "BTC", "USDT", launchTime="1584230400000"),
        contract("OLDUSDT", "OLD", "USDT", symbolStatus="off"),
        contract("TSLAUSDT", "TSLA", "USDT", isRwa="YES"),
    ],
    "USDC-FUTURES": [contract("BTCPERP", "BTC", "USDC")],
    "COIN-FUTURES": [
        contract("BTCUSD", "BTC", "USD", supportMarginCoins=["BTC", "ETH", "USDC"]),
        contract("BTCUSDZ26", "BTC", "USD", symbolType="delivery", deliveryTime="1798185600000"),
    ],
    "SUSDT-FUTURES": [contract("SBTCSUSDT", "SBTC", "SUSDT")],
}


def ticker(symbol, holding, mark):
    return {
        "symbol": symbol,
        "lastPr": "90001",
        "ts": "1767225600750",
        "baseVolume": "1",
        "quoteVolume": "90000",
        "usdtVolume": "90000",
        "indexPrice": "90002",
        "fundingRate": "0.0001",
        "holdingAmount": holding,
        "deliveryStartTime": None,
        "deliveryTime": None,
        "deliveryStatus": "",
        "markPrice": mark,
    }


TICKERS = answer([ticker("BTCUSDT", "25000.5", "90000"), ticker("OTHERUSDT", "1", "1")])
INVERSE_TICKERS = answer([ticker("BTCUSD", "125.6844", "29904.5")])
CANDLES = answer([["1767225600000", "90000.1", "90100", "89900.5", "90050", "12.5", "1125625"]])
FUNDING = answer(
    [
        {
            "symbol": "BTCUSDT",
            "fundingRate": "0.0001",
            "fundingRateInterval": "4",
            "nextUpdate": "1767240000000",
            "minFundingRate": "-0.003",
            "maxFundingRate": "0.003",
        }
    ]
)
FUNDING_HISTORY = answer([{"symbol": "BTCUSDT", "fundingRate": "-0.0003", "fundingTime": "1767225600000"}])
ACCOUNTS = answer(
    [
        {
            "longAccountRatio": "0.58",
            "shortAccountRatio": "0.42",
            # The venue writes this number, which is not long / short.
            "longShortAccountRatio": "0.0138",
            "ts": "1767225600000",
        }
    ]
)
POSITIONS = answer(
    [
        {
            "longPositionRatio": "0.51",
            "shortPositionRatio": "0.49",
            "longShortPositionRatio": "0.0104",
            "ts": "1767225600000",
        }
    ]
)
