"""Verification of published zips: checksum, container and member."""

import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InputError
from ingestion.archives.zips import parse_checksum, verified_member

PATH = "data/futures/X-metrics-2024-01-02.zip"
CSV = b"create_time,symbol\n" + b"2024-01-02 00:05:00,X\n" * 50


def zip_of(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(members):
            archive.writestr(f"{number}.csv", content)
    return buffer.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_the_only_member_of_a_verified_zip_is_returned():
    content = zip_of(CSV)
    assert verified_member(content, sha256(content), PATH) == CSV


def test_a_changed_byte_is_a_wrong_checksum():
    content = zip_of(CSV)
    with pytest.raises(InputError, match=f"{PATH}: wrong checksum: sha256 is .* its .CHECKSUM says {sha256(content)}"):
        verified_member(content + b"\0", sha256(content), PATH)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "broken zip"),
        (b"<html>404</html>", "broken zip"),
        (zip_of(CSV)[:-30], "broken zip"),
        (zip_of(CSV, CSV), "holds 2 files instead of one"),
        (zip_of(), "holds 0 files instead of one"),
    ],
)
def test_a_broken_zip_with_a_right_checksum_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        verified_member(content, sha256(content), PATH)


def test_a_zip_bomb_is_refused_unread(monkeypatch):
    monkeypatch.setattr("ingestion.archives.zips._MAX_MEMBER_BYTES", len(CSV) - 1)
    content = zip_of(CSV)
    with pytest.raises(InputError, match=f"unpacks to {len(CSV)} bytes"):
        verified_member(content, sha256(content), PATH)


@given(st.data())
def test_a_damaged_zip_gives_its_member_or_a_clear_error(data):
    content = bytearray(zip_of(CSV))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    try:
        outcome = verified_member(bytes(content), sha256(content), PATH)
    except InputError as error:
        outcome = str(error)
    assert outcome == CSV or outcome.startswith(PATH)


@pytest.mark.parametrize("separator", ["  ", " *", "\t"])
def test_a_checksum_line_is_read_in_the_forms_of_sha256sum(separator):
    line = f"{'AB' * 32}{separator}X-metrics-2024-01-02.zip\n"
    assert parse_checksum(line.encode(), PATH) == "ab" * 32


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not '<sha256>  <file name>'"),
        (b"\xff" * 64, "not '<sha256>  <file name>'"),
        (("ab" * 31).encode() + b"  X-metrics-2024-01-02.zip", "not '<sha256>  <file name>'"),
        (("ab" * 32).encode() + b"  X-metrics-2024-01-03.zip", r"it is for another file \(X-metrics-2024-01-03.zip\)"),
    ],
)
def test_a_malformed_checksum_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        parse_checksum(content, PATH)
