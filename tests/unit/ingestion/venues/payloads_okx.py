"""Responses of OKX, which the project wrote from its documentation (v5, public data and trading statistics).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.


def answer(*rows):
    return {"code": "0", "msg": "", "data": list(rows)}


def instrument(symbol, uly, settle, contract_value, **other):
    is_linear = settle != uly.partition("-")[0]
    return {
        "alias": "",
        "baseCcy": "",
        "category": "1",
        "ctMult": "1",
        "ctType": "linear" if is_linear else "inverse",
        "ctVal": contract_value,
        "ctValCcy": uly.partition("-")[0] if is_linear else "USD",
        "expTime": "",
        "instCategory": "1",
        "instFamily": uly,
        "instId": symbol,
        "instType": "SWAP",
        "lever": "100",
        "listTime": "1573557408000",
        "lotSz": "0.01",
        "minSz": "0.01",
        "optType": "",
        "quoteCcy": "",
        "settleCcy": settle,
        "state": "live",
        "stk": "",
        "tickSz": "0.1",
        "uly": uly,
        **other,
    }


SWAPS = [
    instrument("BTC-USDT-SWAP", "BTC-USDT", "USDT", "0.01"),
    instrument("BTC-USD-SWAP", "BTC-USD", "BTC", "100", listTime="", expTime="1798185600000"),
    instrument("NEW-USDT-SWAP", "NEW-USDT", "USDT", "10", ctMult="3", state="preopen"),
    instrument("TSLA-USDT-SWAP", "TSLA-USDT", "USDT", "1", instCategory="3"),
    instrument("BTC-EUR-SWAP", "BTC-EUR", "EUR", "0.01"),
]
FUTURES = [instrument("BTC-USD-261225", "BTC-USD", "BTC", "100", instType="FUTURES", expTime="1798185600000")]

OPEN_INTEREST = answer(
    {
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "oi": "2500000",
        "oiCcy": "25000",
        "oiUsd": "2250000000",
        "ts": "1767225601250",
    },
    {
        "instId": "BTC-USD-SWAP",
        "instType": "SWAP",
        "oi": "450000",
        "oiCcy": "500",
        "oiUsd": "45000000",
        "ts": "1767225601250",
    },
)
OPEN_INTEREST_HISTORY = answer(["1767225600000", "2500000", "25000", "2250000000"])
CANDLES = answer(["1767225600000", "90000.1", "90100", "89900.5", "90050", "1250", "12.5", "1125625", "1"])
INVERSE_CANDLES = answer(["1767225600000", "90000.1", "90100", "89900.5", "90050", "11256.25", "12.5", "1125625", "1"])
PRICE_CANDLES = answer(["1767225600000", "90000.1", "90100", "89900.5", "90050", "1"])
FUNDING = answer(
    {
        "fundingRate": "0.0001",
        "fundingTime": "1767240000000",
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "nextFundingTime": "1767254400000",
        "settFundingRate": "0.00005",
        "ts": "1767225601250",
    }
)
FUNDING_HISTORY = answer(
    {
        "fundingRate": "0.00012",
        "fundingTime": "1767225600000",
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "realizedRate": "0.0001",
    }
)
RATIO = answer(["1767225600000", "1.5"])
TAKER_VOLUME = answer(["1767225600000", "40.5", "59.5"])
LIQUIDATIONS = answer(
    {
        "details": [
            {
                "bkLoss": "0",
                "bkPx": "89000.5",
                "ccy": "",
                "posSide": "long",
                "side": "sell",
                "sz": "12.5",
                "ts": "1767225660000",
            },
            {
                "bkLoss": "0",
                "bkPx": "91000",
                "ccy": "",
                "posSide": "short",
                "side": "buy",
                "sz": "700",
                "ts": "1767225630000",
            },
        ],
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "uly": "BTC-USDT",
    }
)
