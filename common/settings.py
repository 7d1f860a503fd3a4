"""The one place where the environment and the settings file are read.

Every variable has the prefix ``OIW_``; what is followed live and where alerts go stands in a TOML file, a section each
(ingestion/live/settings.py, alerts/settings.py). Nothing is read at import time; call :func:`load_settings`.
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from alerts.settings import AlertSettings
from common.errors import InputError
from ingestion.live.settings import LiveSettings, validation_line
from ingestion.records import SourceMode

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"


class Settings(BaseSettings):
    """Where the warehouse keeps its data and where file manifests look for theirs.

    ``home`` (``OIW_HOME``) holds landing batches, the build file and the published file.
    ``files_root`` (``OIW_FILES_ROOT``) is the folder that manifest paths are relative to; without it no files are
    imported. ``source_mode`` (``OIW_SOURCE_MODE``) overrides what the manifests say, for a simulated sample.
    ``settings_file`` (``OIW_SETTINGS_FILE``, default ``<home>/oiw.toml``, which need not exist) has the sections of
    ``live`` and ``alerts``. Keys of vendors and the URLs of webhooks, which are as good as passwords, come from the
    environment alone.
    """

    model_config = SettingsConfigDict(env_prefix="OIW_", extra="ignore")

    home: Path = Field(default=DEFAULT_HOME)
    files_root: Path | None = None
    source_mode: SourceMode | None = None
    settings_file: Path | None = None
    coinglass_api_key: SecretStr | None = None
    coinalyze_api_key: SecretStr | None = None
    alerts_webhook_url: SecretStr | None = None
    alerts_slack_url: SecretStr | None = None
    live: LiveSettings = LiveSettings()
    alerts: AlertSettings = AlertSettings()

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


class SettingsFile(BaseModel):
    """The sections of the settings file; one that it lacks has its defaults."""

    model_config = ConfigDict(extra="forbid")

    live: LiveSettings = LiveSettings()
    alerts: AlertSettings = AlertSettings()


def load_settings() -> Settings:
    """Read the settings from the environment and the settings file, with ``home`` made absolute.

    Raises InputError when the settings file is wrong, or is named and does not exist.
    """
    settings = Settings()
    home = settings.home.expanduser().resolve()
    path = settings.settings_file or home / "oiw.toml"
    sections = read_settings_file(path) if settings.settings_file or path.exists() else SettingsFile()
    return settings.model_copy(update={"home": home, "live": sections.live, "alerts": sections.alerts})


def read_settings_file(path: Path) -> SettingsFile:
    """Return the sections of the TOML file at ``path``.

    Raises InputError, in one line with the file and the key, when it cannot be read or something in it is wrong.
    """
    try:
        return SettingsFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); correct the path or its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML ({error}); correct it") from error
    except ValidationError as error:
        raise InputError(f"{path}: {validation_line(error)}") from error
