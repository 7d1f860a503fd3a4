"""The one place where the environment is read: where data lives and where files come from.

Every setting has the prefix ``OIW_``. Nothing is read at import time; call :func:`load_settings`.
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestion.records import SourceMode

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"


class Settings(BaseSettings):
    """Where the warehouse keeps its data and where file manifests look for theirs.

    ``home`` (``OIW_HOME``) holds landing batches, the build file and the published file.
    ``files_root`` (``OIW_FILES_ROOT``) is the folder that manifest paths are relative to; without it no files are
    imported. ``source_mode`` (``OIW_SOURCE_MODE``) overrides what the manifests say, for a simulated sample.
    """

    model_config = SettingsConfigDict(env_prefix="OIW_", extra="ignore")

    home: Path = Field(default=DEFAULT_HOME)
    files_root: Path | None = None
    source_mode: SourceMode | None = None

    @property
    def landing_dir(self) -> Path:
        """Append-only Parquet batches, ``landing/<dataset>/<collector>/<origin>/<batch_id>.parquet``."""
        return self.home / "landing"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that the loader and dbt write; nobody else opens it."""
        return self.home / "build" / "oi_build.duckdb"

    @property
    def published_file(self) -> Path:
        """The read-only DuckDB file that analysts, BI tools and ``oiw sql`` open."""
        return self.home / "published" / "oi.duckdb"


def load_settings() -> Settings:
    """Read the settings from the environment, with ``home`` made absolute."""
    settings = Settings()
    return settings.model_copy(update={"home": settings.home.expanduser().resolve()})
