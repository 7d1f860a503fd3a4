"""What became of the landed rows, in words: which of them count in no total, and why.

What belongs here: reading `quality.dq_left_out` of a published or a build file. What does not: the account itself
(dbt_project/models/quality), printing (cli/).
"""

from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

import duckdb

# The query that shows the rows of each file and reason. It needs no file of the project.
WHY_COMMAND = 'oiw sql "from quality.dq_left_out"'

_MOST_ORIGINS = 5
# The lines fit a terminal, except for a long path.
_WIDTH = 80


@dataclass(frozen=True)
class RowsLeftOut:
    """The landed rows that count in no total.

    ``counts`` has a number of rows for each state (unmapped, quarantined, unused, lost) and reason, the largest first.
    ``useless_origins`` are the files and the kinds of request of which core has no row, such as a file of an unknown
    contract. Rows that a newer or better row replaced are not left out.
    """

    counts: tuple[tuple[str, str, int], ...]
    useless_origins: tuple[str, ...]

    @property
    def row_count(self) -> int:
        """The number of landed rows that count in no total."""
        return sum(count for _, _, count in self.counts)

    def lines(self) -> list[str]:
        """Return the account in sentences for a terminal; empty when every row is in core."""
        if not self.counts:
            return []
        lines = [f"{self.row_count:,} landed rows count in no total:"]
        for state, group in groupby(self.counts, lambda row: row[0]):
            reasons = ", ".join(f"{reason} {count:,}" for _, reason, count in group)
            lines += wrap(f"{state}: {reasons}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
        if self.useless_origins:
            lines.append("these files or requests have no row that counts:")
            lines += [f"  {origin}" for origin in self.useless_origins[:_MOST_ORIGINS]]
            more = len(self.useless_origins) - _MOST_ORIGINS
            lines += [f"  and {more:,} more"] if more > 0 else []
        return [*lines, f"why: {WHY_COMMAND}"]


def rows_left_out(con: duckdb.DuckDBPyConnection) -> RowsLeftOut | None:
    """Return the rows that count in no total, or None if the file, empty or old, has no account."""
    found = con.execute(
        "select count(*) from information_schema.tables where table_schema = 'quality' and table_name = 'dq_left_out'"
    ).fetchall()
    if found == [(0,)]:
        return None
    counts = con.execute(
        "select state, reason, row_count from (select state, coalesce(reason, 'without a reason') as reason, "
        "sum(row_count)::bigint as row_count from quality.dq_left_out group by all) "
        "order by sum(row_count) over (partition by state) desc, state, row_count desc, reason"
    ).fetchall()
    origins = con.execute(
        "select distinct origin from quality.dq_left_out where not has_rows_in_core order by origin"
    ).fetchall()
    return RowsLeftOut(tuple(counts), tuple(origin for (origin,) in origins))
