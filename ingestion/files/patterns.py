"""Path patterns of a manifest: the files that match them, and the named fields in their paths.

What belongs here: from ``coinglass/oi_by_exchange_4h_{asset}.parquet`` to paths, each with ``{"asset": "BTC"}``.
What does not: reading the files.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_TOKEN = re.compile(r"\{(?P<name>[a-z_]+)(:(?P<choices>[^{}]+))?\}|(?P<star>\*)")
_FIELD = "[A-Za-z0-9-]+"
_ANY = "[^/]*"

FORMATS: dict[str, str] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".json.gz": "json",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
}


def file_format(path: str) -> str | None:
    """Return ``csv``, ``parquet``, ``json`` or ``jsonl`` by the ending of ``path``; None for an unknown ending."""
    return next((form for suffix, form in FORMATS.items() if path.endswith(suffix)), None)


def field_names(pattern: str) -> list[str]:
    """Return the names of the fields in ``pattern``, in their order."""
    return [match["name"] for match in _TOKEN.finditer(pattern) if match["name"]]


def check_pattern(pattern: str) -> None:
    """Raise ValueError when ``pattern`` is outside the root, has a stray bracket, an unknown ending or a name twice."""
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError(f"'{pattern}' is outside the root folder; write a path below it")
    if re.search(r"[{}\[\]?]", _TOKEN.sub("", pattern)):
        raise ValueError(f"'{pattern}' has a stray bracket; use {{name}}, {{name:a|b}} or *")
    if file_format(pattern) is None:
        raise ValueError(f"'{pattern}' has an unknown ending; use one of {', '.join(FORMATS)}")
    names = field_names(pattern)
    if len(set(names)) != len(names):
        raise ValueError(f"'{pattern}' names a field twice; give each its own name")


def matching_files(root: Path, pattern: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield each file below ``root`` that matches ``pattern``, sorted, with the fields of its path."""
    regex = re.compile(_regex(pattern))
    for path in sorted(root.glob(_TOKEN.sub("*", pattern))):
        match = regex.fullmatch(path.relative_to(root).as_posix())
        if match and path.is_file():
            yield path, match.groupdict()


def _regex(pattern: str) -> str:
    parts, end = [], 0
    for match in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[end : match.start()]))
        parts.append(_token_regex(match))
        end = match.end()
    return "".join([*parts, re.escape(pattern[end:])])


def _token_regex(match: re.Match[str]) -> str:
    if match["star"]:
        return _ANY
    choices = "|".join(re.escape(choice) for choice in match["choices"].split("|")) if match["choices"] else _FIELD
    return f"(?P<{match['name']}>{choices})"
