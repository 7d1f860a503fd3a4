"""Every query on the metrics pages returns the result on the page, from a warehouse of the recorded data.

After an intended change, ``make evidence`` (or ``OIW_WRITE_GOLDEN=1 pytest`` with this file) writes the results into
the pages. Their difference shows what a reader sees change.
"""

import os
import re
from functools import partial
from pathlib import Path

import duckdb
import pytest

from common.settings import Settings
from warehouse.connection import open_read_only

PAGES = sorted((Path(__file__).parents[2] / "docs" / "metrics").glob("*.md"))
# A fenced query and the table under it.
SHOWN = re.compile(r"```sql\n(?P<sql>(?:(?!```).)*)```\n\n(?P<table>(?:\|[^\n]*\n)+)", flags=re.DOTALL)


def shown_results(page: Path) -> list[tuple[str, list[list[str]]]]:
    """Return each query of ``page`` with the rows of its table, the header first."""
    results = []
    for match in SHOWN.finditer(page.read_text()):
        header, _, *rows = match["table"].splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, *rows)]
        results.append((match["sql"], cells))
    return results


def as_cell(value: object) -> str:
    """Return a value as text in the format of the pages: empty for NULL, twelve digits of a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.12g}"
    return str(value)


def actual_result(con: duckdb.DuckDBPyConnection, sql: str) -> list[list[str]]:
    result = con.execute(sql)
    header = [name for name, *_ in result.description or ()]
    return [header, *([as_cell(value) for value in row] for row in result.fetchall())]


def _with_result(con: duckdb.DuckDBPyConnection, shown: re.Match[str]) -> str:
    header, *rows = actual_result(con, shown["sql"])
    rule = shown["table"].splitlines()[1]
    lines = [f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|" for cells in (header, *rows)]
    return "\n".join([f"```sql\n{shown['sql']}```\n", lines[0], rule, *lines[1:], ""])


@pytest.mark.parametrize("page", [page for page in PAGES if shown_results(page)], ids=lambda page: page.stem)
def test_a_page_shows_the_results_of_its_queries(page: Path, real_home: Settings) -> None:
    with open_read_only(real_home.build_file, missing="the fixture builds it") as con:
        if os.environ.get("OIW_WRITE_GOLDEN"):
            page.write_text(SHOWN.sub(partial(_with_result, con), page.read_text()))
        for sql, shown in shown_results(page):
            assert actual_result(con, sql) == shown


def test_every_page_of_a_table_shows_a_result() -> None:
    assert [page.name for page in PAGES if page.stem != "README" and not shown_results(page)] == []
