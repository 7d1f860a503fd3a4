"""Printing that several commands share: progress goes to stderr, results go to stdout.

What does not belong here: any call into a layer.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


def print_failures(failures: tuple[str, ...]) -> None:
    """Print each failure as one line on stderr."""
    for failure in failures:
        typer.echo(f"error: {failure}", err=True)


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
