"""Everything that Dagster serves, with the policies that hold for all of it.

What belongs here: resources, the executor, which definitions there are. What does not: a single asset (defs/).
"""

from dagster import Definitions, definitions, in_process_executor

from common.settings import Settings
from ingestion.files.manifest import load_manifest, shipped_manifests
from orchestration.defs.alerts import alerts_sensor
from orchestration.defs.archive import archive_asset
from orchestration.defs.jobs import job_definitions
from orchestration.defs.landing import landing_assets
from orchestration.defs.live import LiveFetch, fetch_live, live_assets
from orchestration.defs.publish import publication_asset
from orchestration.defs.quality import RawBoundaryCheck, freshness_check, raw_boundary_checks
from orchestration.defs.raw import raw_assets
from orchestration.defs.transform import transform_assets
from orchestration.lib.dbt_graph import dbt_graph
from orchestration.settings import load_settings
from warehouse import dbt_project
from warehouse.quality import check_new_rows


@definitions
def defs() -> Definitions:
    """Return the definitions for the settings in the environment; Dagster calls this, importing does nothing."""
    return build_definitions(load_settings())


def build_definitions(
    settings: Settings, *, check_new_rows: RawBoundaryCheck = check_new_rows, fetch_live: LiveFetch = fetch_live
) -> Definitions:
    """Return the definitions for ``settings``. Parses the dbt project when it has changed.

    ``check_new_rows`` judges the raw rows of a build file; another process may do it as well. ``fetch_live`` asks the
    venues; who runs several ticks keeps their circuit breakers in it.
    """
    manifests = [load_manifest(path) for path in shipped_manifests().values()]
    graph = dbt_graph(dbt_project.load_manifest(settings))
    freshness = freshness_check()
    assets_and_checks = Definitions(
        assets=[
            *landing_assets(manifests),
            live_assets(),
            archive_asset(),
            raw_assets(graph.raw_descriptions, manifests),
            transform_assets(graph),
            publication_asset(),
        ],
        asset_checks=[raw_boundary_checks(), freshness],
        sensors=[alerts_sensor()],
        resources={"settings": settings, "check_new_rows": check_new_rows, "fetch_live": fetch_live},
        # One process a run: starting one per step would cost ten times what the steps do.
        executor=in_process_executor,
    )
    return Definitions.merge(assets_and_checks, job_definitions(freshness))
