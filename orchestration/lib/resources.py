"""What steps are given from outside: the settings, the judge of raw rows, the fetch of live data.

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

# Judges the raw rows of a build file that no completed build has taken in.
RawBoundaryCheck = Callable[[Path], list[CheckResult]]


class LiveFetch(Protocol):
    """Fetches what is new and lands it, from ``origins`` only: APIs of venues, and vendors, by name."""

    def __call__(self, settings: Settings, *, origins: Collection[str]) -> TickReport:
        """Return what became of each origin that the settings follow."""


class SettingsResource(ConfigurableResource):  # type: ignore[type-arg]  # the documented way to use it
    """Settings of the environment and the settings file, read anew by each step; fields given here replace theirs."""

    files_root: str | None = Field(
        default=None, description="Folder of the files that manifests name; OIW_FILES_ROOT when not given."
    )

    def read(self) -> Settings:
        """Return the settings. Raises InputError when the settings file is wrong."""
        settings = load_settings()
        return settings.model_copy(update={"files_root": Path(self.files_root)}) if self.files_root else settings


def fixed_settings(settings: Settings) -> SettingsResource:
    """Return a resource that hands out ``settings``, for runs in the process that has read them already.

    They are no configuration of the run: Dagster would show it, and settings hold secrets.
    """

    class FixedSettings(SettingsResource):
        # Dagster makes the resource anew for each run, from its class and its fields.
        def read(self) -> Settings:
            return settings

    return FixedSettings()


def fetch_live(settings: Settings, *, origins: Collection[str]) -> TickReport:
    """Fetch what is new from those ``origins`` that the settings follow."""
    from ingestion.live.tick import fetch_tick  # noqa: PLC0415  # ccxt takes a second, which only a fetch should cost

    return fetch_tick(settings, origins=origins)
