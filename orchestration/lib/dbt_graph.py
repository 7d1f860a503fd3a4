"""The dbt project as Dagster sees it: the asset of every seed and model, the check of every data test.

What belongs here: translating dbt's manifest. What does not: running dbt (warehouse/build.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec, MetadataValue
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.lib.keys import OWNER

_ASSET_TYPES = frozenset({"model", "seed"})


class Translator(DagsterDbtTranslator):
    """Translates a dbt node: its schema is the group; owner and a link to the page that explains it are added."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> AssetSpec:
        """Return the asset of one dbt seed, model or source."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        docs = node["config"].get("meta", {}).get("docs")
        return spec.replace_attributes(
            description=node["description"] or f"Seed {node['name']}.",
            group_name=spec.key.path[0],
            owners=spec.owners or [OWNER],
            # The tables of `ops` record loads and builds. They are bookkeeping and not lineage, so they are no assets.
            deps=[dep for dep in spec.deps if dep.asset_key.path[0] != "ops"],
        ).merge_attributes(metadata={"documentation": MetadataValue.path(docs)} if docs else {})


@dataclass(frozen=True)
class DbtGraph:
    """Assets and checks by dbt's ``unique_id``, and the descriptions of the raw tables by dataset."""

    assets: dict[str, AssetSpec]
    checks: dict[str, AssetCheckSpec]
    raw_descriptions: dict[str, str]

    def selection(self, assets: Iterable[AssetKey]) -> str:
        """Return ``assets`` in dbt's selection syntax."""
        wanted = set(assets)
        return " ".join(sorted(key.split(".")[-1] for key, spec in self.assets.items() if spec.key in wanted))


def dbt_graph(manifest: Mapping[str, Any]) -> DbtGraph:
    """Translate dbt's manifest. A data test becomes a check only if it belongs to a model or names one in its meta."""
    translator = Translator()
    nodes = manifest["nodes"]
    assets = {
        unique_id: translator.get_asset_spec(manifest, unique_id, None)
        for unique_id, node in nodes.items()
        if node["resource_type"] in _ASSET_TYPES
    }
    checks = {}
    for unique_id, spec in assets.items():
        for test_id in manifest["child_map"][unique_id]:
            check = translator.get_asset_check_spec(spec, manifest, test_id, None)
            if check is not None:
                checks[test_id] = check
    raw = {source["name"]: source["description"] for source in manifest["sources"].values()}
    return DbtGraph(assets=assets, checks=checks, raw_descriptions=raw)
