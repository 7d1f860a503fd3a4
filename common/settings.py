"""The only place that reads the environment and the settings file. An import of this module reads neither.

Every variable has the prefix ``OIW_``. The settings file is TOML. The owner of each section declares and validates its
keys (ingestion/live/settings.py, alerts/settings.py); orchestration/lib/settings.py lists the sections.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, SerializeAsAny, ValidationError, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.errors import InputError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"

# Where a row came from: an exchange, an archive, a vendor, a file, or a simulation.
SourceMode = Literal["live", "archive", "vendor", "file", "simulated"]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A section of the settings file. Its owner subclasses it and gives every key a default.

    ``name`` is the section's name in the file. A key that the subclass does not declare is an error.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]


SectionT = TypeVar("SectionT", bound=Section)


class Settings(BaseSettings):
    """The settings of the product: folders, source mode, secrets, and the sections of the settings file.

    ``home`` (``OIW_HOME``) holds landing batches, the build file and the published file.
    ``files_root`` (``OIW_FILES_ROOT``) is the folder that manifest paths are relative to; without it no files are
    imported. ``source_mode`` (``OIW_SOURCE_MODE``) overrides the source mode of the manifests, for a simulated sample.
    ``settings_file`` (``OIW_SETTINGS_FILE``) has the ``sections``; the default ``<home>/oiw.toml`` may be missing.
    API keys and the URLs of webhooks are secrets, so they come from the environment alone.
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
    sections: tuple[SerializeAsAny[Section], ...] = ()

    def section(self, kind: type[SectionT]) -> SectionT:
        """Return the section of this kind; with its defaults when the file does not have the section."""
        return next((section for section in self.sections if isinstance(section, kind)), None) or kind()

    def with_section(self, section: Section) -> Self:
        """Return these settings with ``section`` in place of the section of the same kind."""
        others = (other for other in self.sections if type(other) is not type(section))
        return self.model_copy(update={"sections": (*others, section)})

    @property
    def live_source_mode(self) -> SourceMode:
        """The source mode of rows that are fetched now: ``live``, or ``simulated`` for simulated exchanges.

        Raises InputError when the settings have another source mode.
        """
        if self.source_mode not in {None, "live", "simulated"}:
            raise InputError(f"OIW_SOURCE_MODE is {self.source_mode}, but fetched rows are live or simulated; unset it")
        return self.source_mode or "live"

    @property
    def landing_dir(self) -> Path:
        """Append-only Parquet batches, ``landing/<dataset>/<collector>/<origin>/<batch_id>.parquet``."""
        return self.home / "landing"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that the loader and dbt write. No other program opens it."""
        return self.home / "build" / "oi_build.duckdb"

    @property
    def published_file(self) -> Path:
        """The read-only DuckDB file that analysts, BI tools and ``oiw sql`` open."""
        return self.home / "published" / "oi.duckdb"


def read_settings(sections: Iterable[type[Section]]) -> Settings:
    """Read the environment and the settings file, and make ``home`` absolute. The file may have ``sections``.

    Raises InputError when the settings file is wrong, or when it is named but missing.
    """
    settings = Settings()
    home = settings.home.expanduser().resolve()
    path = settings.settings_file or home / "oiw.toml"
    found = read_settings_file(path, sections) if settings.settings_file or path.exists() else ()
    return settings.model_copy(update={"home": home, "sections": found})


def read_settings_file(path: Path, sections: Iterable[type[Section]]) -> tuple[Section, ...]:
    """Return the ``sections`` that the TOML file at ``path`` contains.

    Raises InputError when the file is unreadable or a key is wrong. The message is one line with the file and the key.
    """
    fields: dict[str, Any] = {section.name: (section | None, None) for section in sections}
    file_model = create_model("SettingsFile", __config__=ConfigDict(extra="forbid"), **fields)
    try:
        file = file_model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); correct the path or its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error}); correct it") from error
    except ValidationError as error:
        raise InputError(f"{path}: {validation_line(error)}") from error
    return tuple(section for name in fields if (section := getattr(file, name)) is not None)


def validation_line(error: ValidationError) -> str:
    """Return the errors in one line: each wrong key with the reason."""
    reasons = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        reason = "no such key; remove it" if detail["type"] == "extra_forbidden" else detail["msg"]
        reasons.append(f"{key}: {reason.removeprefix('Value error, ')}")
    return "; ".join(reasons)
