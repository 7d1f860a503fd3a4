"""Responses of Gate, which the project wrote from its documentation (APIv4, futures and delivery).

The shapes are the venue's; the values are invented, round enough to check by hand.
"""

# 1767225600 is 2026-01-01 00:00:00 UTC.


def contract(name, multiplier, **other):
    return {
        "name": name,
        "type": "direct" if "USDT" in name else "inverse",
        "quanto_multiplier": multiplier,
        "mark_type": "index",
        "mark_price": "90000",
        "index_price": "90000",
        "last_price": "90000",
        "order_price_deviate": "0.5",
        "order_price_round": "0.1",
        "order_size_min": 1,
        "order_size_max": 1000000,
        "position_size": 1,
        "in_delisting": False,
        **other,
    }


def perpetual(name, multiplier, **other):
    details = {"funding_interval": 28800, "create_time": 1584230400, "status": "trading", "contract_type": ""}
    return contract(name, multiplier, **{**details, **other})


PERPETUALS = {
    "usdt": [
        perpetual("BTC_USDT", "0.0001"),
        perpetual("NEW_USDT", "10", create_time=0, funding_interval=14400, in_delisting=True),
        perpetual("TSLA_USDT", "0.01", contract_type="stocks"),
    ],
    "btc": [perpetual("BTC_USD", "0"), perpetual("ETH_USD", "0.000001")],
}
DELIVERIES = {"usdt": [contract("BTC_USDT_20261225", "0.0001", expire_time=1798185600)]}


def ticker(name, size, mark):
    return {
        "contract": name,
        "last": mark,
        "total_size": size,
        "volume_24h": "1000",
        "mark_price": mark,
        "index_price": mark,
        "funding_rate": "0.0001",
        "funding_rate_indicative": "0.0002",
        "quanto_base_rate": "",
    }


TICKERS = [ticker("BTC_USDT", "300000000", "60000"), ticker("OTHER_USDT", "1", "1")]
INVERSE_TICKERS = [ticker("BTC_USD", "45000000", "90000")]
DELIVERY_TICKERS = [ticker("BTC_USDT_20261225", "1000", "91000")]
STATS = [
    {
        "time": 1767225600,
        "open_interest": 300000000,
        "open_interest_usd": 1800000000.5,
        "mark_price": 60000.0,
        "long_liq_size": 1200,
        "long_liq_amount": 0.12,
        "long_liq_usd": 7200,
        "short_liq_size": 0,
        "short_liq_amount": 0,
        "short_liq_usd": 0,
        "lsr_account": 1.5,
        "lsr_taker": 0.75,
        "top_lsr_account": "1.25",
        "top_lsr_size": "1.1",
    }
]
CANDLES = [
    {"t": 1767225600, "v": 125000, "o": "90000.1", "h": "90100", "l": "89900.5", "c": "90050", "sum": "1125625"},
]
PRICE_CANDLES = [{"t": 1767225600, "o": "90000.1", "h": "90100", "l": "89900.5", "c": "90050"}]
FUNDING_HISTORY = [{"t": 1767225600, "r": "-0.0003"}]
LIQUIDATIONS = [
    {
        "time": 1767225660,
        "contract": "BTC_USDT",
        "size": 500,
        "order_size": -400,
        "left": 0,
        "order_price": "89000.5",
        "fill_price": "89010",
    },
    {
        "time": 1767225630,
        "contract": "BTC_USDT",
        "size": -70,
        "order_size": 70,
        "left": 0,
        "order_price": "91000",
        "fill_price": "90990",
    },
]
