"""The metrics that a warehouse must find in a sandbox market, computed from the latent market alone.

What belongs here: open interest, totals and shares, funding, liquidations, cascades and their stabilization, by the
project's definitions, in plain pandas. What does not: SQL, the warehouse, or any venue's units. This code is
independent of all three, so equal numbers prove that both sides are right.

The docstring of each function names the rows of its frame. ``at`` is UTC seconds since 1970; quantities are one-sided
base coins. A contract has no row outside its life.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sandbox.market.latent_market import BAR_SECONDS, BARS_AN_HOUR, Contract, Floats, Instants, LatentMarket

CONTRACT_KEY = ["venue", "asset", "market_type", "settlement", "expires_at"]

Verdict = Literal["absorbed", "exhausted", "unwinding", "pending"]

_CASCADE_OI_SHARE = 0.001
# Largest distance in bars between two neighbours in one cascade: there are less than 30 minutes between the end of one
# bar and the start of the next.
_FARTHEST_JOINED_BARS = 1800 // BAR_SECONDS
_ABSORBED_STABILIZATION_RATIO = 0.99
_EXHAUSTED_HORIZON_HOURS = 24
_EXHAUSTED_CHANGE_RATIO = (-0.15, -0.10)


@dataclass(frozen=True)
class Cascade:
    """A cascade of forced closes, from the start of its first bar to the end of its last bar."""

    asset: str
    started_at: int
    ended_at: int
    long_liquidated_base: float
    short_liquidated_base: float


@dataclass(frozen=True)
class Stabilization:
    """The course of open interest until ``horizon_hours`` after the end of a cascade.

    All numbers are NaN while the horizon is after the end of the series. ``recovered_ratio`` is NaN also when open
    interest did not fall.
    """

    horizon_hours: int
    verdict: Verdict
    oi_before_base: float = float("nan")
    oi_trough_base: float = float("nan")
    oi_at_horizon_base: float = float("nan")
    drawdown_ratio: float = float("nan")
    stabilization_ratio: float = float("nan")
    recovered_ratio: float = float("nan")


def contract_open_interest(market: LatentMarket) -> pd.DataFrame:
    """Return ``oi_base`` and ``oi_usd`` (at the contract's own mark price) per contract and bar end of its life."""
    return pd.concat([_alive(contract, market.bar_ends) for contract in market.contracts], ignore_index=True)


def venue_open_interest(market: LatentMarket) -> pd.DataFrame:
    """Return ``oi_base`` and ``oi_usd`` per venue, asset and bar end: the sums over its contracts."""
    contracts = contract_open_interest(market)
    return contracts.groupby(["venue", "asset", "at"], as_index=False)[["oi_base", "oi_usd"]].sum()


def valued_open_interest(market: LatentMarket, venue: str, asset: str, valued_at: int) -> pd.DataFrame:
    """Return ``oi_base`` per bar end: the venue's contracts in the coins that they were worth at ``valued_at``.

    An inverse contract is worth a fixed number of USD, so its coins follow the price of ``valued_at`` and no other.
    """
    contracts = contract_open_interest(market).query("venue == @venue and asset == @asset")
    then = contracts[contracts["at"] == valued_at]
    coins_per_usd = then.set_index(CONTRACT_KEY)["oi_base"] / then.set_index(CONTRACT_KEY)["oi_usd"]
    valued = contracts.merge(coins_per_usd.rename("coins_per_usd").reset_index(), on=CONTRACT_KEY)
    is_inverse = valued["settlement"] == "inverse"
    valued.loc[is_inverse, "oi_base"] = valued["oi_usd"] * valued["coins_per_usd"]
    return valued.groupby("at", as_index=False)[["oi_base"]].sum()


def reference_prices(market: LatentMarket) -> pd.DataFrame:
    """Return ``reference_price_usd`` per asset and bar end: the median mark price of its perpetuals."""
    perpetuals = contract_open_interest(market).query("market_type == 'perpetual'")
    medians = perpetuals.groupby(["asset", "at"], as_index=False)["mark_usd"].median()
    return medians.rename(columns={"mark_usd": "reference_price_usd"})


def market_open_interest(market: LatentMarket, present: pd.DataFrame) -> pd.DataFrame:
    """Return ``oi_base``, ``oi_usd`` and ``venue_count`` per asset and bar end, over the venues with a value there.

    Args:
        market: The market.
        present: ``venue``, ``asset`` and ``at`` of the values in a warehouse, one row each.
    """
    there = venue_open_interest(market).merge(present[["venue", "asset", "at"]], validate="one_to_one")
    totals = there.groupby(["asset", "at"], as_index=False)
    return totals.agg(oi_base=("oi_base", "sum"), oi_usd=("oi_usd", "sum"), venue_count=("venue", "count"))


def venue_shares(market: LatentMarket, present: pd.DataFrame) -> pd.DataFrame:
    """Return ``oi_share_ratio`` (of USD) per venue, asset and bar end, among the venues that have a value there."""
    totals = market_open_interest(market, present).rename(columns={"oi_usd": "market_oi_usd"})
    there = venue_open_interest(market).merge(present[["venue", "asset", "at"]], validate="one_to_one")
    shares = there.merge(totals[["asset", "at", "market_oi_usd"]], on=["asset", "at"])
    shares["oi_share_ratio"] = shares["oi_usd"] / shares["market_oi_usd"]
    return shares[["venue", "asset", "at", "oi_share_ratio"]]


def settled_funding(market: LatentMarket) -> pd.DataFrame:
    """Return ``rate_ratio`` (of the contract's own interval) and ``interval_hours`` per contract and settlement."""
    return pd.concat(
        [
            _labelled(
                contract,
                at=contract.funding.instants,
                interval_hours=contract.funding.interval_hours,
                rate_ratio=contract.funding.rate_ratio,
            )
            for contract in market.contracts
            if contract.funding is not None
        ],
        ignore_index=True,
    )


def liquidated(market: LatentMarket) -> pd.DataFrame:
    """Return ``quantity_base`` and ``quantity_usd`` (at the fill) per contract, position side and bar.

    ``at`` is the end of the bar. A bar without a forced close has no row.
    """
    events = pd.concat([_events(contract) for contract in market.contracts], ignore_index=True)
    events["at"] = -(-events["at"] // BAR_SECONDS) * BAR_SECONDS
    keys = [*CONTRACT_KEY, "position_side", "at"]
    return events.groupby(keys, as_index=False, dropna=False)[["quantity_base", "quantity_usd"]].sum()


def cascades(market: LatentMarket, venues: Collection[str] | None = None) -> list[Cascade]:
    """Return the cascades in the contracts of ``venues`` (default: all), by asset and start.

    A bar belongs to a cascade when its forced closes exceed 0.1 % of open interest. Bars less than 30 minutes apart
    belong to the same cascade. The definition has a second condition, the 99th percentile of the month before. This
    function omits it because it changes nothing here. Outside the scenes no contract loses more than 0.06 % in a bar,
    and the scenes fill far less than 1 % of the bars.
    """
    return [
        cascade
        for asset in sorted({contract.asset for contract in market.contracts})
        for cascade in _cascades_of(
            market, [c for c in market.contracts if c.asset == asset and (venues is None or c.venue in venues)], asset
        )
    ]


def stabilization(oi_base: Floats, bar_ends: Instants, cascade: Cascade, horizon_hours: int) -> Stabilization:
    """Return the stabilization of total open interest after a cascade.

    Args:
        oi_base: Total open interest at each bar end, always of the same contracts.
        bar_ends: The instants of the levels, 300 s apart.
        cascade: The cascade.
        horizon_hours: Hours from the end of the cascade to the horizon.

    Raises:
        ValueError: The series begins after the start of the cascade.
    """
    started, ended = (int(at - bar_ends[0]) // BAR_SECONDS for at in (cascade.started_at, cascade.ended_at))
    horizon = ended + horizon_hours * BARS_AN_HOUR
    if started < 0:
        raise ValueError(
            f"open interest begins at {bar_ends[0]}, after the cascade of {cascade.started_at}; pass an earlier series"
        )
    if horizon >= len(bar_ends):
        return Stabilization(horizon_hours, "pending")
    before, end, at_horizon = (float(oi_base[index]) for index in (started, ended, horizon))
    trough = float(np.min(oi_base[started + 1 : horizon + 1]))
    return Stabilization(
        horizon_hours=horizon_hours,
        verdict=_verdict(horizon_hours, at_horizon / end, at_horizon / before - 1),
        oi_before_base=before,
        oi_trough_base=trough,
        oi_at_horizon_base=at_horizon,
        drawdown_ratio=trough / before - 1,
        stabilization_ratio=at_horizon / end,
        recovered_ratio=(at_horizon - trough) / (before - trough) if trough < before else float("nan"),
    )


def _verdict(horizon_hours: int, stabilization_ratio: float, change_ratio: float) -> Verdict:
    lowest, highest = _EXHAUSTED_CHANGE_RATIO
    if stabilization_ratio >= _ABSORBED_STABILIZATION_RATIO:
        return "absorbed"
    if horizon_hours == _EXHAUSTED_HORIZON_HOURS and lowest <= change_ratio <= highest:
        return "exhausted"
    return "unwinding"


def _cascades_of(market: LatentMarket, contracts: list[Contract], asset: str) -> list[Cascade]:
    bars = len(market.bar_ends) - 1
    by_side = {"long": np.zeros(bars), "short": np.zeros(bars)}
    for contract in contracts:
        for event in contract.liquidations:
            by_side[event.position_side][(event.at - int(market.bar_ends[0]) - 1) // BAR_SECONDS] += event.quantity_base
    open_interest = np.nansum([np.zeros(bars), *(contract.oi_base[1:] for contract in contracts)], axis=0)
    hot = np.flatnonzero(by_side["long"] + by_side["short"] > _CASCADE_OI_SHARE * open_interest)
    groups = np.split(hot, np.flatnonzero(np.diff(hot) > _FARTHEST_JOINED_BARS) + 1) if len(hot) else []
    return [
        Cascade(
            asset=asset,
            started_at=int(market.bar_ends[group[0]]),
            ended_at=int(market.bar_ends[group[-1] + 1]),
            long_liquidated_base=float(by_side["long"][group].sum()),
            short_liquidated_base=float(by_side["short"][group].sum()),
        )
        for group in groups
    ]


def _alive(contract: Contract, bar_ends: Instants) -> pd.DataFrame:
    is_alive = ~np.isnan(contract.oi_base)
    oi_base, mark_usd = contract.oi_base[is_alive], contract.mark_usd[is_alive]
    return _labelled(contract, at=bar_ends[is_alive], oi_base=oi_base, oi_usd=oi_base * mark_usd, mark_usd=mark_usd)


def _events(contract: Contract) -> pd.DataFrame:
    events = contract.liquidations
    quantity = np.array([event.quantity_base for event in events])
    return _labelled(
        contract,
        at=np.array([event.at for event in events], dtype=np.int64),
        position_side=[event.position_side for event in events],
        quantity_base=quantity,
        quantity_usd=quantity * np.array([event.fill_price_usd for event in events]),
    )


def _labelled(contract: Contract, **columns: object) -> pd.DataFrame:
    """Return the columns as a frame, after the columns of the contract's key."""
    frame = pd.DataFrame(columns)
    for place, name in enumerate(CONTRACT_KEY):
        frame.insert(place, name, getattr(contract, name))
    return frame.astype({"expires_at": "Int64"})
