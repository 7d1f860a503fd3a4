"""Responses of Hyperliquid, which the project wrote from its documentation (info endpoint, perpetuals).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.


def context(oi, mark, funding="0.0000125", **other):
    return {
        "funding": funding,
        "openInterest": oi,
        "prevDayPx": mark,
        "dayNtlVlm": "1169046.29406",
        "premium": "0.00031774",
        "oraclePx": mark,
        "markPx": mark,
        "midPx": mark,
        "impactPxs": [mark, mark],
        "dayBaseVlm": "19707.77457",
        **other,
    }


# Only the position tells which name and context belong together.
META_AND_CONTEXTS = [
    {
        "universe": [
            {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
            {"name": "kPEPE", "szDecimals": 0, "maxLeverage": 10, "marginTableId": 52},
            {"name": "MATIC", "szDecimals": 1, "maxLeverage": 20, "marginTableId": 20, "isDelisted": True},
        ],
        "marginTables": [],
        "collateralToken": 0,
    },
    [
        context("25000.5", "90000.0"),
        context("1000000.0", "0.004", funding="-0.0000300"),
        # A coin without orders has no mid price.
        context("0.0", "0.3", midPx=None, premium=None, impactPxs=None),
    ],
]

CANDLES = [
    {
        "t": 1767225600000,
        "T": 1767225899999,
        "s": "BTC",
        "i": "5m",
        "o": "90000.1",
        "c": "90050.0",
        "h": "90100.0",
        "l": "89900.5",
        "v": "12.5",
        "n": 321,
    }
]

FUNDING_HISTORY = [
    {"coin": "BTC", "fundingRate": "0.0000125", "premium": "0.00029005", "time": 1767225600076},
    {"coin": "BTC", "fundingRate": "-0.0000081", "premium": "-0.00012500", "time": 1767229200012},
]
