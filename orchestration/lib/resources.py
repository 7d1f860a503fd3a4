"""The resources of steps: the settings, the check of raw rows, and the fetch of live data.

What belongs here: resources and their types. What does not: the work itself (warehouse/, ingestion/).
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from dagster import ConfigurableResource
from pydantic import Field

from common.settings import Settings
from ingestion.live.report import TickReport
from orchestration.lib.settings import load_settings
from warehouse.quality import CheckResult

# Judges the raw rows of a build file that no completed build includes.
RawBoundaryCheck = Callable[[Path], list[CheckResult]]


class LiveFetch(Protocol):
    """Fetches and lands new rows from ``providers`` only, which are names of venue APIs and vendors."""

    def __call__(self, settings: Settings, *, providers: Collection[str]) -> TickReport:
        """Return the result of each provider that the settings follow."""


class SettingsResource(ConfigurableResource):  # type: ignore[type-arg]  # the documented way to use it
    """Settings of the environment and the settings file. Each step reads them anew; fields set here replace theirs."""

    files_root: str | None = Field(
        default=None, description="Folder of the files that manifests name; OIW_FILES_ROOT when not given."
    )

    def read(self) -> Settings:
        """Return the settings. Raises InputError when the settings file is wrong."""
        settings = load_settings()
        return settings.model_copy(update={"files_root": Path(self.files_root)}) if self.files_root else settings


def fixed_settings(settings: Settings) -> SettingsResource:
    """Return a resource that returns ``settings``, for runs in the process that has read them already.

    The settings are not part of the run's configuration, which Dagster would show: settings hold secrets.
    """

    class FixedSettings(SettingsResource):
        # Dagster creates the resource anew for each run from its class and fields, so the class holds the settings.
        def read(self) -> Settings:
            return settings

    return FixedSettings()


def fetch_live(settings: Settings, *, providers: Collection[str]) -> TickReport:
    """Fetch new rows from those ``providers`` that the settings follow."""
    from ingestion.live.tick import fetch_tick  # noqa: PLC0415  # importing ccxt takes a second, and only a fetch needs it

    return fetch_tick(settings, providers=providers)
