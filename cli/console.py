"""Printing that several commands share: progress goes to stderr, results go to stdout.

What does not belong here: any call into a layer.
"""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import typer


def print_failures(failures: Iterable[str]) -> None:
    """Print each failure on stderr, as `print_lines` does."""
    print_lines("error", failures)


def print_lines(label: str, messages: Iterable[str]) -> None:
    """Print each message after its label on stderr: wrapped on a terminal, else as one line that programs can read."""
    is_terminal = sys.stderr.isatty()
    for message in messages:
        line = f"{label}: {message}"
        typer.echo(_wrapped(line) if is_terminal else line, err=True)


def _wrapped(line: str) -> str:
    """Return ``line`` wrapped to the width of the terminal. Paths and names stay whole, so that they can be copied."""
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield an ``on_progress(done, total)`` that draws a bar on stderr, or does nothing if stderr is no terminal.

    ``total`` is None while the amount of work is unknown.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def progress_count(label: str) -> Iterator[Callable[..., None]]:
    """Yield a callback that counts its calls on stderr and ignores its arguments."""
    with progress_bar(label) as on_progress:
        done = 0

        def count(*_what: object) -> None:
            nonlocal done
            done += 1
            on_progress(done, None)

        yield count
