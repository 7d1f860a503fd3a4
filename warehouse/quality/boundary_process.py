"""The check of the raw boundary in a process of its own, which starts before the rows are loaded.

Importing Great Expectations takes one core two to three seconds. A second core does it while this process imports the
other packages, lands and loads. What belongs here: both ends of that process. What does not: the check (boundary.py).
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, cast

from common.errors import OiwError, WarehouseError
from warehouse.quality.results import CheckResult


class BoundaryProcess:
    """The waiting process. It ends after one check, or when its input closes (also if our process dies)."""

    def __init__(self) -> None:
        """Start the process; it imports its packages and then waits."""
        # A terminal and a service manager send their signals to the new process too. It must not end before ours, which
        # may finish a tick first, so it inherits these signals blocked.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        self._input, self._output = cast(TextIO, self._process.stdin), cast(TextIO, self._process.stdout)

    def check(self, build_file: Path, *, meanwhile: Callable[[], None]) -> list[CheckResult]:
        """Judge the rows of ``build_file`` that no completed build includes, as ``check_new_rows`` does.

        ``meanwhile`` is called in this process while the other one works. Raises WarehouseError when the rows cannot be
        judged; an unexpected error in the other process prints its traceback on stderr.
        """
        self._input.write(f"{build_file}\n")
        self._input.flush()
        meanwhile()
        # The result is one line. Waiting for the end of the process would take half a second more.
        outcome = json.loads(
            self._output.readline() or '{"error": "the process of the raw checks ended early; see its traceback above"}'
        )
        if "error" in outcome:
            raise WarehouseError(outcome["error"])
        return [CheckResult(**result) for result in outcome["results"]]

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def boundary_process() -> Iterator[BoundaryProcess]:
    """Yield a started process, and stop it when the context ends."""
    process = BoundaryProcess()
    try:
        yield process
    finally:
        process.stop()


def _serve() -> None:
    """Import, wait for the path of a build file, judge its rows, and print the results or the error as a JSON line."""
    # Libraries print to the standard output too, such as the last line break of a progress bar. So the results get a
    # stream of their own, and the libraries' output goes to stderr.
    outcomes = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.disable()
    import great_expectations  # noqa: F401, PLC0415 - this process exists for the long import

    from warehouse.quality.boundary import check_new_rows  # noqa: PLC0415 - as above

    build_file = sys.stdin.readline().rstrip("\n")
    if not build_file:
        return
    outcome: dict[str, Any]
    try:
        outcome = {"results": [asdict(result) for result in check_new_rows(Path(build_file))]}
    except OiwError as error:
        outcome = {"error": str(error)}
    outcomes.write(f"{json.dumps(outcome)}\n")
    outcomes.flush()


if __name__ == "__main__":
    _serve()
