"""Files that several processes use: a lock for one holder, and the replacement of a whole file in one step."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import WarehouseError


@contextmanager
def locked(path: Path, held: str) -> Iterator[None]:
    """Hold the lock on the file ``path``. The file and its folder are created when they are missing.

    The system releases the lock when the process dies. When another process holds the lock, this function does not
    wait: it raises WarehouseError with the message ``held``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(held) from error
        yield


@contextmanager
def replacing(path: Path, *, is_only_writer: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``path``. At the end of the block, the file there replaces ``path`` in one step.

    Readers see the whole old file or the whole new file. When the block raises, ``path`` stays as it is and the
    temporary file is removed. ``is_only_writer``: the caller guarantees that no other process replaces ``path`` now.
    Then the temporary name is always the same, so the next call removes what a killed process left behind.

    The new content is on disk before the rename. To have the rename itself on disk, call :func:`flush` on the folder.
    """
    suffix = "tmp" if is_only_writer else f"{os.getpid()}.tmp"
    temporary = path.with_name(f".{path.name}.{suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
        flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Write the content of a file, or the names in a folder, to disk; return when it is there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
