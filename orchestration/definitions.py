"""Everything that Dagster serves: the declarations of defs/, with their resources and executor.

What belongs here: resources, the executor. What does not: a single asset (defs/), running a job (run.py).
"""

from dagster import Definitions, definitions, in_process_executor, load_from_defs_folder

from common.settings import PROJECT_ROOT, Settings
from orchestration.lib.asset_inputs import asset_inputs
from orchestration.lib.resources import LiveFetch, RawBoundaryCheck, SettingsResource, fetch_live, fixed_settings
from orchestration.lib.settings import load_settings
from warehouse.quality import check_new_rows


@definitions
def defs() -> Definitions:
    """Return everything that Dagster serves. Each step reads the settings of its environment."""
    return _definitions(load_settings(), SettingsResource(), check_new_rows, fetch_live)


def build_definitions(
    settings: Settings, *, check_new_rows: RawBoundaryCheck = check_new_rows, fetch_live: LiveFetch = fetch_live
) -> Definitions:
    """Return the same definitions for runs in this process, whose steps use ``settings``.

    ``check_new_rows`` judges the raw rows of a build file; another process may do the work. ``fetch_live`` fetches from
    the venues, and may keep their circuit breakers from one tick to the next.
    """
    return _definitions(settings, fixed_settings(settings), check_new_rows, fetch_live)


def _definitions(
    settings: Settings, resource: SettingsResource, check_new_rows: RawBoundaryCheck, fetch_live: LiveFetch
) -> Definitions:
    with asset_inputs(settings):
        declared = load_from_defs_folder(path_within_project=PROJECT_ROOT)
    provided = Definitions(
        resources={"settings": resource, "check_new_rows": check_new_rows, "fetch_live": fetch_live},
        # One process per run: a process per step would take ten times as long as the steps.
        executor=in_process_executor,
    )
    return Definitions.merge(declared, provided)
