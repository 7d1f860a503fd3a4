"""CoinGecko: circulating supply and market cap. It needs no key.

What belongs here: its endpoint and its names of coins. What does not: the scheduled supply, which
fct_circulating_supply takes when a request fails.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Reading, Response
from ingestion.api.payload import iso_instant, number, rows, text
from ingestion.api.rows import Row, circulating_supply
from ingestion.api.vendor import Vendor, VendorFeed, scoped
from ingestion.records import CIRCULATING_SUPPLY
from ingestion.vendors.client import get_json

# CoinGecko's own name of each asset: its symbols are not unique.
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


async def _names(_client: httpx.AsyncClient, assets: Sequence[str]) -> dict[str, str]:
    return {asset: COIN_IDS[asset] for asset in assets if asset in COIN_IDS}


async def _request_markets(client: httpx.AsyncClient, names: Sequence[str], _window: Any) -> Any:
    return await get_json(client, "coins/markets", {"vs_currency": "usd", "ids": ",".join(names)})


def parse_markets(response: Response) -> Iterable[Row]:
    """Read ``coins/markets``: circulating supply in coins, market cap and price in USD, all at their last update.

    Sample::

        [{"id": "bitcoin", "current_price": 90000, "market_cap": 1797300000000, "circulating_supply": 19970000.0,
          "last_updated": "2026-01-01T00:00:05.250Z"}]
    """
    for row in rows(response.payload):
        coin_id = text(row, "id")
        if coin_id not in _ASSETS:
            raise InputError(f"the response is about {coin_id}, which was not requested; the vendor's API has changed")
        supply = circulating_supply(
            _ASSETS[coin_id],
            iso_instant(row, "last_updated"),
            row,
            supply_base=number(row, "circulating_supply"),
            market_cap_usd=number(row, "market_cap"),
            price_usd=number(row, "current_price"),
        )
        yield scoped(supply, "asset", None)


COINGECKO = Vendor(
    name="CoinGecko",
    source="coingecko",
    base_url="https://api.coingecko.com/api/v3/",
    names=_names,
    feeds=(
        VendorFeed(
            name="coins_markets",
            path="coins/markets",
            request=_request_markets,
            readings=(
                Reading("coingecko_circulating_supply", CIRCULATING_SUPPLY, "instant", parse_markets, _SUPPLY_SECONDS),
            ),
            weight="1 of a low shared limit, about 5 to 15 a minute per IP",
            evidence="CoinGecko API v3 documentation, coins/markets",
        ),
    ),
)
