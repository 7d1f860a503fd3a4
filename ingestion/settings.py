"""The one place where the environment and the settings file are read.

Every variable has the prefix ``OIW_``; what is followed live stands in a TOML file (ingestion/live/settings.py).
Nothing is read at import time; call :func:`load_settings`.
"""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestion.errors import InputError
from ingestion.live.settings import LiveSettings, read_live_settings
from ingestion.records import SourceMode

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"


class Settings(BaseSettings):
    """Where the warehouse keeps its data and where file manifests look for theirs.

    ``home`` (``OIW_HOME``) holds landing batches, the build file and the published file.
    ``files_root`` (``OIW_FILES_ROOT``) is the folder that manifest paths are relative to; without it no files are
    imported. ``source_mode`` (``OIW_SOURCE_MODE``) overrides what the manifests say, for a simulated sample.
    ``settings_file`` (``OIW_SETTINGS_FILE``, default ``<home>/oiw.toml``, which need not exist) has the section of
    ``live``. Keys of vendors come from the environment alone.
    """

    model_config = SettingsConfigDict(env_prefix="OIW_", extra="ignore")

    home: Path = Field(default=DEFAULT_HOME)
    files_root: Path | None = None
    source_mode: SourceMode | None = None
    settings_file: Path | None = None
    coinglass_api_key: SecretStr | None = None
    coinalyze_api_key: SecretStr | None = None
    live: LiveSettings = LiveSettings()

    @property
    def live_source_mode(self) -> SourceMode:
        """What rows that are fetched now are labelled as: live, or simulated where the exchanges are.

        Raises InputError when the settings say anything else.
        """
        if self.source_mode not in {None, "live", "simulated"}:
            raise InputError(f"OIW_SOURCE_MODE is {self.source_mode}: what is fetched is live or simulated; unset it")
        return self.source_mode or "live"

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
    """Read the settings from the environment and the settings file, with ``home`` made absolute.

    Raises InputError when the settings file is wrong, or is named and does not exist.
    """
    settings = Settings()
    home = settings.home.expanduser().resolve()
    path = settings.settings_file or home / "oiw.toml"
    live = read_live_settings(path) if settings.settings_file or path.exists() else LiveSettings()
    return settings.model_copy(update={"home": home, "live": live})
