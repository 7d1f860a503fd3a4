"""A market of two days whose numbers are easy to calculate by hand, and exchanges that serve it.

Open interest of every contract starts at 80,000 coins and grows by 10 per bar. The last price starts at 100,000 USD and
grows by 1 per bar; the mark price is 2 above it, the index 1 below. A bar trades 100 coins, of which takers buy 60.
"""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import numpy as np

from sandbox.market.latent_market import Contract, Funding, LatentMarket, Liquidation, Outage, Scene, Supply
from sandbox.server import RunningSandbox

DAY = 86_400
ENDS_AT = 1_795_392_000  # 23 November 2026, 00:00 UTC
BEGINS_AT = ENDS_AT - 2 * DAY
EXPIRES_AT = 1_798_185_600  # 25 December 2026, 08:00 UTC
NOON = BEGINS_AT + DAY + DAY // 2  # bar end 432
BAR_ENDS = np.arange(BEGINS_AT, ENDS_AT + 1, 300, dtype=np.int64)
PEPE_RATIO = 1e10

LIQUIDATIONS = (
    Liquidation(NOON - 1801, "long", 2.0, 100_000.0, 99_000.0),
    Liquidation(NOON - 100, "short", 3.0, 100_500.0, 101_000.0),
)


def contract(venue: str, settlement: str = "linear", **changes: Any) -> Contract:
    index = np.arange(len(BAR_ENDS), dtype=np.float64)
    hours = 1 if venue in {"hyperliquid", "deribit"} else 8
    settled = BAR_ENDS[(BAR_ENDS % (hours * 3600) == 0)]
    made = Contract(
        venue=venue, asset="BTC", market_type="perpetual", settlement=settlement, listed_at=BEGINS_AT - DAY,
        expires_at=None, oi_base=80_000 + 10 * index, trade_usd=100_000 + index, mark_usd=100_002 + index,
        index_usd=99_999 + index, volume_base=np.full(len(index) - 1, 100.0),
        taker_buy_base=np.full(len(index) - 1, 60.0), long_account_ratio=np.full(len(index), 0.6),
        long_position_ratio=np.full(len(index), 0.75), liquidations=LIQUIDATIONS,
        funding=Funding(hours, settled, 0.0001 + 1e-6 * np.arange(len(settled))),
    )  # fmt: skip
    return replace(made, **changes)


def dated(venue: str, settlement: str = "linear", expires_at: int = EXPIRES_AT) -> Contract:
    return contract(venue, settlement, market_type="dated", expires_at=expires_at, funding=None, liquidations=())


def pepe(venue: str) -> Contract:
    """Return the BTC contract as PEPE: prices divided by ``PEPE_RATIO``, quantities multiplied by it."""
    btc = contract(venue)
    prices = {name: getattr(btc, name) / PEPE_RATIO for name in ("trade_usd", "mark_usd", "index_usd")}
    sizes = {name: getattr(btc, name) * PEPE_RATIO for name in ("oi_base", "volume_base", "taker_buy_base")}
    return replace(btc, asset="PEPE", funding=replace(btc.funding, interval_hours=4), **prices, **sizes)


def market(*, outages: tuple[Outage, ...] = ()) -> LatentMarket:
    venues = ("binance", "bybit", "okx", "bitget", "gate", "hyperliquid", "deribit")
    contracts = [contract(venue) for venue in venues]
    contracts += [contract(venue, "inverse") for venue in venues if venue != "hyperliquid"]
    contracts += [dated(venue) for venue in ("binance", "bybit", "okx")]
    contracts += [dated(venue, "inverse") for venue in ("binance", "bybit", "okx", "deribit")]
    contracts += [pepe(venue) for venue in ("binance", "bybit", "okx", "gate", "hyperliquid")]
    scene = Scene("methodology_change", "BTC", "bybit", BEGINS_AT + DAY, ENDS_AT, BEGINS_AT + DAY)
    supply = Supply("BTC", np.full(len(BAR_ENDS), 20_000_000.0))
    return LatentMarket(0, BAR_ENDS, tuple(contracts), (supply,), (scene,), outages)


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Venues:
    """Running exchanges, their clock, and methods that send requests to them."""

    sandbox: RunningSandbox
    clock: Clock

    def response(self, api_id: str, path: str, **parameters: Any) -> httpx.Response:
        return httpx.get(self.sandbox.base_urls[api_id] + path, params=parameters, timeout=5)

    def get(self, api_id: str, path: str, **parameters: Any) -> Any:
        response = self.response(api_id, path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, api_id: str, path: str, body: Any) -> Any:
        return httpx.post(self.sandbox.base_urls[api_id] + path, json=body, timeout=5).json()


def ms(at: float) -> int:
    return round(at * 1000)
