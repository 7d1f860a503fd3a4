"""The methodology pages say what the methodology seed says."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "methodology"
SEED = ROOT / "dbt_project" / "seeds" / "oi_methodology.csv"
# The columns of a page's table of rules, in order, by their names in the seed.
TABLE = (
    "methodology_id",
    "native_field",
    "native_unit",
    "sides",
    "sides_confidence",
    "valid_from",
    "valid_to",
    "price_used",
    "label_convention",
    "evidence",
)
RULE_NAME = re.compile(r"`((?:coinalyze_)?[a-z]+_(?:linear|inverse)_\w+|coinglass_\w+_venue_total)`")


def seed_rules_by_page() -> dict[str, list[tuple[str, ...]]]:
    rules = defaultdict(list)
    with SEED.open(newline="") as file:
        for row in csv.DictReader(file):
            page = row["venue"] if row["source"] == "exchanges" else "vendors"
            rules[page].append(tuple(row[column] for column in TABLE))
    return rules


def page_rules(page: str) -> list[tuple[str, ...]]:
    lines = (PAGES / f"{page}.md").read_text().partition("## Seed rows")[2].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| `")]
    return [tuple(cell.strip().strip("`") for cell in row) for row in rows]


@pytest.mark.parametrize("page", sorted(seed_rules_by_page()))
def test_a_page_has_the_rules_of_the_seed_in_its_order(page: str) -> None:
    assert page_rules(page) == seed_rules_by_page()[page]


def test_no_page_names_a_rule_that_the_seed_does_not_have() -> None:
    known = {rule[0] for rules in seed_rules_by_page().values() for rule in rules}
    named = {(path.name, name) for path in PAGES.glob("*.md") for name in RULE_NAME.findall(path.read_text())}
    assert {name for _, name in named} >= known
    assert [(page, name) for page, name in sorted(named) if name not in known] == []


def test_the_index_links_every_page() -> None:
    index = (PAGES / "README.md").read_text()
    assert [
        path.name for path in sorted(PAGES.glob("*.md")) if path.name != "README.md" and path.name not in index
    ] == []
