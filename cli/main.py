"""Entry point of ``oiw``: the command tree, the global options and how errors end.

What belongs here: nothing of a single verb (see the other modules).
"""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import ingest, live, pipeline, read_commands, sandbox, stream, warehouse_steps
from common.errors import OiwError

# Dagster, dbt and Great Expectations keep half a million objects for as long as a command runs. To look through them
# after every 700 new ones, Python's default, takes a seventh of a tick.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000

app = typer.Typer(
    name="oiw",
    help=(
        "An open-interest warehouse: live venues, files and archives in, tested marts in one read-only file out."
        "\n\n"
        "All at once: `oiw live` for venues, `oiw run --files-root DIR` for files. "
        "Step by step: `ingest`, `load`, `check`, `build`, `publish`.\n\n"
        "Exit codes: 0 done, 1 unexpected, 2 wrong usage, 3 wrong input, 4 the other side failed for now, "
        "5 a blocking check failed, 6 the warehouse is not in a state for this."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(ingest.app, name="ingest")
app.add_typer(stream.app, name="stream")
app.add_typer(sandbox.app, name="sandbox")
for module in (pipeline, warehouse_steps, read_commands):
    module.register(app)
live.register(app, ingest.app)


@app.callback()
def _global_options(
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the warehouse keeps its data; the same as OIW_HOME.")
    ] = None,
) -> None:
    if home is not None:
        # The environment is how every layer below, also inside Dagster and dbt, learns where the data is.
        os.environ["OIW_HOME"] = str(home)


def run() -> None:
    """Run the command line. Errors end as one line on stderr and an exit code; OIW_DEBUG=1 shows the traceback.

    Ctrl-C (exit code 130) and a closed pipe end quietly; typer sees to both.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        app(prog_name="oiw")
    except Exception as error:
        if os.environ.get("OIW_DEBUG"):
            raise
        message, exit_code = f"unexpected {type(error).__name__}: {error}; OIW_DEBUG=1 shows the traceback", 1
        if isinstance(error, OiwError):
            message, exit_code = str(error), error.exit_code
        typer.echo(f"error: {' '.join(message.split())}", err=True)
        sys.exit(exit_code)
