"""The raw boundary's check in a process of its own, started before there is anything to judge.

Importing Great Expectations keeps one core busy for two to three seconds: the second core does it while this process
imports the rest, lands and loads. What belongs here: that process, both ends of it. What does not: the check itself.
"""

import gc
import json
import os
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
    """The waiting process. It ends when it has judged once, or when its input is closed, also by our death."""

    def __init__(self) -> None:
        """Start it; it imports at once and then waits."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._input, self._output = cast(TextIO, self._process.stdin), cast(TextIO, self._process.stdout)

    def check(self, build_file: Path, *, meanwhile: Callable[[], None]) -> list[CheckResult]:
        """Judge the rows of ``build_file`` that no completed build has taken in, as ``check_new_rows`` does.

        ``meanwhile`` is called here while the other process is at it. Raises WarehouseError when the rows cannot be
        judged; a bug in there shows its traceback on stderr.
        """
        self._input.write(f"{build_file}\n")
        self._input.flush()
        meanwhile()
        # One line, read without waiting for the end: to take down an interpreter of this size takes half a second.
        answer = json.loads(self._output.readline() or '{"error": "the check ended early; its reason is above"}')
        if "error" in answer:
            raise WarehouseError(answer["error"])
        return [CheckResult(**result) for result in answer["results"]]

    def stop(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def boundary_process() -> Iterator[BoundaryProcess]:
    """Yield a started process and stop it in the end."""
    process = BoundaryProcess()
    try:
        yield process
    finally:
        process.stop()


def _serve() -> None:
    """Import, wait for the path of a build file, judge it and print the results, or the error, as a line of JSON."""
    # Libraries print to what is called the standard output, such as a progress bar's last line break: the answer gets a
    # way of its own, and what they print goes where errors go.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.disable()
    import great_expectations  # noqa: F401, PLC0415 - the long import is what this process is for

    from warehouse.quality.boundary import check_new_rows  # noqa: PLC0415 - as above

    build_file = sys.stdin.readline().rstrip("\n")
    if not build_file:
        return
    answer: dict[str, Any]
    try:
        answer = {"results": [asdict(result) for result in check_new_rows(Path(build_file))]}
    except OiwError as error:
        answer = {"error": str(error)}
    answers.write(f"{json.dumps(answer)}\n")
    answers.flush()


if __name__ == "__main__":
    _serve()
