"""The demo's folder: the demo empties its own folder and leaves every other folder alone."""

import pytest

from sandbox.demo import recreate


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    home = tmp_path / "a" / "b"

    recreate(home)

    assert [path.name for path in home.iterdir()] == ["SIMULATED.txt"]


def test_the_demos_own_folder_is_emptied(tmp_path):
    recreate(tmp_path / "home")
    (tmp_path / "home" / "landing").mkdir()
    (tmp_path / "home" / "landing" / "batch.parquet").touch()

    recreate(tmp_path / "home")

    assert [path.name for path in (tmp_path / "home").iterdir()] == ["SIMULATED.txt"]


def test_an_empty_folder_is_used(tmp_path):
    recreate(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["SIMULATED.txt"]


@pytest.mark.parametrize("is_file", [True, False])
def test_a_folder_of_somebody_else_stays(tmp_path, is_file):
    home = tmp_path / "home"
    foreign = home if is_file else home / "oi.duckdb"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")

    with pytest.raises(FileExistsError, match="choose another --home"):
        recreate(home)

    assert foreign.read_text() == "mine"
