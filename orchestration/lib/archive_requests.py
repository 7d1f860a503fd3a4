"""What a range of days asks of Binance's public archive."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from ingestion.archives.binance import ArchiveRequest
from ingestion.archives.binance.catalogue import ArchiveDataset, Market

# Funding is in monthly files only.
_MONTHLY = frozenset({"fundingRate"})


def archive_requests(
    *, market: str, datasets: Sequence[str], symbols: Sequence[str], interval: str, first_day: date, last_day: date
) -> list[ArchiveRequest]:
    """Return one request a dataset for all days from ``first_day`` to ``last_day``; ``interval`` is for klines.

    Raises InputError when the archive has no such files.
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
