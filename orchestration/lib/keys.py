"""Keys and names that several definitions share: assets, checks, the pool, the owner, metadata."""

from dagster import AssetCheckKey, AssetKey

from ingestion.live.settings import VENDORS
from ingestion.venues.catalogue import VENUE_OF_API

OWNER = "team:data-platform"

# One process writes the build file at a time: every step that opens it is in this pool (limit 1, lib/instance.py).
WRITER_POOL = "duckdb_writer"

ARCHIVE_KEY = AssetKey(["landing", "exchanges", "binance_archive"])
# A build materializes it if every model was built and every blocking test passed. Publishing depends on it alone.
BUILD_KEY = AssetKey(["ops", "completed_build"])
PUBLICATION_KEY = AssetKey(["published", "oi"])
# The check of every asset of files: each file could be read. Its metadata `failures` has one message per file.
FILES_CHECK = "files_are_readable"
# Its metadata `waiting` has one message per file whose last line may still be written.
WAITING = "waiting"
# The folder of files. Its check fails if no manifest covers a file; the metadata `uncovered` has one message per folder
# and reason.
FILES_ROOT_KEY = AssetKey(["ops", "files_root"])
COVERAGE_CHECK = "every_file_has_a_manifest"
FRESHNESS_KEY = AssetCheckKey(PUBLICATION_KEY, "is_fresh")

# Metadata of a step's failure: whether a later run may succeed without a change.
TRANSIENT = "is_transient"
# Metadata of a materialization: False if the run found nothing new and left the asset as it was.
IS_CHANGED = "is_changed"


def landing_key(source: str, manifest: str) -> AssetKey:
    """Return the key of the batches that one manifest lands."""
    return AssetKey(["landing", source, manifest])


def raw_key(dataset: str) -> AssetKey:
    """Return the key of a raw table. dbt's sources have the same keys, which connects the two graphs."""
    return AssetKey(["raw", dataset])


LIVE_KEYS = tuple(
    landing_key("exchanges" if name in VENUE_OF_API else name, name) for name in (*VENUE_OF_API, *VENDORS)
)
