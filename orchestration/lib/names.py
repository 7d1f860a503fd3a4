"""Names that several definitions share."""

from dagster import AssetKey

OWNER = "team:data-platform"

# One process writes the build file at a time: every step that opens it is in this pool (limit 1, lib/instance.py).
WRITER_POOL = "duckdb_writer"

# A completed build: all models built, all blocking checks passed. Publishing depends on it and on nothing else.
BUILD_KEY = AssetKey(["ops", "completed_build"])
PUBLICATION_KEY = AssetKey(["publish", "published_file"])


def landing_key(source: str, name: str) -> AssetKey:
    """Return the key of what one manifest, or one archive, lands."""
    return AssetKey(["landing", source, name])


def raw_key(dataset: str) -> AssetKey:
    """Return the key of a raw table; dbt's sources have the same keys, which joins the two graphs."""
    return AssetKey(["raw", dataset])
