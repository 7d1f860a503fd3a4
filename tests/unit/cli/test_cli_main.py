"""The command tree: help, usage errors, where the data is, how errors end, and how fast it starts."""

import json
import subprocess
import sys

import duckdb
import pytest
from typer.testing import CliRunner

from cli.main import app
from warehouse.publish import publish

VERBS = [
    ("ingest", "files"),
    ("ingest", "archive", "binance"),
    ("load",),
    ("check",),
    ("build",),
    ("publish",),
    ("run",),
    ("dev",),
    ("status",),
    ("sql",),
    ("manifests",),
    ("reject",),
    ("restore",),
]


def test_help_lists_every_verb():
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    for verb in VERBS:
        assert verb[0] in done.output


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself_with_an_example(verb):
    done = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert verb == ("manifests",) or f"oiw {' '.join(verb)}" in done.output


@pytest.mark.parametrize("arguments", [("nope",), ("load", "--nope"), ("sql",), ("sql", "select 1", "-f", "xml")])
def test_wrong_usage_ends_with_2(oiw, arguments):
    done = oiw(*arguments)
    assert (done.exit_code, done.out) == (2, "")
    assert "Usage: oiw" in done.err


def test_home_is_the_same_as_the_environment(oiw, built, tmp_path):
    publish(built.build_file, built.published_file, run_id="run-1")
    elsewhere = oiw("--home", str(tmp_path / "elsewhere"), "sql", "select 1")
    assert elsewhere.exit_code == 6
    assert str(tmp_path / "elsewhere") in elsewhere.err
    assert oiw("--home", str(built.home), "sql", "select 1 as one", "-f", "csv").out == "one\n1\n"


def test_an_unexpected_error_is_one_line_unless_debugging(oiw, settings, monkeypatch):
    settings.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_file)) as con:
        con.execute("create table of_somebody_else (n integer)")
    done = oiw("status")
    assert (done.exit_code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("error: unexpected CatalogException: ")
    assert done.err.endswith("OIW_DEBUG=1 shows the traceback\n")
    monkeypatch.setenv("OIW_DEBUG", "1")
    with pytest.raises(duckdb.CatalogException, match="rpt_publication"):
        oiw("status")


def test_an_interrupt_ends_quietly_and_loses_nothing(oiw, land, settings):
    land("open_interest", [{}])
    script = (
        "import os, signal, sys\n"
        "from cli.main import run\n"
        # As on a terminal, also where the tests run in the background and a shell has switched it off.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        # Interrupts its own process when the build file is about to be made.
        "sys.addaudithook(lambda event, arguments: event == 'os.mkdir' and os.kill(os.getpid(), signal.SIGINT))\n"
        "run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "load"],
        capture_output=True,
        text=True,
        check=False,
        env={"OIW_HOME": str(settings.home)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert oiw("load").out == "open_interest: 1 batches, 1 rows loaded\n"


def test_a_closed_pipe_ends_quietly(built, settings):
    publish(built.build_file, built.published_file, run_id="run-1")
    script = f"{sys.executable} -c 'from cli.main import run; run()' sql 'from range(1000000)' -f csv | head -n 2"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],  # noqa: S607 - the bash of the PATH, as a user has it
        capture_output=True,
        text=True,
        check=False,
        env={"OIW_HOME": str(settings.home), "PATH": "/usr/bin:/bin"},
    )
    assert (done.stdout, done.stderr) == ("range\n0\n", "")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"ccxt", "duckdb", "pyarrow", "pandas", "dagster", "dbt", "great_expectations", "pydantic"}),
        # typer reads the options of a command with pydantic.
        (["live", "--help"], {"ccxt", "duckdb", "pyarrow", "pandas", "dagster", "dbt", "great_expectations"}),
        (["sql", "select 1", "-f", "csv"], {"ccxt", "pandas", "dagster", "dbt", "great_expectations", "rich"}),
        (["status"], {"ccxt", "pandas", "dagster", "dbt", "great_expectations"}),
    ],
    ids=["help", "help of a command", "sql", "status"],
)
@pytest.mark.parametrize(
    "settings_file",
    ["", '[live]\nassets = ["BTC"]\nvenues = ["okx"]\nbase_urls = { okx = "http://127.0.0.1:8900/okx" }\n'],
    ids=["without a settings file", "with live settings"],
)
def test_starts_without_what_it_does_not_need(built, settings, arguments, unwanted, settings_file):
    publish(built.build_file, built.published_file, run_id="run-1")
    if settings_file:
        (settings.home / "oiw.toml").write_text(settings_file)
    script = (
        "import json, sys\n"
        "from cli.main import run\n"
        "try: run()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"OIW_HOME": str(settings.home)},
    )
    assert not unwanted & set(json.loads(done.stderr))


def test_every_reading_and_loading_verb_in_a_process_of_its_own(oiw_process, files):
    manifest = str(files / "my.yaml")
    assert "1 files landed (2 rows" in oiw_process("ingest", "files", manifest, "--root", str(files)).out
    assert oiw_process("load").out == "open_interest: 1 batches, 2 rows loaded\n"
    assert json.loads(oiw_process("status", "--json").out)["facts_from"] == "loaded"
    assert oiw_process("publish").exit_code == 6
    assert oiw_process("reject", "x", "--why", "y").exit_code == 3
    assert oiw_process("restore", "x").exit_code == 3
    assert oiw_process("sql", "select 1").exit_code == 6
    assert oiw_process("manifests").exit_code == 0
