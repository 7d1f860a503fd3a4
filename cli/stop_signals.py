"""Ctrl-C and SIGTERM: the first one asks a command to end, the second one ends the process at once.

What does not belong here: the end itself, which each command does at a point where nothing is half done.
"""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"

Result = TypeVar("Result")


def stop_on_signals(stop: Callable[[], object]) -> None:
    """From now on, call ``stop`` at the first Ctrl-C or SIGTERM. The next one ends the process, whatever it does."""

    def stop_once(*_: object) -> None:
        end_on_signals()
        stop()

    for number in _STOP_SIGNALS:
        signal.signal(number, stop_once)


def end_on_signals() -> None:
    """From now on, Ctrl-C or SIGTERM ends the process at once.

    That is safe at any point: a batch or a published file appears as a whole or not at all, and the next run continues
    after the last batch.
    """

    def end(number: int, _frame: object) -> None:
        if sys.stderr.isatty():
            # rich hides the cursor while it draws a progress bar.
            os.write(sys.stderr.fileno(), _SHOW_CURSOR)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    for number in _STOP_SIGNALS:
        signal.signal(number, end)


def call_beside_signals(function: Callable[[], Result]) -> Result:
    """Call ``function`` in a thread of its own, while the main thread waits for signals.

    In the main thread Dagster would replace the handlers while it runs a job: a signal would end a step, and the
    command would never learn of it.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(function).result()
