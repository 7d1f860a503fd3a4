"""The last line of a text file that another program may still be writing (docs/decisions/0028).

What belongs here: which bytes of a file may land. What does not: reading the rows (reader.py).
"""

from datetime import datetime, timedelta

from ingestion.files.patterns import file_format

# A program writes a line in one go, or within seconds. After this time without a change, the file is finished.
_SETTLING_TIME = timedelta(minutes=10)
# The text formats that grow by lines. Files of other formats, and compressed files, are whole or unreadable.
_FORMATS = frozenset({"csv", "jsonl"})


def waits_until(name: str, data: bytes, *, modified_at: datetime, now: datetime) -> datetime | None:
    """Return until when the last line of the file ``name`` waits; None if it may land now.

    A last line waits if it has no newline and the file changed less than ten minutes ago: it may be cut off. A file
    that changed in the future, by its own clock, waits for ten minutes at most. Times are UTC and naive.
    """
    may_grow = file_format(name) in _FORMATS and not name.endswith(".gz")
    if not may_grow or not data or data.endswith(b"\n") or abs(now - modified_at) >= _SETTLING_TIME:
        return None
    return modified_at + _SETTLING_TIME


def complete_lines(data: bytes) -> bytes:
    """Return ``data`` up to its last newline."""
    return data[: data.rfind(b"\n") + 1]


def has_rows(name: str, lines: bytes, *, has_header_line: bool) -> bool:
    """Return whether ``lines``, complete lines of the file ``name``, are more than the header line."""
    return lines.count(b"\n") > (file_format(name) == "csv" and has_header_line)
