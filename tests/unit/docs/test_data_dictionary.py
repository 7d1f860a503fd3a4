"""The data dictionary says what the dbt YAML says, and notices when it does not."""

from pathlib import Path

import pytest

from common.errors import InputError
from docs.generators.data_dictionary import PAGE, main, read_tables

SETTINGS = """
models:
  oi_warehouse:
    +schema: marts
    staging: {+schema: staging}
    core: {+schema: core}
    market: {+group: market}
    quality: {+schema: quality}
"""
MODEL = """
models:
  - name: fct_thing
    description: >
      One row per thing: what it
      weighs. Never add two scales.
    config:
      meta: {timeframes: [1h, 1d], docs: docs/metrics/fct_thing.md}
    data_tests:
      - expect_sound_rows: {arguments: {key: "thing, event_at"}}
    columns:
      - {name: thing, data_type: varchar, description: 'The thing.'}
      - {name: weight_usd, data_type: double, description: '{{ doc("weight_usd") }}'}

  - name: int_thing__weighed
    description: One row per thing, on the way to `fct_thing`.
"""
DOCS = """
{% docs weight_usd %}
What it weighs in USD,
long | short.
{% enddocs %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one public model, described."""
    models = tmp_path / "dbt_project/models/quality"
    models.mkdir(parents=True)
    (tmp_path / "docs/reference").mkdir(parents=True)
    (tmp_path / "dbt_project/dbt_project.yml").write_text(SETTINGS)
    (models / "_quality__models.yml").write_text(MODEL)
    (models / "_quality__docs.md").write_text(DOCS)
    return tmp_path


def test_committed_page_is_current(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_page_shows_grain_key_warning_and_meaning(project):
    assert main([], project) == 0
    page = (project / PAGE).read_text()
    assert "| [quality.fct_thing](#qualityfct_thing) | One row per thing |" in page
    assert "One row per thing: what it weighs. Never add two scales." in page
    assert "Key: `thing`, `event_at`. Timeframes: `1h`, `1d`." in page
    assert "[docs/metrics/fct_thing.md](../metrics/fct_thing.md)" in page
    assert "| `weight_usd` | double | What it weighs in USD, long \\| short. |" in page


def test_a_folder_without_a_schema_of_its_own_publishes_to_that_of_the_project(project):
    market = project / "dbt_project/models/market"
    market.mkdir()
    (market / "_market__models.yml").write_text(MODEL.replace("fct_thing", "fct_deal"))
    assert [(table.schema, table.name) for table in read_tables(project)] == [
        ("marts", "fct_deal"),
        ("quality", "fct_thing"),
    ]


def test_check_passes_on_a_fresh_page_and_fails_on_a_stale_one(project, capsys):
    main([], project)
    assert main(["--check"], project) == 0
    docs = project / "dbt_project/models/quality/_quality__docs.md"
    docs.write_text(docs.read_text().replace("USD", "EUR"))
    assert main(["--check"], project) == 1
    assert "make docs" in capsys.readouterr().err


def test_check_writes_nothing(project):
    assert main(["--check"], project) == 1
    assert not (project / PAGE).exists()


def test_unknown_docs_block_is_named_with_its_place(project, capsys):
    (project / "dbt_project/models/quality/_quality__docs.md").unlink()
    with pytest.raises(
        InputError, match=r"_quality__models.yml, model fct_thing, column weight_usd: no docs block weight_usd"
    ):
        read_tables(project)
    assert main([], project) == InputError.exit_code
    assert capsys.readouterr().err.startswith("error: ")
