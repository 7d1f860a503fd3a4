"""The rules that every model of the dbt project must follow: folders, names, contracts, grain, texts."""

import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.settings import PROJECT_ROOT, Settings
from warehouse.dbt_project import load_manifest

pytestmark = pytest.mark.xdist_group("dbt_manifest")

DBT = PROJECT_ROOT / "dbt_project"
MODELS = DBT / "models"
SQL = {path.stem: path for path in sorted(MODELS.rglob("*.sql"))}
YAML = [yaml.safe_load(path.read_text()) for path in sorted(MODELS.rglob("*.yml"))]
DESCRIBED = {model["name"]: model for content in YAML for model in content.get("models", [])}
EXPOSURES = {exposure["name"]: exposure for content in YAML for exposure in content.get("exposures", [])}
DOCS_BLOCKS = {name for path in MODELS.rglob("*.md") for name in re.findall(r"\{% docs (\w+) %\}", path.read_text())}

# The folders that the models of a folder may refer to, besides their own. A folder refers only to folders above it in
# this list, so there is no circle.
READABLE = {
    "staging": set(),
    "core": {"staging"},
    "market": {"core"},
    "liquidation": {"core", "market"},
    "positioning": {"core", "market"},
    "venue": {"core", "market"},
    "scenario": {"core", "market"},
    "signal": {"core", "market", "liquidation", "positioning", "venue", "scenario"},
    "claim": {"core", "market", "liquidation", "positioning", "venue", "scenario", "signal"},
    "reporting": {"core", "market", "liquidation", "positioning", "venue", "scenario", "signal", "claim"},
    "quality": {"staging", "core", "market", "signal"},
}
# The other folders read seeds only through core or through macros (thresholds, parameters of signals).
READERS_OF_SEEDS = {"staging", "core", "quality"}
# Models below core that need the price of instants, not of bars. All others read the price at bars, which has every bar
# of the price, whether open interest has one or not.
READERS_OF_PRICES_AT_INSTANTS = {
    "fct_venue_divergence": "the premium of a venue is measured wherever the venue has a price",
    "int_price__basis": "the basis of a contract is measured wherever the contract has a price",
    "rpt_trade_plan": "the path of the price since a signal has every instant, not only the ends of bars",
    "dq_cross_source": "it compares sources by the median price of a day",
}
PREFIXES = {"staging": "stg_", "reporting": "rpt_", "quality": ("dq_", "int_")}


def _folder(name: str) -> str:
    return SQL[name].relative_to(MODELS).parts[0]


PUBLIC = sorted(name for name in SQL if not name.startswith(("stg_", "int_")))
# A finding is a view that only dq_finding_occurrence reads, and that table has the grain test.
WITH_GRAIN = sorted(name for name in SQL if not name.startswith("int_finding__"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest of the project."""
    return load_manifest(Settings(home=tmp_path_factory.mktemp("manifest")))


@pytest.fixture(scope="module")
def nodes(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The models of the manifest by name. Their references include those that macros make."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


@pytest.fixture(scope="module")
def references(nodes: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """The models that each model refers to."""
    return {
        name: {unique_id.split(".")[-1] for unique_id in node["depends_on"]["nodes"] if unique_id.startswith("model.")}
        for name, node in nodes.items()
    }


@pytest.fixture(scope="module")
def folders_read(references: dict[str, set[str]]) -> dict[str, set[str]]:
    """The other folders that the models of each folder refer to."""
    read = defaultdict(set)
    for name, referred in references.items():
        read[_folder(name)] |= {_folder(reference) for reference in referred} - {_folder(name)}
    return read


def test_the_list_of_readable_folders_is_that_of_the_folders_and_goes_down():
    assert {path.name for path in MODELS.iterdir() if path.is_dir()} == set(READABLE)
    order = list(READABLE)
    for folder, readable in READABLE.items():
        assert readable <= set(order[: order.index(folder)])


@pytest.mark.parametrize("folder", READABLE)
def test_a_folder_reads_those_below_it_only(folder, folders_read):
    assert folders_read[folder] <= READABLE[folder]


def test_no_circle_of_folders(folders_read):
    TopologicalSorter(folders_read).prepare()


@pytest.mark.parametrize("folder", READABLE)
def test_a_folder_is_a_group(folder, nodes):
    assert {node["config"]["group"] for name, node in nodes.items() if _folder(name) == folder} == {folder}


def test_only_a_step_that_another_folder_reads_is_protected(nodes, references):
    readers = defaultdict(set)
    for name, referred in references.items():
        for reference in referred:
            readers[reference].add(_folder(name))
    for name, node in nodes.items():
        if name.startswith("int_"):
            expected = "private" if readers[name] == {_folder(name)} else "protected"
            assert node["config"]["access"] == expected, name


@pytest.mark.parametrize("folder", READABLE)
def test_a_folder_has_one_file_of_each_kind(folder):
    kinds = ["models", "sources", "unit_tests"] if folder == "staging" else ["docs", "models", "unit_tests"]
    found = [path for path in (MODELS / folder).rglob("*") if path.is_file() and path.suffix != ".sql"]
    assert sorted(path.relative_to(MODELS / folder).stem for path in found) == [f"_{folder}__{kind}" for kind in kinds]


@pytest.mark.parametrize("folder", READABLE)
def test_a_folder_describes_and_tests_its_own_models(folder):
    described = yaml.safe_load((MODELS / folder / f"_{folder}__models.yml").read_text())["models"]
    assert {model["name"] for model in described} == {name for name in SQL if _folder(name) == folder}
    tests = yaml.safe_load((MODELS / folder / f"_{folder}__unit_tests.yml").read_text())["unit_tests"]
    assert {test["model"] for test in tests} <= {model["name"] for model in described}


@pytest.mark.parametrize("name", SQL)
def test_model_is_named_after_its_folder(name):
    assert name.startswith(PREFIXES.get(_folder(name), ("fct_", "dim_", "int_")))
    assert name.startswith("int_") == ("internal" in SQL[name].parts)
    assert not name.startswith("int_") or re.fullmatch(r"int_[a-z_]+?__[a-z_0-9]+", name)


@pytest.mark.parametrize("name", SQL)
def test_description_begins_with_the_grain(name):
    assert DESCRIBED[name]["description"].startswith("One row per ")


@pytest.mark.parametrize("name", WITH_GRAIN)
def test_model_has_a_grain_test(name):
    assert any("expect_sound_rows" in test for test in DESCRIBED[name]["data_tests"])


@pytest.mark.parametrize("name", DESCRIBED)
def test_described_model_exists(name):
    assert name in SQL


@pytest.mark.parametrize("name", PUBLIC)
def test_public_model_is_public_and_enforces_its_contract(name, nodes):
    assert nodes[name]["config"]["contract"]["enforced"]
    assert nodes[name]["config"]["access"] == "public"


@pytest.mark.parametrize("name", PUBLIC)
def test_public_model_does_not_leave_its_contract(name):
    assert "contract" not in DESCRIBED[name]["config"]
    assert not re.search(r"config\([^)]*contract", SQL[name].read_text())


@pytest.mark.parametrize("name", PUBLIC)
def test_every_column_of_a_public_model_has_a_type_and_the_one_text_of_its_quantity(name):
    for column in DESCRIBED[name]["columns"]:
        assert column["data_type"]
        reference = re.fullmatch(r'\{\{ doc\("(\w+)"\) \}\}', column["description"])
        assert reference, column["name"]
        assert reference[1] in DOCS_BLOCKS
        assert reference[1].split("__")[0] == column["name"]


FLAGS = [
    (name, column["name"], column.get("config", {}).get("meta", {}))
    for name in PUBLIC
    for column in DESCRIBED[name]["columns"]
    if column["data_type"] == "boolean"
]


@pytest.mark.parametrize(("name", "flag", "meta"), FLAGS, ids=[f"{name}.{flag}" for name, flag, _ in FLAGS])
def test_a_flag_declares_its_inputs_or_why_it_is_always_known(name, flag, meta):
    # expect_sound_rows finds the rows in which the flag is known although an input is missing.
    assert flag.startswith(("is_", "has_"))
    assert set(meta) in ({"null_without"}, {"always_known"})
    columns = {column["name"] for column in DESCRIBED[name]["columns"]}
    for text in meta.get("null_without", []):
        assert set(re.findall(r"\w+", text)) & columns, text


def test_only_models_of_instants_read_the_price_of_instants(references):
    readers = {name for name, referred in references.items() if "fct_reference_price" in referred}
    assert {name for name in readers if _folder(name) != "core"} == set(READERS_OF_PRICES_AT_INSTANTS)


def test_every_docs_block_is_used():
    used = {
        reference
        for model in DESCRIBED.values()
        for column in model.get("columns", [])
        for reference in re.findall(r'doc\("(\w+)"\)', column.get("description", ""))
    }
    assert used == DOCS_BLOCKS


@pytest.mark.parametrize("name", PUBLIC)
def test_public_model_links_to_a_page_that_exists(name):
    assert (PROJECT_ROOT / DESCRIBED[name]["config"]["meta"]["docs"]).is_file()


@pytest.mark.parametrize("name", sorted(name for name in SQL if _folder(name) != "staging"))
def test_only_staging_reads_raw(name, nodes):
    assert not [unique_id for unique_id in nodes[name]["depends_on"]["nodes"] if ".raw." in unique_id]


@pytest.mark.parametrize("name", sorted(name for name in SQL if _folder(name) not in READERS_OF_SEEDS))
def test_model_names_no_seed(name):
    assert set(re.findall(r"""ref\(\s*["'](\w+)["']\s*\)""", SQL[name].read_text())) <= set(SQL)


@pytest.mark.parametrize("name", sorted(name for name in SQL if _folder(name) != "staging"))
def test_final_select_names_its_columns(name):
    final = re.findall(r"^ {0,4}select(?:\s+distinct)?\s+(\S+)", SQL[name].read_text(), flags=re.MULTILINE)
    assert final or SQL[name].read_text().rstrip().endswith("}}"), "neither a select nor a macro"
    assert not [first for first in final if first.rstrip(",").endswith("*")]


@pytest.mark.parametrize("path", sorted((DBT / "macros").glob("*.sql")), ids=lambda path: path.name)
def test_final_select_of_a_macro_that_is_a_model_names_its_columns(path: Path):
    if path.name != "grid.sql":  # fill_gaps is a part of a model; its caller names the columns
        assert not re.search(r"^ {0,4}select\s+(\w+\.)?\*", path.read_text(), flags=re.MULTILINE)


def test_every_macro_and_argument_is_described(manifest):
    # dbt itself compares the names and number of arguments with the code, and their types with its own list of types.
    macros = [macro for macro in manifest["macros"].values() if macro["package_name"] == "oi_warehouse"]
    assert {macro["name"] for macro in macros if not macro["description"]} == set()
    bare = {
        f"{macro['name']}({argument['name']})"
        for macro in macros
        for argument in macro["arguments"]
        if not (argument["type"] and argument["description"])
    }
    assert bare == set()


def test_published_file_exposes_every_public_model():
    assert EXPOSURES["published_file"]["depends_on"] == [f"ref('{name}')" for name in PUBLIC]


def test_status_exposes_the_core_facts_that_it_counts():
    derived = {"fct_reference_price"}
    facts = [name for name in PUBLIC if _folder(name) == "core" and name.startswith("fct_") and name not in derived]
    read = ["dq_left_out", "dq_restatement", "dq_unmapped_methodology", *facts]
    assert EXPOSURES["oiw_status"]["depends_on"] == [f"ref('{name}')" for name in read]


def test_query_library_exposes_what_it_reads():
    queries = "\n".join(path.read_text() for path in (PROJECT_ROOT / "warehouse/queries").glob("*.sql"))
    read = set(re.findall(r"\b(?:core|marts|reporting|quality)\.(\w+)", queries)) & set(SQL)
    assert EXPOSURES["analyst_queries"]["depends_on"] == [f"ref('{name}')" for name in sorted(read)]


@pytest.mark.parametrize("path", sorted((DBT / "tests").glob("*.sql")), ids=lambda path: path.stem)
def test_singular_test_is_named_and_described(path: Path):
    described = {
        test["name"]: test for test in yaml.safe_load((DBT / "tests/_assertions.yml").read_text())["data_tests"]
    }
    assert path.stem.startswith("assert_")
    assert described[path.stem]["description"]
    assert described[path.stem]["config"]["meta"]["dagster"]["ref"]["name"] in SQL


@pytest.mark.parametrize("path", sorted((DBT / "tests/generic").glob("*.sql")), ids=lambda path: path.stem)
def test_generic_test_is_named_after_a_property(path: Path):
    assert path.stem.startswith("expect_")
    assert f"{{% test {path.stem}(" in path.read_text()


def test_seed_keys_are_tested():
    seeds = {seed["name"]: seed for seed in yaml.safe_load((DBT / "seeds/_seeds.yml").read_text())["seeds"]}
    assert set(seeds) == {path.stem for path in (DBT / "seeds").glob("*.csv")}
    for name, seed in seeds.items():
        assert any("expect_sound_rows" in test for test in seed["data_tests"]), name
