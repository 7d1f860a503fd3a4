"""Responses of KuCoin futures, written from its documentation (docs-new: get-all-symbols, klines, ua open interest)."""

XBTUSDTM = {
    "symbol": "XBTUSDTM",
    "type": "FFWCSX",
    "firstOpenDate": 1585555200000,
    "expireDate": None,
    "baseCurrency": "XBT",
    "quoteCurrency": "USDT",
    "settleCurrency": "USDT",
    "multiplier": 0.001,
    "isInverse": False,
    "status": "Open",
    "indexSymbol": ".KXBTUSDT",
    "fundingFeeRate": 0.0001,
    "predictedFundingFeeRate": 0.0009,
    "fundingRateGranularity": 28800000,
    "nextFundingRateTime": 25481884,
    "openInterest": "8724443",
    "markPrice": 90000.5,
}
XBTUSDM = {
    **XBTUSDTM,
    "symbol": "XBTUSDM",
    "quoteCurrency": "USD",
    "settleCurrency": "XBT",
    "multiplier": -1.0,
    "isInverse": True,
    "openInterest": "1500000",
}
XBTMH27 = {
    **XBTUSDM,
    "symbol": "XBTMH27",
    "type": "FFICSX",
    "expireDate": 1806048000000,
    "nextFundingRateTime": None,
    "fundingFeeRate": None,
    "status": "BeingSettled",
}
ETHBTCM = {**XBTUSDTM, "symbol": "ETHBTCM", "quoteCurrency": "XBT"}
CONTRACTS = {"code": "200000", "data": [XBTUSDTM, XBTUSDM, XBTMH27, ETHBTCM]}
OPEN_INTEREST_HISTORY = {
    "code": "200000",
    "data": [{"symbol": "XBTUSDTM", "openInterest": "8053960", "ts": 1767225600000}],
}
KLINES = {"code": "200000", "data": [[1767225600000, 89000.5, 90500.0, 88000.0, 90000.0, 78051, 7024590.0]]}
FUNDING_RATES = {
    "code": "200000",
    "data": [{"symbol": "XBTUSDTM", "fundingRate": -2.26e-4, "timepoint": 1767225600000}],
}
