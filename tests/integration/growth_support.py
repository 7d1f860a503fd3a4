"""Made-up markets, as recorders of the venues would land them: levels by contract, with prices, in native units.

What belongs here: landing the rows of such a market. What does not: what the warehouse must make of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa

from common.settings import Settings
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS

HOUR = timedelta(hours=1)
# The field, unit and number of sides of each venue's open interest, by settlement.
_FIELDS = {
    ("binance", "linear"): ("openInterest", "base", 1),
    ("binance", "inverse"): ("openInterest", "contract", 1),
    ("bybit", "linear"): ("singleOpenInterest", "base", 1),
    ("okx", "linear"): ("oiCcy", "base", 1),
    ("okx", "inverse"): ("oi", "contract", 1),
    ("bitget", "linear"): ("openInterest", "base", 1),
    ("gate", "linear"): ("open_interest", "contract", 1),
    ("deribit", "inverse"): ("open_interest", "usd", 1),
}


@dataclass(frozen=True)
class Listing:
    """A contract of the made-up market. ``sizes`` are its contract sizes, each with the instant from which it holds."""

    venue: str
    asset: str
    settlement: str
    sizes: Sequence[tuple[datetime, float]]

    @property
    def symbol(self) -> str:
        """The venue's own name of the contract."""
        return f"{self.asset}{'USDT' if self.settlement == 'linear' else 'USD'}"


def land_listing(settings: Settings, listing: Listing, *, observed_at: datetime) -> None:
    """Land the description of a contract, once for each of its sizes."""
    rows = pd.DataFrame(
        {"stamped_at": [instant for instant, _ in listing.sizes], "label_convention": "instant",
         "symbol_native": listing.asset, "quote": "USD", "settle": "USD", "market_type": "perpetual",
         "settlement": listing.settlement, "contract_unit": "base" if listing.settlement == "linear" else "usd",
         "contract_size": [size for _, size in listing.sizes], "is_trading": True}
    )  # fmt: skip
    _land(settings, "instrument", listing, rows, observed_at)


def land_levels(
    settings: Settings,
    listing: Listing,
    levels: Mapping[datetime, tuple[float, float]],
    *,
    observed_at: datetime,
    grain: timedelta = HOUR,
) -> None:
    """Land the native open interest and the price of a contract at each instant."""
    field, unit, sides = _FIELDS[listing.venue, listing.settlement]
    rows = pd.DataFrame(
        {"stamped_at": list(levels), "label_convention": "instant", "interval_seconds": int(grain.total_seconds()),
         "native_field": field, "native_unit": unit, "oi_native": [sides * native for native, _ in levels.values()],
         "price_usd_native": [price for _, price in levels.values()]}
    )  # fmt: skip
    _land(settings, "open_interest", listing, rows, observed_at)


def land_rates(settings: Settings, listing: Listing, rates: Mapping[datetime, float], *, observed_at: datetime) -> None:
    """Land the settled funding rate of 8 hours of a contract at each instant."""
    rows = pd.DataFrame(
        {"stamped_at": list(rates), "label_convention": "instant", "rate_native": list(rates.values()),
         "native_unit": "fraction", "is_settled": True, "funding_interval_hours": 8.0}
    )  # fmt: skip
    _land(settings, "funding_rate", listing, rows, observed_at)


def _land(settings: Settings, dataset: str, listing: Listing, rows: pd.DataFrame, observed_at: datetime) -> None:
    collector = f"{listing.venue}_{dataset}"
    common = {
        "source": "exchanges", "source_mode": "simulated", "symbol": listing.symbol, "collector": collector,
        "scope": "instrument", "venue_native": listing.venue, "observed_at": observed_at,
    }  # fmt: skip
    full = rows.assign(**common)
    columns = [
        pa.array(full[field.name], field.type, from_pandas=True, safe=False)
        if field.name in full
        else pa.nulls(len(full), field.type)
        for field in DATASETS[dataset].schema
    ]
    batch = Batch(dataset, collector, listing.symbol, content_sha256(rows.to_csv()), observed_at)
    assert write_batch(
        settings.landing_dir, batch, DATASETS[dataset], pa.table(columns, schema=DATASETS[dataset].schema)
    )
