"""Commands that only read: `oiw status`, `oiw sql`, `oiw manifests`."""

from typing import Annotated, Literal

import typer


def show_status(
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Show the rows and times of each dataset, and when data was last loaded, built and published.

    Examples:
    $ oiw status
    $ oiw status --json
    """
    from cli.output_formats import print_status
    from orchestration.lib.settings import load_settings
    from warehouse.status import status

    print_status(status(load_settings()), is_json=is_json)


def run_sql(
    sql: Annotated[str, typer.Argument(help="One SQL statement, or `-` to read it from standard input.")],
    format_name: Annotated[
        Literal["table", "csv", "json"],
        typer.Option(
            "--format", "-f", help="Format of the output: table prints the first 200 rows, csv and json print all."
        ),
    ] = "table",
) -> None:
    """Run one SQL query on the published file. The file is read-only; all times are UTC.

    Examples:
    $ oiw sql "select * from reporting.rpt_publication"
    $ oiw sql - --format csv < FILE
    """
    from cli.output_formats import print_rows
    from orchestration.lib.settings import load_settings
    from warehouse.query import query

    text = typer.get_text_stream("stdin").read() if sql == "-" else sql
    with query(load_settings().published_file, text) as result:
        print_rows(result.columns, result.rows, format_name)


def list_manifests() -> None:
    """List the shipped file manifests: name, dataset and description.

    Example:
    $ oiw manifests
    """
    from ingestion.files.manifest import load_manifest, shipped_manifests

    for name, path in shipped_manifests().items():
        manifest = load_manifest(path)
        typer.echo(f"{name}: {manifest.dataset}, {' '.join(manifest.description.split())}")
