"""The requests to Binance's public archive for a range of days."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from ingestion.archives.binance import ArchiveRequest
from ingestion.archives.binance.catalogue import ArchiveDataset, Market

# The archive has funding rates in monthly files only.
_MONTHLY = frozenset({"fundingRate"})


def archive_requests(
    *, market: str, datasets: Sequence[str], symbols: Sequence[str], interval: str, first_day: date, last_day: date
) -> list[ArchiveRequest]:
    """Return one request per dataset for all days from ``first_day`` to ``last_day``; ``interval`` is for klines.

    Raises InputError when the archive does not have these files.
    """
    return [
        # Names come from a run's configuration; ArchiveRequest checks them.
        ArchiveRequest(
            market=cast(Market, market),
            dataset=cast(ArchiveDataset, dataset),
            symbols=tuple(symbols),
            first_day=first_day,
            last_day=last_day,
            granularity="monthly" if dataset in _MONTHLY else "daily",
            interval=interval if dataset.lower().endswith("klines") else None,
        )
        for dataset in datasets
    ]
