"""Responses of HTX, written from its documentation (USDT-margined, coin-margined swaps and futures)."""

_COMMON = {"symbol": "BTC", "price_tick": 0.1, "create_date": "20201021", "contract_status": 1}
LINEAR_SWAP = {
    **_COMMON,
    "contract_code": "BTC-USDT",
    "contract_size": 0.001,
    "delivery_date": "",
    "delivery_time": "",
    "business_type": "swap",
    "pair": "BTC-USDT",
    "contract_type": "swap",
}
LINEAR_DATED = {
    **LINEAR_SWAP,
    "contract_code": "BTC-USDT-260327",
    "delivery_date": "20260327",
    "delivery_time": "1774598400000",
    "business_type": "futures",
    "contract_type": "quarter",
    "contract_status": 4,
}
INVERSE_SWAP = {**_COMMON, "contract_code": "BTC-USD", "contract_size": 100.0, "delivery_time": ""}
INVERSE_DATED = {
    **_COMMON,
    "contract_code": "BTC260327",
    "contract_size": 100.0,
    "contract_type": "quarter",
    "delivery_date": "20260327",
    "delivery_time": "1774598400000",
}
CONTRACT_LISTS = {
    "/linear-swap-api/v1/swap_contract_info": {"status": "ok", "data": [LINEAR_SWAP, LINEAR_DATED], "ts": 1},
    "/swap-api/v1/swap_contract_info": {"status": "ok", "data": [INVERSE_SWAP], "ts": 1},
    "/api/v1/contract_contract_info": {"status": "ok", "data": [INVERSE_DATED], "ts": 1},
}
OPEN_INTEREST_LINEAR = {
    "code": 200,
    "message": "Success",
    "data": {
        "amount": "32476.092",
        "volume": "32476092",
        "value": "2922848280",
        "contract_code": "BTC-USDT",
        "trade_volume": "11371362",
    },
    "ts": 1767225601250,
}
OPEN_INTEREST_INVERSE = {
    "status": "ok",
    "data": [
        {"volume": 518018.0, "amount": 575.57, "symbol": "BTC", "contract_code": "BTC-USD"},
        {"volume": 1.0, "amount": 1.0, "symbol": "ZZZ", "contract_code": "ZZZ-USD"},
    ],
    "ts": 1767225601250,
}
OPEN_INTEREST_HISTORY = {
    "status": "ok",
    "data": {
        "symbol": "BTC",
        "tick": [
            {"volume": "4385435.0", "amount_type": "1", "ts": "1767225600000", "value": "394689150"},
            {"volume": "4385436.0", "amount_type": "1", "ts": "1767222000000", "value": "394689240"},
        ],
        "contract_code": "BTC-USDT",
    },
    "ts": 1767225601250,
}
FUNDING_RATE = {
    "code": 200,
    "data": [
        {
            "contract_code": "BTC-USDT",
            "funding_rate": "0.000083",
            "funding_time": "1767225600000",
            "next_funding_time": "1767240000000",
        }
    ],
    "ts": 1767225601250,
}
FUNDING_RATE_INVERSE = {
    "status": "ok",
    "data": [
        {
            "estimated_rate": None,
            "funding_rate": "0.0001",
            "contract_code": "BTC-USD",
            "funding_time": "1767225600000",
            "next_funding_time": None,
        }
    ],
    "ts": 1767225601250,
}
SETTLED_LINEAR = {
    "code": 200,
    "data": [{"id": "1", "contract_code": "BTC-USDT", "funding_rate": "-0.0001", "funding_time": "1767225600000"}],
    "ts": 1767225601250,
}
CANDLES = {
    "status": "ok",
    "data": [
        {
            "id": 1767225600,
            "open": 89000.0,
            "high": 90500.0,
            "low": 88000.0,
            "close": 90000.0,
            "vol": 3000,
            "amount": 3.0,
            "trade_turnover": 270000.0,
        }
    ],
}
ELITE_RATIO = {
    "status": "ok",
    "data": {
        "symbol": "BTC",
        "contract_code": "BTC-USDT",
        "list": [{"buy_ratio": 0.6, "sell_ratio": 0.3, "locked_ratio": 0.1, "ts": 1767225600000}],
    },
    "ts": 1767225601250,
}
LIQUIDATIONS_LINEAR = {
    "code": 200,
    "data": [
        {
            "id": "150153038758",
            "contract_code": "BTC-USDT",
            "liquidation_time": "1767225601165",
            "side": "buy",
            "position_side": "short",
            "volume": "2",
            "amount": "0.002",
            "bankrupt_price": "90500.5",
        }
    ],
    "ts": 1767225869221,
}
LIQUIDATIONS_INVERSE = {
    "code": 200,
    "data": [
        {
            "query_id": 452057,
            "contract_code": "BTC-USD",
            "symbol": "BTC",
            "direction": "sell",
            "offset": "close",
            "volume": 479.0,
            "price": 88000.5,
            "created_at": 1767225601864,
        }
    ],
    "ts": 1767225869221,
}
