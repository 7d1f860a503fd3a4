"""Remove a loaded batch from the raw tables, and restore it: for a batch whose rows fail a check and cannot be mended.

What belongs here: rejecting and restoring whole batches. Rows are never edited.
"""

import duckdb

from common.errors import InputError
from warehouse.migrations import migrate


def reject_batch(con: duckdb.DuckDBPyConnection, batch_id: str, reason: str) -> dict[str, int]:
    """Delete the rows of ``batch_id`` from the raw tables, record the reason, and return the deleted rows per dataset.

    The landed file stays and is not loaded again. The next build rebuilds every table, and publishing waits for it.
    Raises InputError if the batch is not loaded or the reason is empty.
    """
    migrate(con)
    if not reason.strip():
        raise InputError(f"batch {batch_id}: give a reason for rejecting it")
    rows = dict(con.execute("select dataset, row_count from ops.load_batch where batch_id = ?", [batch_id]).fetchall())
    if not rows:
        raise InputError(f"batch {batch_id} is not loaded; take the id from the column batch_id of a failing row")
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
        # Without a completed build the next one is a full refresh (warehouse/build.py).
        con.execute("delete from ops.build")
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return rows


def restore_batch(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Delete the rejection of ``batch_id``: the next load loads it. Raises InputError if it was not rejected."""
    migrate(con)
    restored = con.execute("delete from ops.rejected_batch where batch_id = ? returning dataset", [batch_id]).fetchall()
    if not restored:
        raise InputError(f"batch {batch_id} was not rejected, so there is nothing to restore")
