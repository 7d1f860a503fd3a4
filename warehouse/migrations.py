"""What the build file needs beside tables of dbt: schema migrations, and the macros that analysts call.

A migration ``schema/NNNN_*.sql`` is applied once, in order, in a transaction. The macros of ``risk.sql`` are replaced
whenever they are created, so that a changed one is in force at once.
"""

from pathlib import Path

import duckdb

SCHEMA_DIR = Path(__file__).parent / "schema"
RISK_MACROS = Path(__file__).parent / "risk.sql"


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations that the file has not had yet, create the macros, and return the migrations' names."""
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
    """Create the macros of position sizing in the current database: the build file and the published file have them."""
    con.execute(RISK_MACROS.read_text())
