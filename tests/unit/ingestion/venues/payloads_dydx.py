"""Responses of the dYdX v4 indexer, written from its documentation (docs.dydx.xyz, indexer, HTTP)."""

PERPETUAL_MARKETS = {
    "markets": {
        "BTC-USD": {
            "clobPairId": "0",
            "ticker": "BTC-USD",
            "status": "ACTIVE",
            "oraclePrice": "90000.5",
            "nextFundingRate": "0.00000125",
            "openInterest": "381.7348",
            "stepSize": "0.0001",
            "marketType": "CROSS",
        },
        "OLD-USD": {
            "clobPairId": "7",
            "ticker": "OLD-USD",
            "status": "FINAL_SETTLEMENT",
            "oraclePrice": "1",
            "nextFundingRate": "0",
            "openInterest": "0",
            "stepSize": "1",
            "marketType": "ISOLATED",
        },
    }
}
CANDLES = {
    "candles": [
        {
            "startedAt": "2026-01-01T00:05:00.000Z",
            "ticker": "BTC-USD",
            "resolution": "5MINS",
            "low": "88000",
            "high": "90500",
            "open": "89000",
            "close": "90000",
            "baseTokenVolume": "3.25",
            "usdVolume": "292500",
            "trades": 49,
            "startingOpenInterest": "381.5",
        }
    ]
}
HISTORICAL_FUNDING = {
    "historicalFunding": [
        {
            "ticker": "BTC-USD",
            "rate": "-0.000002375",
            "price": "89993.8",
            "effectiveAtHeight": "66622979",
            "effectiveAt": "2026-01-01T00:00:00.219Z",
        }
    ]
}
TRADES = {
    "trades": [
        {
            "id": "02ac5b1f0000000200000002",
            "side": "SELL",
            "size": "0.5",
            "price": "89500",
            "type": "LIQUIDATED",
            "createdAt": "2026-01-01T00:03:00.250Z",
            "createdAtHeight": "44849951",
        },
        {
            "id": "02ac5b1f0000000200000005",
            "side": "BUY",
            "size": "0.25",
            "price": "90500",
            "type": "LIQUIDATED",
            "createdAt": "2026-01-01T00:02:00.000Z",
            "createdAtHeight": "44849950",
        },
        {
            "id": "02ac5b1f0000000200000001",
            "side": "SELL",
            "size": "9",
            "price": "89400",
            "type": "LIMIT",
            "createdAt": "2026-01-01T00:01:00.000Z",
            "createdAtHeight": "44849949",
        },
    ]
}
