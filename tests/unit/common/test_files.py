"""A lock has one holder, and readers of a replaced file see the whole old file or the whole new file."""

import os
import subprocess
import sys

import pytest

from common.errors import WarehouseError
from common.files import locked, replacing


def test_a_lock_has_one_holder_and_ends_with_the_block(tmp_path):
    path = tmp_path / "folder" / ".lock"
    with locked(path, "held"):  # noqa: SIM117  # the second is refused inside the first
        with pytest.raises(WarehouseError, match="held"), locked(path, "held"):
            pytest.fail("two hold one lock")
    with locked(path, "held"):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    path = tmp_path / ".lock"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from common.files import locked\n"
        "with locked(Path(sys.argv[1]), 'held'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert killed.returncode == -9
    with locked(path, "held"):
        pass


def test_a_file_is_replaced_when_the_block_ends(tmp_path):
    path = tmp_path / "folder" / "file"
    with replacing(path) as temporary:
        assert temporary.name == f".file.{os.getpid()}.tmp"
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_raises_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def die_half_way():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        die_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_only_writer_removes_what_a_killed_one_has_left(tmp_path):
    path = tmp_path / "file"
    (tmp_path / ".file.tmp").write_text("of a killed process")
    with replacing(path, is_only_writer=True) as temporary:
        assert not temporary.exists()
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
