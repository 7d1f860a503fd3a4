"""The public archive of Binance futures: ``metrics``, klines and ``fundingRate`` zips.

What belongs here: the archive's catalogue, its parsers and its ingestion (docs/methodology/binance_archive.md).
What does not: Binance's live API (venues) and the meaning of the numbers (dbt).
"""

from ingestion.archives.binance.catalogue import ArchiveFile, ArchiveRequest, plan
from ingestion.archives.binance.ingest import PUBLIC_SITE, ArchiveReport, ingest_archive

__all__ = ["PUBLIC_SITE", "ArchiveFile", "ArchiveReport", "ArchiveRequest", "ingest_archive", "plan"]
