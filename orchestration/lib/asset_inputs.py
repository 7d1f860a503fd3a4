"""The files that the modules of defs/ read to declare their assets: the dbt project and the shipped manifests.

What belongs here: reading them once for all modules, with one set of settings. What does not: files that runs read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from common.settings import Settings
from ingestion.files.manifest import Manifest, load_manifest, shipped_manifests
from orchestration.lib.dbt_graph import DbtGraph, dbt_graph
from orchestration.lib.settings import load_settings
from warehouse import dbt_project


class AssetInputs:
    """The inputs of one load of the definitions; each property is read at its first use, and once."""

    def __init__(self, settings: Settings) -> None:
        """``settings`` give the folder of dbt's parsed project."""
        self._settings = settings

    @cached_property
    def manifests(self) -> list[Manifest]:
        """The shipped manifests of files."""
        return [load_manifest(path) for path in shipped_manifests().values()]

    @cached_property
    def dbt_graph(self) -> DbtGraph:
        """The dbt project, parsed when it has changed. Raises WarehouseError when it cannot be parsed."""
        return dbt_graph(dbt_project.load_manifest(self._settings))


_INPUTS: ContextVar[AssetInputs | None] = ContextVar("asset_inputs", default=None)


@contextmanager
def asset_inputs(settings: Settings) -> Iterator[None]:
    """Let the modules of defs/ declare themselves with ``settings``: Dagster calls them without arguments."""
    token = _INPUTS.set(AssetInputs(settings))
    try:
        yield
    finally:
        _INPUTS.reset(token)


def current_asset_inputs() -> AssetInputs:
    """Return the current inputs; if a tool of Dagster loads defs/ directly, those by the environment's settings."""
    return _INPUTS.get() or AssetInputs(load_settings())
