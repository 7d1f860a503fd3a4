"""Every file, command and table that a text names is there: pages, comments, docstrings, help and seeds."""

import re
from pathlib import Path

import pytest
import typer

from cli.main import app
from common.settings import PROJECT_ROOT

FOLDERS = (
    *("alerts", "benchmarks", "cli", "common", "docs", "ingestion", "orchestration", "sandbox", "warehouse"),
    *("dbt_project/macros", "dbt_project/models", "dbt_project/seeds", "dbt_project/tests", "tests"),
)
# Files that a reader makes, and those of other programs.
NOT_OURS = {"__docs.md", "question.sql"}
# A table that publishing adds, which no model makes.
PUBLISHED_ONLY = {"rpt_publication"}

FILE = re.compile(r"(?<![\w/.:*<{-])((?:[\w-]+/)*[\w-]+\.(?:py|sql|md))\b(?![\w(])")
MODEL = re.compile(r"\b((?:fct|dim|rpt|dq|stg|int|assert)_\w*[a-z])\b(?![<*])")
COMMAND = re.compile(r"(?:^|`|&& )(?:\S+/)?(oiw|make)((?: [a-z]+)+)", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def _files() -> list[Path]:
    """The files of the project, those that a warehouse keeps and those that dbt compiles left out."""
    found = [path for folder in FOLDERS for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file()]
    kept = [path for path in found if PROJECT_ROOT / "warehouse/data" not in path.parents]
    return sorted([*kept, *PROJECT_ROOT.glob("*.md"), PROJECT_ROOT / "Makefile", PROJECT_ROOT / "pyproject.toml"])


FILES = _files()
# tests name what is not there to see that it is found.
TEXTS = [
    path
    for path in FILES
    if path.suffix in {".py", ".sql", ".yml", ".yaml", ".md", ".csv", ".toml"} or path.name == "Makefile"
    if PROJECT_ROOT / "tests" not in path.parents
]
# What was true when it was written stays as it is.
PAGES = [path for path in TEXTS if path.suffix == ".md" and path.name != "CHANGELOG.md"]


def unknown_files(text: str, files: list[Path]) -> set[str]:
    """The files that ``text`` names, by any end of their path, and that are not among ``files``."""
    known = {"/".join(path.parts[-length:]) for path in files for length in range(1, len(path.parts))}
    return {name for name in FILE.findall(text) if name not in known} - NOT_OURS


def unknown_models(text: str) -> set[str]:
    """The models and data tests that code in ``text`` names and that dbt does not have."""
    known = {path.stem for path in FILES if PROJECT_ROOT / "dbt_project" in path.parents} | PUBLISHED_ONLY
    return {name for code in CODE.findall(text) for name in MODEL.findall(code)} - known


def unknown_commands(text: str) -> set[str]:
    """The commands that code in ``text`` calls and that neither `oiw` nor the Makefile has."""
    called = {call for code in CODE.findall(text) for call in COMMAND.findall(code)}
    return {f"{program}{words}" for program, words in called if not _is_command(program, words.split())}


def _is_command(program: str, words: list[str]) -> bool:
    if program == "make":
        return words[0] in re.findall(r"^([a-z]+):", (PROJECT_ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    command = typer.main.get_command(app)
    for word in words:
        # What follows a command that is no group is its argument.
        if isinstance(command, typer.core.TyperGroup):
            command = command.commands.get(word)
    return command is not None


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {str(path.relative_to(PROJECT_ROOT)): path.read_text() for path in TEXTS}


def test_named_files_are_there(texts):
    missing = {name: unknown for name, text in texts.items() if (unknown := unknown_files(text, FILES))}
    assert missing == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_ROOT)))
def test_named_models_and_commands_are_there(page):
    text = page.read_text()
    assert unknown_models(text) == set()
    assert unknown_commands(text) == set()


def test_what_is_not_there_is_found():
    text = "reference/venues.md (gone.py) landing.py `fct_gone` `fct_price` `oiw gone` `oiw ingest live` `make gone`"
    assert unknown_files(text, FILES) == {"reference/venues.md", "gone.py"}
    assert unknown_models(text) == {"fct_gone"}
    assert unknown_commands(text) == {"oiw gone", "make gone"}
