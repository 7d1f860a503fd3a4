"""Responses of Deribit, which the project wrote from its documentation (API v2, market data).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600000 is 2026-01-01 00:00:00 UTC.


def answer(result):
    return {"jsonrpc": "2.0", "result": result, "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": False}


def instrument(name, base, quote, settle, **other):
    return {
        "instrument_name": name,
        "kind": "future",
        "instrument_type": "linear" if quote == settle else "reversed",
        "base_currency": base,
        "quote_currency": quote,
        "counter_currency": quote,
        "settlement_currency": settle,
        "settlement_period": "perpetual",
        "expiration_timestamp": 32503708800000,
        "creation_timestamp": 1584230400000,
        "is_active": True,
        "tick_size": 0.5,
        "contract_size": 10.0,
        "min_trade_amount": 10.0,
        "maker_commission": 0.0,
        "taker_commission": 0.0005,
        **other,
    }


DATED = {"settlement_period": "month", "expiration_timestamp": 1798185600000}
INSTRUMENTS = [
    instrument("BTC-PERPETUAL", "BTC", "USD", "BTC"),
    instrument("BTC-25DEC26", "BTC", "USD", "BTC", **DATED),
    instrument("BTC_USDC-PERPETUAL", "BTC", "USDC", "USDC", contract_size=0.001, is_active=False),
    instrument("ETH_BTC-PERPETUAL", "ETH", "BTC", "BTC"),
    instrument("BTC-FS-25DEC26_PERP", "BTC", "USD", "BTC", kind="future_combo", **DATED),
    instrument("BTC-25DEC26-90000-C", "BTC", "BTC", "BTC", kind="option", strike=90000.0, option_type="call", **DATED),
    {
        "instrument_name": "BTC_USDC",
        "kind": "spot",
        "base_currency": "BTC",
        "quote_currency": "USDC",
        "counter_currency": "USDC",
        "is_active": True,
        "tick_size": 1.0,
        "min_trade_amount": 0.0001,
        "contract_size": 0.0001,
        "maker_commission": 0.0,
        "taker_commission": 0.0,
        "creation_timestamp": 1584230400000,
    },
]


def summary(name, open_interest, mark, **funding):
    return {
        "instrument_name": name,
        "base_currency": "BTC",
        "quote_currency": "USD",
        "open_interest": open_interest,
        "mark_price": mark,
        "last": mark,
        "volume": 10.5,
        "volume_usd": 900000.0,
        "creation_timestamp": 1767225601250,
        **funding,
    }


SUMMARIES = answer(
    [
        summary("BTC-PERPETUAL", 900_000_000, 60000.0, current_funding=0.0001, funding_8h=0.00025),
        summary("BTC-25DEC26", 100_000_000, 61000.0),
        summary("BTC-FS-25DEC26_PERP", 1, 1000.0),
    ]
)
LINEAR_SUMMARIES = answer([summary("BTC_USDC-PERPETUAL", 123.456, 60010.0, current_funding=0, funding_8h=0)])
CHART = answer(
    {
        "status": "ok",
        "ticks": [1767225600000, 1767225900000],
        "open": [90000.5, 90050],
        "high": [90100, 90060],
        "low": [89900.5, 90040],
        "close": [90050, 90055],
        "volume": [12.5, 0],
        "cost": [1125620, 0],
    }
)
NO_CHART = answer(
    {"status": "no_data", "ticks": [], "open": [], "high": [], "low": [], "close": [], "volume": [], "cost": []}
)
FUNDING_HISTORY = answer(
    [
        {
            "timestamp": 1767225600000,
            "index_price": 90000.5,
            "prev_index_price": 89990.25,
            "interest_8h": 0.00008,
            "interest_1h": 0.00001,
        }
    ]
)


def trade(trade_id, direction, timestamp=1767225660000, **liquidation):
    return {
        "trade_seq": 1,
        "trade_id": trade_id,
        "timestamp": timestamp,
        "tick_direction": 0,
        "price": 89000.5,
        "mark_price": 89001.0,
        "index_price": 89002.0,
        "instrument_name": "BTC-PERPETUAL",
        "direction": direction,
        "amount": 12340.0,
        "contracts": 1234.0,
        **liquidation,
    }


def trades(*rows, has_more=False):
    return answer({"trades": list(rows), "has_more": has_more})


TRADES = trades(
    trade("1", "sell", liquidation="T"),
    trade("2", "buy"),
    trade("3", "sell", liquidation="M"),
    trade("4", "buy", liquidation="MT"),
)
