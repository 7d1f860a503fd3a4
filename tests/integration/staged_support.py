"""A year of the simulated market with every scene, in hourly rows. No exchange keeps so long a history.

The helpers land the rows directly, as a recorder of the venues' linear contracts would, in coins. test_sandbox_truth.py
tests units, inverse contracts and the HTTP of the exchanges, to nine digits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from marts_support import build_models, home_of_all_workers, load_everything
from sandbox_support import seconds

from common.settings import Settings
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS
from sandbox.market.latent_market import BAR_SECONDS, BARS_AN_HOUR, Contract, Floats, Instants, LatentMarket
from sandbox.market.scenes import SCRIPT, Staged
from sandbox.market.simulation import simulate

SEED = 7
HOUR_SECONDS = 3600
_ENDS_AT = datetime.fromisoformat("2026-03-20T12:00:00")
# At the end of the market, the outcomes of the last scene are known, up to the longest horizon of a claim.
_AFTER_HOURS = 15 * 24
STAGED = tuple(replace(one, hours_before_end=one.hours_before_end + _AFTER_HOURS) for one in SCRIPT)
# Each asset begins a month before its first scene. Assets that need a funding percentile of a year begin 70 % of a year
# before it.
_DAYS = {"BTC": 63, "BNB": 63, "PEPE": 63, "ETH": 279, "SOL": 279}
SINCE = {asset: seconds(_ENDS_AT - timedelta(days=days)) for asset, days in _DAYS.items()}
# The field with each venue's open interest of linear contracts, its unit, and the number of sides that it counts.
_OPEN_INTEREST = {
    "binance": ("openInterest", "base", 1),
    "bybit": ("singleOpenInterest", "base", 1),
    "okx": ("oiCcy", "base", 1),
    "bitget": ("openInterest", "base", 1),
    "gate": ("open_interest", "contract", 1),
    "hyperliquid": ("openInterest", "base", 2),
    "deribit": ("open_interest", "base", 1),
}


@cache
def market_of(script: Sequence[Staged]) -> LatentMarket:
    """Return the market with the scenes of ``script``. Its noise does not depend on the scenes."""
    return simulate(seed=SEED, begins_at=min(SINCE.values()), ends_at=seconds(_ENDS_AT), script=script)


def home_of(tmp_path_factory: pytest.TempPathFactory, name: str, script: Sequence[Staged]) -> Settings:
    """Return the settings of a home that was built from the market of ``script``. Do not write into it."""

    def fill(settings: Settings) -> None:
        _land(settings, market_of(script))
        assert load_everything(settings).failures == ()
        build_models(settings)

    return home_of_all_workers(tmp_path_factory, name, fill)


def hours_of(market: LatentMarket, since: int) -> Instants:
    """Return the indexes of the bar ends at full hours from ``since`` on, except the first hour of the market."""
    places = np.arange(BARS_AN_HOUR, len(market.bar_ends))
    return places[(market.bar_ends[places] % HOUR_SECONDS == 0) & (market.bar_ends[places] >= since)]


def _land(settings: Settings, market: LatentMarket) -> None:
    for contract in market.contracts:
        if contract.settlement == "linear":
            for dataset, rows in _said_of(contract, market):
                _write(settings, dataset, contract.venue, f"{contract.asset}{contract.expires_at or ''}", rows)
    for supply in market.supplies:
        at = hours_of(market, SINCE[supply.asset])
        rows = pd.DataFrame(
            {"stamped_at": _instants(market.bar_ends[at]), "label_convention": "instant", "scope": "asset"}
        )
        rows["supply_base"] = supply.supply_base[at]
        _write(settings, "circulating_supply", "coingecko", supply.asset, rows)


def _said_of(contract: Contract, market: LatentMarket) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a venue's rows of a contract by dataset: levels at the hour, flows of the hour that ends there."""
    at = hours_of(market, SINCE[contract.asset])
    at = at[~np.isnan(contract.oi_base[at])]
    for outage in market.outages:
        if outage.venue == contract.venue:
            at = at[(market.bar_ends[at] < outage.begins_at) | (market.bar_ends[at] >= outage.ends_at)]
    of_level = {
        "stamped_at": _instants(market.bar_ends[at]),
        "interval_seconds": HOUR_SECONDS,
        "label_convention": "instant",
    }
    of_flow = {**of_level, "label_convention": "end"}
    field, unit, sides = _OPEN_INTEREST[contract.venue]
    yield "instrument", pd.DataFrame(
        {"stamped_at": _instants(market.bar_ends[:1]), "label_convention": "instant", "symbol_native": contract.asset,
         "quote": "USDT", "settle": "USDT", "market_type": contract.market_type, "settlement": "linear",
         "contract_unit": "base", "contract_size": 1.0, "is_trading": True,
         "expiry_at": None if contract.expires_at is None else _instants(np.array([contract.expires_at]))}
    )  # fmt: skip
    yield "open_interest", pd.DataFrame(
        {**of_level, "native_field": field, "native_unit": unit, "oi_native": sides * contract.oi_base[at],
         "price_usd_native": contract.mark_usd[at]}
    )  # fmt: skip
    if contract.funding is None:
        return
    yield "candle", pd.DataFrame(
        {**of_flow, "price_kind": "trade", "close_usd": contract.trade_usd[at], "native_unit": "base",
         "volume_native": _of_the_hour(contract.volume_base, at)}
    )  # fmt: skip
    yield "long_short_ratio", pd.DataFrame(
        {**of_level, "basis": "accounts", "native_unit": "fraction", "long_native": contract.long_account_ratio[at],
         "short_native": 1 - contract.long_account_ratio[at]}
    )  # fmt: skip
    yield "liquidation", pd.DataFrame(
        {**of_flow, "native_unit": "base", "coverage": "full",
         **{f"{side}_native": _of_the_hour(_closed(contract, market, side), at) for side in ("long", "short")}}
    )  # fmt: skip
    is_kept = contract.funding.instants >= SINCE[contract.asset]
    yield "funding_rate", pd.DataFrame(
        {"stamped_at": _instants(contract.funding.instants[is_kept]), "label_convention": "instant", "is_settled": True,
         "rate_native": contract.funding.rate_ratio[is_kept], "native_unit": "fraction",
         "funding_interval_hours": float(contract.funding.interval_hours)}
    )  # fmt: skip


def _instants(bar_ends: Instants) -> pd.Series:
    return pd.Series(pd.to_datetime(bar_ends, unit="s"))


def _of_the_hour(bars: Floats, at: Instants) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(bars)])
    return total[at] - total[at - BARS_AN_HOUR]


def _closed(contract: Contract, market: LatentMarket, side: str) -> Floats:
    """Return the coins closed by force on one side in each bar."""
    closed = [one for one in contract.liquidations if one.position_side == side]
    bars = [(one.at - int(market.bar_ends[0])) // BAR_SECONDS for one in closed]
    return np.bincount(bars, [one.quantity_base for one in closed], minlength=len(market.bar_ends) - 1)


def _write(settings: Settings, dataset: str, teller: str, symbol: str, rows: pd.DataFrame) -> None:
    collector = f"{teller}_{dataset}"
    common = {
        "source": "coingecko" if teller == "coingecko" else "exchanges", "source_mode": "simulated", "symbol": symbol,
        "collector": collector, "scope": "instrument", "venue_native": teller, "observed_at": _ENDS_AT,
    }  # fmt: skip
    full = rows.assign(**{name: value for name, value in common.items() if name not in rows})
    columns = [
        pa.array(full[field.name], field.type, from_pandas=True, safe=False)
        if field.name in full
        else pa.nulls(len(full), field.type)
        for field in DATASETS[dataset].schema
    ]
    batch = Batch(dataset, collector, symbol, content_sha256(f"{collector} {symbol}"), _ENDS_AT)
    assert write_batch(
        settings.landing_dir, batch, DATASETS[dataset], pa.table(columns, schema=DATASETS[dataset].schema)
    )
