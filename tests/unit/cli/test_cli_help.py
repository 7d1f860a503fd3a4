"""The help of every command as a terminal of 80 columns shows it: complete, within the width, without holes."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app

WIDTH = 80
Command = TyperCommand | TyperGroup


def _tree(command: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield path, command
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _tree(child, (*path, name))


COMMANDS = dict(_tree(get_command(app)))
every_command = pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(("oiw", *path)))


@pytest.fixture
def rendered(path, monkeypatch) -> list[str]:
    """The lines of the help of the command at ``path``."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    return done.output.splitlines()


@every_command
def test_no_line_is_wider_than_the_terminal_or_has_a_hole(rendered):
    assert max(map(len, rendered)) <= WIDTH
    # A text that lost a part has a space before its punctuation, or empty brackets.
    assert [line for line in rendered if re.search(r"\s[.,;:)\]](?!\.)|\(\s*\)|\[\s*\]|: *\]", line)] == []


@every_command
def test_every_argument_and_option_shows_what_it_does_and_its_default(path, rendered):
    for parameter in COMMANDS[path].params:
        assert parameter.help, parameter.name
        assert _is_shown(f"{parameter.help} {_default(parameter)}", rendered), parameter.name


@every_command
def test_every_command_says_what_it_does_also_in_the_list_of_its_group(path, rendered):
    command = COMMANDS[path]
    assert _squeezed(_summary(command)) in _squeezed(" ".join(rendered))
    for child in command.commands.values() if isinstance(command, TyperGroup) else ():
        assert _is_shown(_summary(child), rendered), child.name


@every_command
def test_every_single_command_has_an_example(path, rendered):
    if isinstance(COMMANDS[path], TyperGroup):
        return
    assert any(line.strip().startswith(f"$ oiw {' '.join(path)}") for line in rendered)


def test_commands_are_in_panels_in_the_order_of_the_work(monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    lines = CliRunner().invoke(app, ["--help"]).output.splitlines()
    panels = [found[1] for line in lines if (found := re.match(r"╭─ (.+?) ─", line))]
    assert panels == [
        *("Options", "Run everything", "Step by step", "Look at data", "Remove bad data", "Streams"),
        "Simulated exchanges",
    ]
    steps = lines[lines.index(next(line for line in lines if "Step by step" in line)) :]
    named = [found[1] for line in steps if (found := re.match(r"│ (\w+)  ", line))]
    assert named[:5] == ["ingest", "load", "check", "build", "publish"]


def _default(parameter) -> str:
    if isinstance(parameter.show_default, str):
        return f"[default: ({parameter.show_default})]"
    if parameter.required:
        return "[required]"
    is_without = parameter.default is None or (not isinstance(parameter, TyperArgument) and parameter.is_flag)
    return "" if is_without else f"[default: {parameter.default}]"


def _summary(command: Command) -> str:
    assert command.help
    return command.help.split("\n\n")[0].split("\nExample")[0]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _is_shown(text: str, rendered: list[str]) -> bool:
    """Whether a panel shows ``text`` in a column of its own, from the line where the text begins."""
    start = " ".join(text.split()[:2])
    for row, line in enumerate(rendered):
        if line.startswith("│") and start in line:
            column = line.index(start)
            if _squeezed(" ".join(below[column:-1] for below in rendered[row:])).startswith(_squeezed(text)):
                return True
    return False
