"""The one place where the environment and the settings file are read.

Every variable has the prefix ``OIW_``. The settings file is TOML; what its sections hold is declared and validated by
their owners (ingestion/live/settings.py, alerts/settings.py), and orchestration/lib/settings.py lists them. Nothing is
read at import time.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, SerializeAsAny, ValidationError, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.errors import InputError
from common.source_mode import SourceMode

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"

Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A section of the settings file, for its owner to subclass. Every key has a default: the file may leave it out.

    ``name`` is the section's name in the file. Keys that the subclass does not have are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]


SectionT = TypeVar("SectionT", bound=Section)


class Settings(BaseSettings):
    """Where the warehouse keeps its data and where file manifests look for theirs.

    ``home`` (``OIW_HOME``) holds landing batches, the build file and the published file.
    ``files_root`` (``OIW_FILES_ROOT``) is the folder that manifest paths are relative to; without it no files are
    imported. ``source_mode`` (``OIW_SOURCE_MODE``) overrides what the manifests say, for a simulated sample.
    ``settings_file`` (``OIW_SETTINGS_FILE``, default ``<home>/oiw.toml``, which need not exist) has the ``sections``.
    Keys of vendors and the URLs of webhooks, which are as good as passwords, come from the environment alone.
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
        """Return the section of this kind, with its defaults where the file has none."""
        return next((section for section in self.sections if isinstance(section, kind)), None) or kind()

    def with_section(self, section: Section) -> Self:
        """Return the same settings with ``section`` instead of the one of its kind."""
        others = (other for other in self.sections if type(other) is not type(section))
        return self.model_copy(update={"sections": (*others, section)})

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


def read_settings(sections: Iterable[type[Section]]) -> Settings:
    """Read the environment and the settings file, which may have ``sections``, with ``home`` made absolute.

    Raises InputError when the settings file is wrong, or is named and does not exist.
    """
    settings = Settings()
    home = settings.home.expanduser().resolve()
    path = settings.settings_file or home / "oiw.toml"
    found = read_settings_file(path, sections) if settings.settings_file or path.exists() else ()
    return settings.model_copy(update={"home": home, "sections": found})


def read_settings_file(path: Path, sections: Iterable[type[Section]]) -> tuple[Section, ...]:
    """Return those of ``sections`` that the TOML file at ``path`` has.

    Raises InputError, in one line with the file and the key, when it cannot be read or something in it is wrong.
    """
    fields: dict[str, Any] = {section.name: (section | None, None) for section in sections}
    file_model = create_model("SettingsFile", __config__=ConfigDict(extra="forbid"), **fields)
    try:
        file = file_model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); correct the path or its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML ({error}); correct it") from error
    except ValidationError as error:
        raise InputError(f"{path}: {validation_line(error)}") from error
    return tuple(section for name in fields if (section := getattr(file, name)) is not None)


def validation_line(error: ValidationError) -> str:
    """Return what is wrong in one line: each key with its reason."""
    reasons = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        reason = "no such key; remove it" if detail["type"] == "extra_forbidden" else detail["msg"]
        reasons.append(f"{key}: {reason.removeprefix('Value error, ')}")
    return "; ".join(reasons)
