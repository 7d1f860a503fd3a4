"""The outbox of a sink: a small SQLite file below ``OIW_HOME/alerts`` with the signals that it does not need again.

What belongs here: reading and writing that file. What does not: the choice of signals (delivery.py).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from common.clock import utc_now

# Known: the signal existed when the sink was first used. Refused: the receiver will never accept it.
Outcome = Literal["known", "delivered", "refused"]


class Outbox:
    """The settled signals of one sink: signals that it never needs again."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read and write through ``connection``."""
        self._connection = connection

    @property
    def is_new(self) -> bool:
        """Whether the sink is used for the first time."""
        return not self._connection.execute("select 1 from sqlite_master where name = 'settled'").fetchall()

    def begin(self, known: Iterable[str]) -> None:
        """Settle the ``known`` signals in one transaction, so a killed process leaves the outbox new."""
        self._connection.execute("begin immediate")
        self._connection.execute(
            "create table settled (signal_id text primary key, outcome text not null, settled_at text not null)"
        )
        for signal_id in known:
            self.settle(signal_id, "known")
        self._connection.execute("commit")

    def settled(self) -> set[str]:
        """Return the ids of all signals that are settled."""
        return {signal_id for (signal_id,) in self._connection.execute("select signal_id from settled")}

    def settle(self, signal_id: str, outcome: Outcome) -> None:
        """Record the outcome of a signal. The row is on disk when this returns, unless a transaction is open."""
        settled_at = f"{utc_now().isoformat(timespec='seconds')}+00:00"
        self._connection.execute("insert into settled values (?, ?, ?)", (signal_id, outcome, settled_at))


@contextmanager
def open_outbox(path: Path) -> Iterator[Outbox]:
    """Open the outbox in the file ``path``, creating it when it does not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Outbox(connection)
