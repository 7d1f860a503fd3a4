"""What became of the landed rows, in words: which of them count in no total, and why.

What belongs here: reading `quality.dq_row_account` of a published or a build file. What does not: the account itself
(dbt_project/models/quality), printing (cli/).
"""

from dataclasses import dataclass
from itertools import groupby

import duckdb

# The query that shows the account in full.
WHY_COMMAND = "oiw sql - < warehouse/queries/row_account.sql"

_MOST_COLLECTORS = 5


@dataclass(frozen=True)
class RowsLeftOut:
    """The landed rows that count in no total.

    ``counts`` has a number of rows for each state (unmapped, quarantined, unused, lost) and reason, the largest first.
    ``useless_collectors`` are the collectors of which no row is in core, such as a manifest that reads the wrong files.
    Rows that a newer or better row replaced are not left out.
    """

    counts: tuple[tuple[str, str, int], ...]
    useless_collectors: tuple[str, ...]

    @property
    def row_count(self) -> int:
        """The number of landed rows that count in no total."""
        return sum(count for _, _, count in self.counts)

    def lines(self) -> list[str]:
        """Return the account in sentences for a terminal; empty when every row is in core."""
        if not self.counts:
            return []
        by_state = [
            f"{sum(count for _, _, count in group):,} {state} ({', '.join(reason for _, reason, _ in group)})"
            for state, group in ((state, list(rows)) for state, rows in groupby(self.counts, lambda row: row[0]))
        ]
        lines = [f"{self.row_count:,} landed rows count in no total: {', '.join(by_state)}"]
        if self.useless_collectors:
            named = ", ".join(self.useless_collectors[:_MOST_COLLECTORS])
            more = len(self.useless_collectors) - _MOST_COLLECTORS
            lines.append(f"no row of {named}{f' and {more} more' if more > 0 else ''} is in core")
        return [*lines, f"{WHY_COMMAND} shows why"]


def rows_left_out(con: duckdb.DuckDBPyConnection) -> RowsLeftOut | None:
    """Return the rows that count in no total, or None if the file, empty or old, has no account."""
    found = con.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'quality' and table_name = 'dq_row_account'"
    ).fetchall()
    if found == [(0,)]:
        return None
    counts = con.execute(
        "select state, reason, row_count from (select state, coalesce(reason, 'without a reason') as reason, "
        "sum(row_count)::bigint as row_count from quality.dq_row_account "
        "where state not in ('in_core', 'superseded') group by all) "
        "order by sum(row_count) over (partition by state) desc, state, row_count desc, reason"
    ).fetchall()
    collectors = con.execute(
        "select collector from quality.dq_row_account group by collector "
        "having count(*) filter (where state in ('in_core', 'superseded', 'quarantined')) = 0 order by collector"
    ).fetchall()
    return RowsLeftOut(tuple(counts), tuple(collector for (collector,) in collectors))
