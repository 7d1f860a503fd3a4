"""The rules of the dbt project that no single model can break unseen: layers, names, contracts, grain, descriptions."""

import re
from pathlib import Path

import pytest
import yaml

from common.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
MODELS = DBT / "models"
SQL = {path.stem: path for path in sorted(MODELS.rglob("*.sql"))}
YAML = [yaml.safe_load(path.read_text()) for path in sorted(MODELS.rglob("*.yml"))]
DESCRIBED = {model["name"]: model for content in YAML for model in content.get("models", [])}
EXPOSURES = {exposure["name"]: exposure for content in YAML for exposure in content.get("exposures", [])}
DOCS_BLOCKS = {name for path in MODELS.rglob("*.md") for name in re.findall(r"\{% docs (\w+) %\}", path.read_text())}

PREFIXES = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("fct_", "dim_"), "reporting": ("rpt_",)}
PREFIXES["quality"] = ("dq_",)
PUBLIC_LAYERS = ("marts", "reporting", "quality")
# What a model of a layer may refer to; seeds are no layer, and only the layers named here are held to a list.
READABLE = {"subject": {"core", "intermediate", "subject"}, "reporting": {"core", "subject"}}


def _layer(name: str) -> str:
    """The layer of a model: its folder, with marts split into `core` and `subject`."""
    folder, second = SQL[name].relative_to(MODELS).parts[:2]
    if folder != "marts":
        return folder
    return "core" if second == "core" else "subject"


def _folder(name: str) -> str:
    return SQL[name].relative_to(MODELS).parts[0]


PUBLIC = sorted(name for name in SQL if _folder(name) in PUBLIC_LAYERS)
# A finding is a view that only dq_finding reads, and dq_finding has the grain test.
WITH_GRAIN = sorted(name for name in SQL if not name.startswith("int_finding__"))


@pytest.mark.parametrize("name", SQL)
def test_model_is_named_after_its_layer(name):
    assert name.startswith(PREFIXES[_folder(name)])
    assert _folder(name) != "intermediate" or re.fullmatch(r"int_[a-z_]+?__[a-z_0-9]+", name)


@pytest.mark.parametrize("name", SQL)
def test_description_begins_with_the_grain(name):
    assert DESCRIBED[name]["description"].startswith("One row per ")


@pytest.mark.parametrize("name", WITH_GRAIN)
def test_model_has_a_grain_test(name):
    assert any("expect_sound_rows" in test for test in DESCRIBED[name]["data_tests"])


@pytest.mark.parametrize("name", DESCRIBED)
def test_described_model_exists(name):
    assert name in SQL


@pytest.mark.parametrize("layer", PUBLIC_LAYERS)
def test_public_layers_enforce_contracts(layer):
    settings = yaml.safe_load((DBT / "dbt_project.yml").read_text())["models"]["oi_warehouse"][layer]
    assert settings["+contract"] == {"enforced": True}
    assert settings["+access"] == "public"


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


@pytest.mark.parametrize("name", sorted(name for name in SQL if _layer(name) != "staging"))
def test_only_staging_reads_raw(name):
    assert not re.search(r"source\(\s*['\"]raw", SQL[name].read_text())


@pytest.mark.parametrize("name", sorted(name for name in SQL if _layer(name) in READABLE))
def test_model_reads_the_layers_below_it_only(name):
    references = set(re.findall(r"""ref\(\s*["'](\w+)["']\s*\)""", SQL[name].read_text()))
    assert {_layer(reference) for reference in references if reference in SQL} <= READABLE[_layer(name)]
    # Subjects and reports reach seeds through core and the threshold macro only.
    assert references <= set(SQL)


@pytest.mark.parametrize("name", sorted(name for name in SQL if _layer(name) != "staging"))
def test_final_select_names_its_columns(name):
    final = re.findall(r"^select(?:\s+distinct)?\s+(\S+)", SQL[name].read_text(), flags=re.MULTILINE)
    assert final or SQL[name].read_text().rstrip().endswith("}}"), "neither a select nor a macro"
    assert not [first for first in final if first.rstrip(",").endswith("*")]


@pytest.mark.parametrize("path", sorted((DBT / "macros").glob("*.sql")), ids=lambda path: path.name)
def test_final_select_of_a_macro_that_is_a_model_names_its_columns(path: Path):
    if path.name != "grid.sql":  # fill_gaps is a part of a model, of columns that its caller names
        assert not re.search(r"^select\s+(\w+\.)?\*", path.read_text(), flags=re.MULTILINE)


def test_published_file_exposes_every_public_model():
    assert EXPOSURES["published_file"]["depends_on"] == [f"ref('{name}')" for name in PUBLIC]


def test_status_exposes_the_core_facts_that_it_counts():
    facts = [name for name in PUBLIC if _layer(name) == "core" and name.startswith("fct_")]
    read = ["dq_restatement", "dq_unmapped_methodology", *facts]
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
