"""Files that several processes use: one holder of a lock, and a file that is either the old or the new one, whole."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import WarehouseError


@contextmanager
def locked(path: Path, held: str) -> Iterator[None]:
    """Hold the lock file ``path``, creating it with its folder. The system releases it when the process dies.

    Does not wait: raises WarehouseError with the message ``held`` when another process holds the lock.
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
    """Yield a temporary path beside ``path``; what is written there replaces ``path`` in one step when the block ends.

    Readers see the old file or the new one, never a part. When the block raises, ``path`` stays as it is and the
    temporary file is removed. ``is_only_writer``: the caller makes sure that no other process replaces ``path`` now.
    The temporary name is then always the same, and the leftover of a killed process is removed first.
    The new content is on disk before the rename; the rename itself is when the caller has called :func:`flush` on the
    folder.
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
    """Return when the content of a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
