"""Schema migrations of the build file, and the SQL macros that analysts call.

Each migration ``schema/NNNN_*.sql`` is applied once, in order, in a transaction. The macros of ``risk.sql`` are
replaced at every call, so that a changed macro applies at once.
"""

from pathlib import Path

import duckdb

SCHEMA_DIR = Path(__file__).parent / "schema"
RISK_MACROS = Path(__file__).parent / "risk.sql"


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations that are missing in the file, create the macros, and return the migrations' names."""
    con.execute("create table if not exists schema_migration (name varchar not null, applied_at timestamp not null)")
    applied = {name for (name,) in con.execute("select name from schema_migration").fetchall()}
    pending = [path for path in sorted(SCHEMA_DIR.glob("*.sql")) if path.name not in applied]
    for path in pending:
        con.execute("begin transaction")
        con.execute(path.read_text())
        con.execute("insert into schema_migration values (?, now()::timestamp)", [path.name])
        con.execute("commit")
    create_macros(con)
    return [path.name for path in pending]


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of position sizing in the current database, which is the build file or the published file."""
    con.execute(RISK_MACROS.read_text())
