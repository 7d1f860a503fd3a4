"""Growth counts contracts: prices that move, and contract sizes that change, are no growth (metrics.md, rules 6, 8)."""

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pytest
from growth_support import Listing, land_levels, land_listing
from marts_support import build_models, load_everything

from common.settings import Settings

pytestmark = pytest.mark.xdist_group("growth_properties")

SEED = 20261128
STARTS_AT = datetime.fromisoformat("2026-01-01T00:00:00")
# One day more than the longest lookback.
DAYS = 9
RESIZED_AT = STARTS_AT + timedelta(days=4, hours=5)
MINUTES = {"5m": 5, "15m": 15, "1h": 60, "4h": 240}
# The grain and the contracts of each book: (venue, settlement, contract size, contract size from RESIZED_AT on).
BOOKS = {
    "BTC": (
        "5m",
        [
            ("binance", "linear", 1.0, 1.0),
            ("binance", "inverse", 100.0, 100.0),
            ("okx", "inverse", 100.0, 100.0),
            ("gate", "linear", 0.0001, 0.0001),
            ("deribit", "inverse", 10.0, 10.0),
        ],
    ),
    "ETH": ("15m", [("binance", "inverse", 10.0, 10.0), ("bybit", "linear", 1.0, 1.0)]),
    "SOL": ("4h", [("binance", "linear", 1.0, 1.0), ("okx", "inverse", 10.0, 10.0)]),
    "BNB": ("1h", [("binance", "inverse", 10.0, 10.0), ("deribit", "inverse", 1.0, 1.0)]),
    "XRP": ("1h", [("gate", "linear", 10.0, 1.0), ("okx", "inverse", 10.0, 1.0), ("binance", "inverse", 10.0, 100.0)]),
    "DOGE": ("1h", [("binance", "linear", 1.0, 1.0), ("bybit", "linear", 1.0, 1.0)]),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Nine days of books whose contracts never change, while each contract's price is a walk of its own."""
    settings = Settings(home=tmp_path_factory.mktemp("constant_books"))
    randomness = np.random.default_rng(SEED)
    observed_at = STARTS_AT + timedelta(days=DAYS)
    for asset, (timeframe, contracts) in BOOKS.items():
        grain = timedelta(minutes=MINUTES[timeframe])
        bars = timedelta(days=DAYS) // grain
        instants = [STARTS_AT + grain * bar for bar in range(1, bars + 1)]
        for venue, settlement, size, later_size in contracts:
            listing = Listing(venue, asset, settlement, [(STARTS_AT, size), (RESIZED_AT, later_size)])
            prices = 100 * np.exp(np.cumsum(randomness.normal(0, 0.03, bars)))
            # Face value in USD, or coins. Only a contract that is counted in contracts shows its size.
            quantity = float(randomness.integers(10_000, 1_000_000))
            counts_contracts = venue in ("gate", "okx", "binance") and (settlement == "inverse" or venue == "gate")
            natives = [
                quantity / (size if at < RESIZED_AT else later_size) if counts_contracts else quantity
                for at in instants
            ]
            land_listing(settings, listing, observed_at=observed_at)
            levels = dict(zip(instants, zip(natives, map(float, prices), strict=True), strict=True))
            land_levels(settings, listing, levels, observed_at=observed_at, grain=grain)
    assert load_everything(settings).failures == ()
    build_models(settings)
    return duckdb.connect(str(settings.build_file), read_only=True)


def test_the_coins_of_inverse_contracts_do_move(built: duckdb.DuckDBPyConnection):
    (moves,) = built.execute(
        "select count(*) from (select asset, venue, settlement from core.fct_open_interest "
        "group by all having (max(oi_base) > 1.2 * min(oi_base)) = (settlement = 'inverse'))"
    ).fetchall()[0]
    assert moves == sum(len(contracts) for _, contracts in BOOKS.values())


@pytest.mark.parametrize("span", ["bar", "1h", "4h", "24h", "7d"])
def test_a_price_that_moves_is_no_growth_of_a_venue(built: duckdb.DuckDBPyConnection, span: str):
    rows = built.execute(
        f"select asset, timeframe, count(linked_{span}_base), max(abs(linked_{span}_base / previous_{span}_base - 1)), "
        "list(distinct growth_basis) filter (growth_basis is not null) "
        "from marts.fct_venue_open_interest group by all"
    ).fetchall()
    assert {timeframe for _, timeframe, *_ in rows} == {"5m", "15m", "1h", "4h", "1d"}
    seconds = {"bar": 0, "1h": 3600, "4h": 14400, "24h": 86400, "7d": 604800}[span]
    bars = {**{name: 60 * minutes for name, minutes in MINUTES.items()}, "1d": 86400}
    for asset, timeframe, count, largest, basis in rows:
        assert basis == ["contracts"]
        if not seconds or seconds >= bars[timeframe]:
            assert count > 0, (asset, timeframe)
            assert largest < 1e-9, (asset, timeframe)


@pytest.mark.parametrize("table", ["fct_oi_price_growth", "fct_oi_velocity", "fct_venue_oi_velocity"])
def test_a_price_that_moves_is_no_growth_anywhere(built: duckdb.DuckDBPyConnection, table: str):
    rows = built.execute(
        f"select asset, timeframe, count(oi_growth_ratio), max(abs(oi_growth_ratio)), "
        "count(*) filter ((growth_basis is null) <> (oi_growth_ratio is null)), "
        f"list(distinct growth_basis) filter (growth_basis is not null) from marts.{table} group by all"
    ).fetchall()
    assert {asset for asset, *_ in rows} == set(BOOKS)
    for asset, timeframe, count, largest, without_basis, basis in rows:
        assert count > 0
        assert largest < 1e-9, (asset, timeframe)
        assert without_basis == 0
        assert basis == ["contracts"]
