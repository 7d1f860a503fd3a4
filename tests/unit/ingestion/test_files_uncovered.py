"""Files that no manifest covers, and manifests that cover each other's files."""

import re
from pathlib import Path

import pytest
from files_support import make_manifest, parquet_bytes

from common.settings import PROJECT_ROOT
from ingestion.files.manifest import load_manifest, shipped_manifests
from ingestion.files.patterns import matching_files
from ingestion.files.uncovered import data_files, uncovered_files

CASES = Path(__file__).parents[3] / "../shared/cases/files"
SHIPPED = [load_manifest(path) for path in shipped_manifests().values()]
VENUES = [line.split(",")[0] for line in (PROJECT_ROOT / "dbt_project/seeds/venue.csv").read_text().split()[1:]]


def _write(root: Path, name: str, data: bytes = b"time,oi\n1,2\n") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(data)


def test_texts_checksums_and_hidden_files_are_no_data(tmp_path):
    no_data = ("README.md", "a.yaml", "x.zip.CHECKSUM", ".hidden.csv", ".git/a.csv")
    for name in (*no_data, "data.csv", "data.txt", "data.unknown"):
        _write(tmp_path, name)
    # A file `.txt` is often a table.
    assert [path.name for path in data_files(tmp_path)] == ["data.csv", "data.txt", "data.unknown"]


def test_what_differs_from_the_closest_manifest_is_named(tmp_path):
    manifests = [
        make_manifest(name="near", files=["venue/oi_{symbol}.csv"], symbol={"path": "symbol"}),
        make_manifest(
            name="far",
            files=["other/funding.parquet"],
            time={"column": "when_settled", "unit": "ms", "label_convention": "instant"},
        ),
    ]
    _write(tmp_path, "venue/oi_BTC.csv")
    _write(tmp_path, "venue/oi_BTC.parquet", parquet_bytes(time=[1], oi=[2]))
    _write(tmp_path, "venue/oi-ETH.csv", b"when,oi\n1,2\n")
    _write(tmp_path, "zzz.csv", b"q\n1\n")
    assert [group.line() for group in uncovered_files(tmp_path, manifests)] == [
        "zzz.csv: no manifest is like it; write one (docs/reference/manifest.md)",
        "venue/oi_BTC.parquet: closest is the manifest near: its files are venue/oi_{symbol}.csv; the columns fit",
        "venue/oi-ETH.csv: closest is the manifest near: its files are venue/oi_{symbol}.csv; "
        "this file has no column time",
    ]


def test_files_of_one_folder_with_one_reason_are_one_line(tmp_path):
    for number in range(90):
        _write(tmp_path, f"sheets/{number:02}.xlsx")
    (group,) = uncovered_files(tmp_path, SHIPPED)
    assert len(group.files) == 90
    assert group.line().startswith("sheets/00.xlsx and 89 more like it: oiw does not read this format")


@pytest.mark.parametrize("manifest", SHIPPED, ids=lambda manifest: manifest.name)
def test_a_star_takes_no_file_of_another_venue(manifest, tmp_path):
    """A manifest with a fixed venue may have a star only in a folder of that venue."""
    if manifest.venue is None or manifest.venue.fixed is None:
        return
    venue = manifest.venue.fixed.lower()
    for pattern in manifest.files:
        if venue in pattern.rpartition("/")[0]:
            continue
        for other in set(VENUES) - {venue}:
            name = re.sub(r"\{[a-z_]+:([^|}]+)[^}]*\}", r"\1", pattern).replace("*", f"_{other}")
            _write(tmp_path, re.sub(r"\{[a-z_]+\}", "BTC", name))
        taken = [path.name for path, _ in matching_files(tmp_path, pattern) if "*" in pattern]
        assert taken == []


def test_two_manifests_that_read_one_file_read_different_datasets(shared_data):
    readers: dict[Path, list[str]] = {}
    for manifest in SHIPPED:
        for pattern in manifest.files:
            for path, _ in matching_files(shared_data, pattern):
                readers.setdefault(path, []).append(manifest.dataset)
    assert readers
    assert {path: datasets for path, datasets in readers.items() if len(set(datasets)) < len(datasets)} == {}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()) if CASES.is_dir() else [])
def test_no_file_of_a_case_is_passed_over_in_silence(case):
    root = CASES / case
    named = {name for group in uncovered_files(root, SHIPPED) for name in group.files}
    covered = {path for manifest in SHIPPED for pattern in manifest.files for path, _ in matching_files(root, pattern)}
    files = data_files(root)
    assert files
    assert named == {path.relative_to(root).as_posix() for path in files if path not in covered}
