"""Entry point of ``oiw``: the command tree, the global options, and how an error ends the command.

What does not belong here: a single command (see the other modules).
"""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from cli import ingest, live, pipeline, read_commands, sandbox, stream, warehouse_steps
from common.errors import OiwError

# Dagster, dbt and Great Expectations keep half a million objects while a command runs. Python's default, to collect
# garbage after every 700 new objects, takes a seventh of a tick.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000

# The commands by panel of the help, in the order in which a newcomer needs them.
_PANELS: dict[str, dict[str, typer.Typer | Callable[..., None]]] = {
    "Run everything": {"run": pipeline.run_everything, "live": live.follow_venues},
    "Step by step": {
        "ingest": ingest.app,
        "load": warehouse_steps.load_batches,
        "check": warehouse_steps.check,
        "build": warehouse_steps.build_models,
        "publish": warehouse_steps.publish_file,
    },
    "Look at data": {
        "status": read_commands.show_status,
        "sql": read_commands.run_sql,
        "manifests": read_commands.list_manifests,
        "dev": pipeline.open_dagster,
    },
    "Remove bad data": {"reject": warehouse_steps.reject, "restore": warehouse_steps.restore},
    "Streams": {"stream": stream.app},
    "Simulated exchanges": {"sandbox": sandbox.app},
}

_HELP = """Open interest from venues, files and archives, tested and published as one DuckDB file.

Start here:

  oiw run --files-root DIR   import recorded files, then publish
  oiw live                   fetch from all venues every 5 minutes
  oiw sql "select ..."       query the published file

Exit codes:

  0  done
  1  unexpected error
  2  wrong usage of the command
  3  wrong input: a file, a value or a setting
  4  a venue or the network failed; try again later
  5  a blocking check failed; nothing was published
  6  the warehouse is missing, in use, or needs an earlier step
"""


class _Commands(TyperGroup):
    """The commands in the order of ``_PANELS``: typer would put groups of commands after single ones."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - typer passes its context
        return [name for commands in _PANELS.values() for name in commands]


app = typer.Typer(
    name="oiw",
    cls=_Commands,
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _panel, _commands in _PANELS.items():
    for _name, _command in _commands.items():
        if isinstance(_command, typer.Typer):
            app.add_typer(_command, name=_name, rich_help_panel=_panel)
        else:
            app.command(_name, rich_help_panel=_panel)(_command)


@app.callback()
def _global_options(
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder in which the warehouse keeps its data.",
            show_default="OIW_HOME, else warehouse/data in the project",
        ),
    ] = None,
) -> None:
    if home is not None:
        # Every layer reads the folder from the environment, also inside Dagster and dbt.
        os.environ["OIW_HOME"] = str(home)


def run() -> None:
    """Run the command line. An error prints one line on stderr and sets the exit code; OIW_DEBUG=1 shows the traceback.

    typer ends the command without a message after Ctrl-C (exit code 130) and when the reader of a pipe stops.
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
