"""CoinGecko: circulating supply and market cap, without a key.

What belongs here: its endpoint and its names of coins. What does not: the supply where it fails (the schedule that
fct_circulating_supply falls back to).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Answer, Reading, Row
from ingestion.api.payload import iso_instant, number, rows, text
from ingestion.records import CIRCULATING_SUPPLY
from ingestion.vendors.feed import Vendor, VendorFeed, get_json

# The vendor's own name of each asset: symbols are not unique there.
COIN_IDS = {
    "BTC": "bitcoin",
    "ETH": "ethereum",
    "BNB": "binancecoin",
    "SOL": "solana",
    "XRP": "ripple",
    "DOGE": "dogecoin",
    "ADA": "cardano",
    "AVAX": "avalanche-2",
    "LINK": "chainlink",
    "LTC": "litecoin",
    "DOT": "polkadot",
    "TRX": "tron",
    "HYPE": "hyperliquid",
    "PEPE": "pepe",
    "SHIB": "shiba-inu",
}
_ASSETS = {coin_id: asset for asset, coin_id in COIN_IDS.items()}
_SUPPLY_SECONDS = 300


async def _ask_markets(client: httpx.AsyncClient, assets: Sequence[str], _: Any) -> Any:
    unknown = [asset for asset in assets if asset not in COIN_IDS]
    if unknown:
        raise InputError(f"no CoinGecko name of {', '.join(unknown)} is known; add it to COIN_IDS")
    ids = ",".join(COIN_IDS[asset] for asset in assets)
    return await get_json(client, "coins/markets", {"vs_currency": "usd", "ids": ids})


def parse_markets(answer: Answer) -> Iterable[Row]:
    """Read ``coins/markets``: circulating supply in coins, market cap and price in USD, as of their last update."""
    for row in rows(answer.payload):
        coin_id = text(row, "id")
        if coin_id not in _ASSETS:
            raise InputError(f"the answer is about {coin_id}, which was not asked for; the answer's format has changed")
        yield {
            "scope": "asset",
            "venue_native": None,
            "symbol": _ASSETS[coin_id],
            "stamped_at": iso_instant(row, "last_updated"),
            "supply_base": number(row, "circulating_supply"),
            "market_cap_usd": number(row, "market_cap"),
            "price_usd": number(row, "current_price"),
            "payload": row,
        }


COINGECKO = Vendor(
    name="CoinGecko",
    source="coingecko",
    base_url="https://api.coingecko.com/api/v3/",
    feeds=(
        VendorFeed(
            name="coins_markets",
            path="coins/markets",
            request=_ask_markets,
            readings=(
                Reading("coingecko_circulating_supply", CIRCULATING_SUPPLY, "instant", _SUPPLY_SECONDS, parse_markets),
            ),
            weight="1 of a low shared limit (some 5 to 15 a minute and IP)",
            evidence="CoinGecko API documentation, coins list with market data",
        ),
    ),
)
