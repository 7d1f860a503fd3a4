"""A real dagster-webserver on the loopback address: what it serves, and a run that it launches."""

import os
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from orchestration_support import write_open_interest

from common.settings import Settings
from ingestion.files.manifest import shipped_manifests
from orchestration.lib.instance import prepare_home
from orchestration.run import run_tick
from warehouse.connection import open_read_only

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

# Time limit of each wait. An idle machine needs a tenth of it.
PATIENCE_SECONDS = 240

ASSETS = """
{ assetNodes { assetKey { path } groupName description assetChecksOrError {
    ... on AssetChecks { checks { name blocking } } } } }
"""
LAUNCH = """
mutation { launchRun(executionParams: {
    selector: {repositoryLocationName: "orchestration.definitions", repositoryName: "__repository__", jobName: "files"}
    runConfigData: {}
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
HISTORY = """
{ runsOrError { ... on Runs { results { runId status stepStats { stepKey status } } } }
  assetNodeOrError(assetKey: {path: ["core", "fct_open_interest"]}) { ... on AssetNode {
    assetMaterializations(limit: 1) { runId }
    assetChecksOrError { ... on AssetChecks { checks { executionForLatestMaterialization { status runId } } } } } } }
"""
RUN = "query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


class Webserver:
    """A running webserver and its GraphQL."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self._url = f"http://127.0.0.1:{port}"

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the webserver ended"
            try:
                if httpx.get(f"{self._url}/server_info", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        pytest.fail("the webserver did not answer")

    def graphql(self, query: str, **variables: str) -> dict[str, Any]:
        answer = httpx.post(f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def run(self) -> str:
        """Launch the job of the files and return its final status."""
        launched = self.graphql(LAUNCH)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        deadline = time.monotonic() + PATIENCE_SECONDS
        status = "STARTING"
        while time.monotonic() < deadline and status not in {"SUCCESS", "FAILURE", "CANCELED"}:
            time.sleep(0.3)
            status = self.graphql(RUN, id=launched["run"]["runId"])["runOrError"]["status"]
        return status


@pytest.fixture
def webserver(ticked: Settings, tmp_path: Path) -> Iterator[Webserver]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "DAGSTER_HOME": str(prepare_home(ticked)),
        "OIW_HOME": str(ticked.home),
        "OIW_FILES_ROOT": str(ticked.files_root),
    }
    module = ("-m", "orchestration.definitions")
    address = ("-h", "127.0.0.1", "-p", str(port))
    with _running("dagster-webserver", *module, *address, folder=tmp_path, environment=environment) as process:
        server = Webserver(process, port)
        server.wait()
        # The daemon starts queued runs. It starts second, because both processes would create Dagster's tables.
        with _running("dagster-daemon", "run", *module, folder=tmp_path, environment=environment):
            yield server


@contextmanager
def _running(
    script: str, *arguments: str, folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a script of the environment in its own session, stop it at the end and assert that no process is left."""
    with (folder / f"{script}.log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sysconfig.get_path("scripts")) / script, *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)
            assert _is_gone(process.pid), f"{script} left processes behind"
        finally:
            if not _is_gone(process.pid, patience_seconds=0):
                os.killpg(process.pid, signal.SIGKILL)


def _is_gone(group: int, patience_seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether all processes of the group have ended, including the code servers that it started."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)


def test_it_shows_the_runs_of_the_command_line_and_one_while_it_is_open(webserver, ticked):
    def shown():
        response = webserver.graphql(HISTORY)
        return response["runsOrError"]["results"], response["assetNodeOrError"]

    [imported], asset = shown()
    assert imported["status"] == "SUCCESS"
    assert {(step["stepKey"], step["status"]) for step in imported["stepStats"]} >= {("build", "SUCCESS")}
    assert [event["runId"] for event in asset["assetMaterializations"]] == [imported["runId"]]
    checks = [check["executionForLatestMaterialization"] for check in asset["assetChecksOrError"]["checks"]]
    assert checks
    assert {(check["status"], check["runId"]) for check in checks} == {("SUCCEEDED", imported["runId"])}

    write_open_interest(ticked.files_root, count=43)
    outcome = run_tick(ticked)
    assert outcome.recording_error is None
    [newest, _], asset = shown()
    assert (newest["runId"], newest["status"]) == (outcome.run_id, "SUCCESS")
    assert [event["runId"] for event in asset["assetMaterializations"]] == [outcome.run_id]


def test_it_serves_the_graph_runs_the_files_and_stops_cleanly(webserver, ticked):
    nodes = {"/".join(node["assetKey"]["path"]): node for node in webserver.graphql(ASSETS)["assetNodes"]}
    assert {name.split("/")[-1] for name in nodes if name.startswith("landing/")} >= set(shipped_manifests())
    checks = {check["name"]: check for check in nodes["raw/candle"]["assetChecksOrError"]["checks"]}
    assert checks["rows_are_as_declared"]["blocking"]
    assert nodes["core/fct_open_interest"]["groupName"] == "core"
    assert nodes["core/fct_open_interest"]["assetChecksOrError"]["checks"]
    assert nodes["published/oi"]["description"]

    # A publication that a crash prevented gives the run a short task.
    ticked.published_file.unlink()
    assert webserver.run() == "SUCCESS"
    with open_read_only(ticked.published_file, missing="") as con:
        assert con.execute("select count(*) from core.fct_open_interest").fetchall() == [(40,)]
