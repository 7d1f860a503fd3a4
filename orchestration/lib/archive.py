"""What a daily partition asks of Binance's public archive."""

from collections.abc import Sequence
from datetime import date

from ingestion.archives.binance import ArchiveRequest
from ingestion.archives.binance.catalogue import ArchiveDataset, Market

# Funding is in monthly files only.
_MONTHLY: frozenset[str] = frozenset({"fundingRate"})


def archive_requests(
    *,
    market: Market,
    datasets: Sequence[ArchiveDataset],
    symbols: Sequence[str],
    interval: str,
    first_day: date,
    last_day: date,
) -> list[ArchiveRequest]:
    """Return one request a dataset, for both days and all between; ``interval`` is that of the klines.

    Raises InputError when the archive has no such files.
    """
    return [
        ArchiveRequest(
            market=market,
            dataset=dataset,
            symbols=tuple(symbols),
            first_day=first_day,
            last_day=last_day,
            granularity="monthly" if dataset in _MONTHLY else "daily",
            interval=interval if dataset.lower().endswith("klines") else None,
        )
        for dataset in datasets
    ]
