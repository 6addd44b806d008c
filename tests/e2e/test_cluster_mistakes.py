"""What operators get wrong, and what goes away: a cluster says so, and loses no task by it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.servers import data_uri, png
from tests.e2e.cluster import Cluster, Host, cluster
from tests.e2e.real_server import wait
from tests.postgres import PostgresServer, postgres_server

AWAY = 75
MISTAKE = 2


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, postgres.new_database()) as one:
        yield one


def _submit(host: Host) -> Any:
    body = {"edit": "erase", "image": data_uri(png("photo")), "mask": data_uri(png("mask"))}
    return host.ask("POST", "/v1/edits", json=body)


def _state(host: Host, task_id: str) -> str:
    return str(host.ask("GET", f"/v1/edits/{task_id}").json()["state"])


def _run(made: Cluster, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cleanplate", *words, "--data", str(made.folder / "data")]
    return subprocess.run(
        command,
        env={**made.environment, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_mistyped_store_is_refused_and_nothing_is_taken(made: Cluster) -> None:
    made.server()
    mistyped = made.folder / "stroe"
    mistyped.mkdir()
    for words in (("serve", "--no-worker", "--port", "0"), ("worker",)):
        # A folder may be mounted soon, so another start may help
        ended = _run(made, *words, CLEANPLATE_STORE=str(mistyped), CLEANPLATE_START_WAIT_S="0")
        assert ended.returncode == AWAY, ended.stderr
        last = ended.stderr.splitlines()[-1]
        assert "look at CLEANPLATE_STORE" in last
        assert "CLEANPLATE_DATABASE_URL" in last
        assert "--new-store" in last
    assert list(mistyped.iterdir()) == []


def test_a_store_that_goes_away_under_a_cluster_and_comes_back(made: Cluster) -> None:
    server, worker = made.server(), made.worker("--concurrency", "1")
    store, away = made.folder / "store", made.folder / "away"
    wait(lambda: worker.ask("GET", "/readyz").ok)
    store.rename(away)
    store.mkdir()  # as the place of a share is, when it is not mounted
    for host in (server, worker):
        wait(lambda host=host: host.ask("GET", "/readyz").status_code == 503)  # type: ignore[misc]
        assert "is not that of the store" in host.ask("GET", "/readyz").text
    refused = _submit(server)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage-failed")
    assert not (store / "inputs").exists()
    shutil.rmtree(store)  # a look at it may have been on its way
    away.rename(store)
    for host in (server, worker):
        wait(lambda host=host: host.ask("GET", "/readyz").ok)  # type: ignore[misc]
    wait(lambda: _submit(server).status_code == 202)
    task = _submit(server).json()["id"]
    wait(lambda: _state(server, task) == "succeeded")


def test_another_host_does_the_task_of_one_whose_store_went_away(made: Cluster) -> None:
    """Each machine mounts the share itself: here a link."""
    share = made.folder / "share"
    share.symlink_to(made.folder / "store")
    server, ill = made.server(), made.worker("--concurrency", "1", CLEANPLATE_STORE=str(share))
    wait(lambda: ill.ask("GET", "/readyz").ok)
    share.unlink()
    share.mkdir()
    tasks = [_submit(server).json()["id"] for _ in range(3)]
    wait(lambda: "no task is taken" in ill.said())
    assert {_state(server, task) for task in tasks} == {"queued"}
    well = made.worker("--concurrency", "1")
    for task in tasks:
        wait(lambda task=task: _state(server, task) == "succeeded")  # type: ignore[misc]
    assert well.end() == 0


def test_a_new_store_when_it_is_said(made: Cluster) -> None:
    made.server().end()
    new = made.folder / "new"
    new.mkdir()
    server = made.server("--new-store", CLEANPLATE_STORE=str(new))
    assert server.ask("GET", "/readyz").json()["database"] == "ok"
    refused = _run(made, "worker")
    assert refused.returncode == MISTAKE
    assert "one of the two names another installation" in refused.stderr


def test_a_start_waits_for_postgres_and_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    with postgres_server() as away, cluster(tmp_path, away.new_database()) as made:
        away.stop()
        ended = _run(made, "worker", CLEANPLATE_START_WAIT_S="6")
        assert ended.returncode == AWAY, ended.stderr
        assert "s more at most: CLEANPLATE_DATABASE_URL" in ended.stderr
        assert "Connection refused" in ended.stderr.splitlines()[-1]
        command = [sys.executable, "-m", "cleanplate", "serve", "--no-worker", "--port", "0"]
        log = tmp_path / "waits.log"
        with log.open("w") as file:
            waits = subprocess.Popen(
                [*command, "--data", str(tmp_path / "waits")], env=made.environment, stderr=file, stdout=file
            )
        try:
            wait(lambda: "waiting" in log.read_text())
            away.start()
            wait(lambda: "http://127" in log.read_text())
        finally:
            waits.send_signal(signal.SIGTERM)
            assert waits.wait(60) in (0, -signal.SIGTERM)


def test_a_mistake_is_none_that_another_start_mends(made: Cluster) -> None:
    for database in ("postgresql://me@host/name?sllmode=require", "postgresql://me:x/y@host/name"):
        ended = _run(made, "worker", CLEANPLATE_DATABASE_URL=database)
        assert ended.returncode == MISTAKE, ended.stderr
        assert os.linesep not in ended.stderr.strip()
    ended = _run(made, "worker", CLEANPLATE_DATABASE_URL="postgresql://me@host/name?sllmode=require")
    assert 'invalid URI query parameter: "sllmode"' in ended.stderr


_SHOWS_ENVIRONMENT = """
import os

from cleanplate.edits.base import Edit, Parameters
from cleanplate.errors import BadParameter


def _show(request):
    raise BadParameter(" ".join(f"{name}={value}" for name, value in os.environ.items()))


EDIT = Edit("environment", "shows it", Parameters, _show)
"""


def test_a_process_for_tasks_knows_no_password(postgres: PostgresServer, tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "shows.py").write_text(_SHOWS_ENVIRONMENT)
    secret = dict.fromkeys(("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"), "h1dden")
    told = {"CLEANPLATE_PLUGINS": str(plugins), "CLEANPLATE_METRICS_KEY": "h1dden", "SHOWN": "yes"}
    with cluster(tmp_path, postgres.new_database(), **secret, **told) as made:
        server, _ = made.server(), made.worker("--concurrency", "1")
        body = {"edit": "environment", "image": data_uri(png("photo"))}
        task = server.ask("POST", "/v1/edits", json=body).json()["id"]
        wait(lambda: _state(server, task) == "failed")
        said = server.ask("GET", f"/v1/edits/{task}").text
    assert "SHOWN=yes" in said
    assert "h1dden" not in said
    assert "CLEANPLATE_DATABASE_URL" not in said
    assert "CLEANPLATE_STORE" not in said


def test_blanks_round_an_address(made: Cluster) -> None:
    blanks = {
        name: f" {made.environment[name]} \n" for name in ("CLEANPLATE_DATABASE_URL", "CLEANPLATE_STORE")
    }
    assert made.server(**blanks).ask("GET", "/readyz").ok
