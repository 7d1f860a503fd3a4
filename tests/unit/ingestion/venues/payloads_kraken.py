"""Responses of Kraken Futures, written from its documentation (docs.kraken.com, futures API: market data, charts)."""

INSTRUMENTS = {
    "result": "success",
    "serverTime": "2026-01-01T00:00:00.000Z",
    "instruments": [
        {
            "symbol": "PF_XBTUSD",
            "type": "flexible_futures",
            "tickSize": 1,
            "contractSize": 1,
            "tradeable": True,
            "openingDate": "2022-03-22T13:18:45Z",
        },
        {
            "symbol": "PI_XBTUSD",
            "type": "futures_inverse",
            "tickSize": 0.5,
            "contractSize": 1,
            "tradeable": True,
            "openingDate": "2018-08-31T00:00:00Z",
        },
        {
            "symbol": "FI_ETHUSD_260327",
            "type": "futures_inverse",
            "tickSize": 0.5,
            "contractSize": 1,
            "tradeable": False,
            "lastTradingTime": "2026-03-27T16:00:00.000Z",
        },
        {"symbol": "in_xbtusd", "type": "spot index", "tradeable": False},
    ],
}
TICKERS = {
    "result": "success",
    "serverTime": "2026-01-01T00:00:01.250Z",
    "tickers": [
        {"symbol": "PF_XBTUSD", "markPrice": 90000.0, "openInterest": 1250.5, "fundingRate": 1.8},
        {"symbol": "PI_XBTUSD", "markPrice": 80000.0, "openInterest": 21279580.0, "fundingRate": -2e-9},
        {"symbol": "FI_ETHUSD_260327", "markPrice": 3000.0, "openInterest": 5000.0},
        {"symbol": "in_xbtusd", "last": 90000.0},
    ],
}
OPEN_INTEREST = {
    "errors": [],
    "result": {"timestamp": [1767225600], "more": False, "data": [["1240.5", "1260", "1230", "1250.25"]]},
}
LONG_SHORT_RATIO = {"errors": [], "result": {"timestamp": [1767225600], "more": False, "data": ["0.625"]}}
CANDLES = {
    "candles": [
        {
            "time": 1767225600000,
            "open": "89000",
            "high": "90500",
            "low": "88000",
            "close": "90000",
            "volume": "12.5",
        }
    ],
    "more_candles": False,
}
FUNDING_RATES = {
    "result": "success",
    "rates": [
        {"timestamp": "2025-12-31T23:00:00.000Z", "fundingRate": 1.0, "relativeFundingRate": 0.00001},
        {"timestamp": "2026-01-01T00:00:00.000Z", "fundingRate": 1.8, "relativeFundingRate": 0.00002},
        {"timestamp": "2026-01-02T00:00:00.000Z", "fundingRate": 2.7, "relativeFundingRate": 0.00003},
    ],
}
HISTORY = {
    "result": "success",
    "history": [
        {
            "time": "2026-01-01T00:03:00.250Z",
            "trade_id": 102,
            "price": 89500.0,
            "size": 0.5,
            "side": "sell",
            "type": "liquidation",
            "uid": "b2ecf3c1",
        },
        {
            "time": "2026-01-01T00:02:00.000Z",
            "trade_id": 101,
            "price": 89600.0,
            "size": 1.5,
            "side": "buy",
            "type": "fill",
            "uid": "a1ecf3c1",
        },
    ],
}
