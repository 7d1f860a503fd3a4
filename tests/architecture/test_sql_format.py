"""SQL contains no text that its formatter misreads."""

import re

from common.settings import PROJECT_ROOT

_JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_TEXT_OR_COMMENT = re.compile(r"'[^']*'|--[^\n]*")


def test_no_sql_divides_by_two_strokes():
    """Sqlfmt reads `//` as the start of a comment and would drop the rest; `divide(a, b)` gives the same number."""
    files = [*(PROJECT_ROOT / "dbt_project").rglob("*.sql"), *(PROJECT_ROOT / "warehouse/queries").rglob("*.sql")]
    dividing = [
        path.name
        for path in files
        if "target" not in path.parts and "//" in _TEXT_OR_COMMENT.sub("", _JINJA.sub("", path.read_text()))
    ]

    assert len(files) > 100
    assert dividing == []
