"""Names that several definitions share."""

from dagster import AssetKey

OWNER = "team:data-platform"

# One process writes the build file at a time: every step that opens it is in this pool (limit 1, lib/instance.py).
WRITER_POOL = "duckdb_writer"

ARCHIVE_KEY = AssetKey(["landing", "exchanges", "binance_archive"])
# Made by a build in which every model was built and every blocking test passed: publishing waits for it alone.
BUILD_KEY = AssetKey(["ops", "completed_build"])
PUBLICATION_KEY = AssetKey(["published", "oi"])


def landing_key(source: str, manifest: str) -> AssetKey:
    """Return the key of what one manifest lands."""
    return AssetKey(["landing", source, manifest])


def raw_key(dataset: str) -> AssetKey:
    """Return the key of a raw table: dbt's sources have the same keys, which joins the two graphs."""
    return AssetKey(["raw", dataset])
