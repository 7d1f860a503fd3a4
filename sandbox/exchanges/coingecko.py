"""CoinGecko v3 without an API key: current price, supply and market cap of coins.

What belongs here: its ids, path and fields. What does not: exchanges.
"""

from datetime import UTC, datetime

from sandbox.exchanges.api import Api, Json, Request, VenueError
from sandbox.exchanges.view import View
from sandbox.market.latent_market import Supply

_IDS = {"BTC": "bitcoin", "ETH": "ethereum", "BNB": "binancecoin", "SOL": "solana", "PEPE": "pepe"}
_MOST_ROWS = 250


def _venue_error(message: str) -> VenueError:
    return VenueError(422, {"error": message})


def _markets(view: View, request: Request) -> Json:
    """Return the requested coins (all when ``ids`` is absent), by market cap, largest first."""
    request.text("vs_currency")
    ids = request.text("ids", ",".join(_IDS.values())).split(",")
    rows = [_coin(view, supply) for supply in view.market.supplies if _IDS.get(supply.asset) in ids]
    rows.sort(key=lambda row: float(row["market_cap"]), reverse=True)
    count, page = request.limit("per_page", default=100, most=_MOST_ROWS), request.integer("page", 1)
    return rows[(page - 1) * count : page * count]


def _coin(view: View, supply: Supply) -> dict[str, Json]:
    index_usd = next(contract.index_usd for contract in view.market.contracts if contract.asset == supply.asset)
    price = view.market.level_at(index_usd, view.now)
    coins = view.market.level_at(supply.supply_base, view.now)
    return {
        "id": _IDS[supply.asset],
        "symbol": supply.asset.lower(),
        "name": supply.asset,
        "current_price": price,
        "market_cap": price * coins,
        "circulating_supply": coins,
        "total_supply": coins,
        "max_supply": None,
        "last_updated": datetime.fromtimestamp(view.now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


COINGECKO = Api(
    api_id="coingecko",
    venue="coingecko",
    lists=lambda _contract: None,
    venue_error=_venue_error,
    handlers={"GET /api/v3/coins/markets": _markets},
)
