"""The data dictionary: ``docs/reference/data_dictionary.md``, generated from the YAML of the public dbt models.

What belongs here: reading that YAML and its docs blocks, and laying out the page (``python -m
docs.generators.data_dictionary``; ``--check`` only tells whether the committed page is current). What does not: the
descriptions, which are beside the models.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from common.errors import InputError, OiwError
from common.settings import PROJECT_ROOT
from docs.generators.page import write_or_check

PAGE = Path("docs/reference/data_dictionary.md")

_DBT_DIR = Path("dbt_project")
_INTERNAL_PREFIX = "int_"
_DOCS_BLOCK = re.compile(r"\{% docs (\w+) %\}\n(.*?)\n\{% enddocs %\}", re.DOTALL)
_DOCS_REFERENCE = re.compile(r"""\{\{ doc\(["'](\w+)["']\) \}\}""")
_HEAD = """# Data dictionary

Every table of the published file, with its grain and the meaning of each column. `make docs` generates this page from
the YAML beside the models in `dbt_project/models`: do not edit it. Times are UTC. Ratios are fractions. NULL means
unknown, never zero. `warehouse/publish.py` adds `reporting.rpt_publication`, one row that describes the publication,
and the macros of the schema `risk` ([position sizing](../metrics/position_sizing.md)).
"""


@dataclass(frozen=True)
class Column:
    """A column of a public table: its name, its SQL type, and its meaning with the unit."""

    name: str
    data_type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A public table: its schema, name, description, key and columns.

    ``docs`` is the path of the page that explains the numbers, in the project. ``timeframes`` may be empty.
    """

    schema: str
    name: str
    description: str
    key: tuple[str, ...]
    timeframes: tuple[str, ...]
    docs: str
    columns: tuple[Column, ...]


def read_tables(root: Path) -> list[Table]:
    """Return the public tables of the project at ``root``, in the order of folders and files.

    Raises InputError when a column refers to a docs block that no model folder has.
    """
    models = root / _DBT_DIR / "models"
    texts = {
        name: " ".join(text.split())
        for path in sorted(models.rglob("*.md"))
        for name, text in _DOCS_BLOCK.findall(path.read_text())
    }
    return [
        _table(schema, model, texts, path.relative_to(root))
        for folder, schema in _published_schemas(root)
        for path in sorted((models / folder).glob("_*.yml"))
        for model in yaml.safe_load(path.read_text()).get("models", [])
        if not model["name"].startswith(_INTERNAL_PREFIX)
    ]


def render(tables: list[Table]) -> str:
    """Return the page that lists ``tables``, as Markdown."""
    parts = [_HEAD, _contents(tables)]
    schema = ""
    for table in tables:
        if table.schema != schema:
            schema = table.schema
            parts.append(f"## {schema}\n")
        parts.append(_section(table))
    return "\n".join(parts)


def main(arguments: list[str], root: Path = PROJECT_ROOT) -> int:
    """Write the page of the project at ``root``, or with ``--check`` return 1 if it is not current."""
    try:
        page = render(read_tables(root))
    except OiwError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return write_or_check(arguments, root / PAGE, page)


def _published_schemas(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each folder that publishes with its schema, in the order of dbt_project.yml."""
    settings = yaml.safe_load((root / _DBT_DIR / "dbt_project.yml").read_text())["models"]["oi_warehouse"]
    for folder, level in settings.items():
        if not folder.startswith("+") and folder != "staging":
            yield folder, level.get("+schema", settings["+schema"])


def _table(schema: str, model: dict[str, Any], texts: dict[str, str], path: Path) -> Table:
    meta = model["config"]["meta"]
    return Table(
        schema=schema,
        name=model["name"],
        description=" ".join(model["description"].split()),
        key=_key(model),
        timeframes=tuple(meta.get("timeframes", ())),
        docs=meta["docs"],
        columns=tuple(
            Column(column["name"], column["data_type"], _meaning(column, texts, f"{path}, model {model['name']}"))
            for column in model["columns"]
        ),
    )


def _key(model: dict[str, Any]) -> tuple[str, ...]:
    grains = [test["expect_sound_rows"] for test in model["data_tests"] if "expect_sound_rows" in test]
    return tuple(grains[0]["arguments"]["key"].split(", "))


def _meaning(column: dict[str, Any], texts: dict[str, str], where: str) -> str:
    description: str = column["description"]
    for name in _DOCS_REFERENCE.findall(description):
        if name not in texts:
            raise InputError(f"{where}, column {column['name']}: no docs block {name}; write it beside the YAML")
    return _DOCS_REFERENCE.sub(lambda match: texts[match[1]], description)


def _contents(tables: list[Table]) -> str:
    rows = [f"| [{table.schema}.{table.name}](#{table.schema}{table.name}) | {_grain(table)} |" for table in tables]
    return "\n".join(["| table | grain |", "|---|---|", *rows, ""])


def _section(table: Table) -> str:
    facts = [f"Key: {', '.join(f'`{name}`' for name in table.key)}."]
    if table.timeframes:
        facts.append(f"Timeframes: {', '.join(f'`{name}`' for name in table.timeframes)}.")
    if table.docs != PAGE.as_posix():
        facts.append(f"Explained in [{table.docs}](../{table.docs.removeprefix('docs/')}).")
    rows = [f"| `{column.name}` | {column.data_type} | {_cell(column.meaning)} |" for column in table.columns]
    return "\n".join(
        [
            f"### {table.schema}.{table.name}\n",
            f"{table.description}\n",
            f"{' '.join(facts)}\n",
            "| column | type | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _grain(table: Table) -> str:
    """Return the first clause of the description, which defines one row."""
    return _cell(re.split(r"[:.]", table.description, maxsplit=1)[0])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
