"""A generated page in the repository: write it, or check that the committed one is current."""

import sys
from collections.abc import Sequence
from pathlib import Path


def write_or_check(arguments: Sequence[str], path: Path, text: str) -> int:
    """Write ``text`` to ``path`` and return 0; with ``--check`` among the arguments write nothing.

    A check returns 0 when the page at ``path`` is ``text``, else 1 with one line on stderr.
    """
    if "--check" not in arguments:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        return 0
    sys.stderr.write(f"error: {path} is not current; run `make docs` and commit the page\n")
    return 1
