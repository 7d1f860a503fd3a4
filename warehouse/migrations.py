"""Schema migrations of the build file: ``schema/NNNN_*.sql``, each applied once, in order, in a transaction."""

from pathlib import Path

import duckdb

SCHEMA_DIR = Path(__file__).parent / "schema"


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations that the file has not had yet and return their names."""
    con.execute("create table if not exists schema_migration (name varchar not null, applied_at timestamp not null)")
    applied = {name for (name,) in con.execute("select name from schema_migration").fetchall()}
    pending = [path for path in sorted(SCHEMA_DIR.glob("*.sql")) if path.name not in applied]
    for path in pending:
        con.execute("begin transaction")
        con.execute(path.read_text())
        con.execute("insert into schema_migration values (?, now()::timestamp)", [path.name])
        con.execute("commit")
    return [path.name for path in pending]
