"""Take a loaded batch out of raw again, and let it back in: the way out when its rows fail the raw boundary for good.

What belongs here: rejecting and restoring whole batches. What does not: editing rows, which nothing here ever does.
"""

import duckdb

from common.errors import InputError
from warehouse.migrations import migrate


def reject_batch(con: duckdb.DuckDBPyConnection, batch_id: str, reason: str) -> dict[str, int]:
    """Delete the rows of ``batch_id`` from raw, remember why, and return how many rows each dataset has lost.

    The landing file stays and is not loaded again. Rows have vanished, so the next build computes everything anew and
    nothing is published before it. Raises InputError when no such batch is loaded, or no reason is given.
    """
    migrate(con)
    if not reason.strip():
        raise InputError(f"batch {batch_id}: give a reason for rejecting it")
    rows = dict(con.execute("select dataset, row_count from ops.load_batch where batch_id = ?", [batch_id]).fetchall())
    if not rows:
        raise InputError(f"batch {batch_id} is not loaded; failing rows name theirs in the column batch_id")
    con.execute("begin transaction")
    try:
        for dataset in rows:
            con.execute(f"delete from raw.{dataset} where batch_id = ?", [batch_id])
        con.execute(
            "insert into ops.rejected_batch "
            "select batch_id, dataset, collector, origin, row_count, ?, now()::timestamp "
            "from ops.load_batch where batch_id = ?",
            [reason, batch_id],
        )
        con.execute("delete from ops.load_batch where batch_id = ?", [batch_id])
        # Without a completed build to start from, the next one is a full refresh (warehouse/build.py).
        con.execute("delete from ops.build")
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return rows


def restore_batch(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Forget that ``batch_id`` was rejected: the next load takes it in. Raises InputError when it was not."""
    migrate(con)
    restored = con.execute("delete from ops.rejected_batch where batch_id = ? returning dataset", [batch_id]).fetchall()
    if not restored:
        raise InputError(f"batch {batch_id} was not rejected; it needs no restoring")
