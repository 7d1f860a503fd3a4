"""Every relative link and every file named in the documentation leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "warehouse" / "connect").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# `tests/unit/test_x.py`, `seeds/threshold.csv`, `_core__docs.md`: a file of the project, from any of its folders.
NAMED_FILE = re.compile(
    r"`((?:dbt_project|ingestion|seeds|tests|warehouse)/[\w/.]+\.\w+|(?:test_\w+\.py|_\w+__\w+\.(?:yml|md)))`"
)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of ``page``."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def named_files_that_are_not_there(page: Path) -> list[str]:
    project = [ROOT / "dbt_project" / "models", ROOT / "tests"]
    missing = []
    for name in NAMED_FILE.findall(page.read_text()):
        is_there = (
            (ROOT / name).is_file() or (ROOT / "dbt_project" / name).is_file()
            if "/" in name
            else any(next(folder.rglob(name), None) for folder in project)
        )
        if not is_there:
            missing.append(name)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_are_there(page: Path) -> None:
    assert named_files_that_are_not_there(page) == []


def test_a_named_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`seeds/venue.csv` `test_links.py` `tests/unit/test_gone.py` `_gone__models.yml`")
    assert named_files_that_are_not_there(page) == ["tests/unit/test_gone.py", "_gone__models.yml"]


def test_a_missing_file_and_a_missing_heading_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading, with a comma\n")
    page = tmp_path / "page.md"
    page.write_text("[a](there.md) [b](there.md#a-heading-with-a-comma) [c](gone.md) [d](there.md#no-heading)")
    assert broken_links(page) == ["gone.md", "there.md#no-heading"]
