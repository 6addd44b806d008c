"""Servers and workers on one Postgres: any server answers for any task, and no death loses one."""

import io
import re
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from tests.api.openai import conftest as openai_files
from tests.api.servers import data_uri, png
from tests.e2e.cluster import Cluster, Host, cluster
from tests.e2e.real_server import receiver, wait
from tests.postgres import PostgresServer
from tests.s3_server import BUCKET, direct, variables

TAKEN_OVER_S = 15.0
ENDED = ("succeeded", "failed", "cancelled")
PACK = Path(__file__).parents[1] / "plugins"


class Standing(NamedTuple):
    """A cluster that several tests use, one after another."""

    first: Host
    second: Host
    worker: Host
    folder: Path


@contextmanager
def _standing(folder: Path, database_url: str, links: str, **store: str) -> Iterator[Standing]:
    with cluster(folder, database_url, CLEANPLATE_PLUGINS=str(PACK), **store) as made:
        first, second = made.server(), made.server(CLEANPLATE_RESULT_LINKS=links)
        yield Standing(first, second, made.worker("--concurrency", "1"), folder)


def _s3(endpoint: str) -> Mapping[str, str]:
    """The environment of a cluster whose files are there, apart from all others'."""
    return {**variables(endpoint), "CLEANPLATE_STORE": f"s3://{BUCKET}/{uuid.uuid4()}"}


@pytest.fixture(scope="module")
def on_folder(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with _standing(tmp_path_factory.mktemp("cluster"), postgres.new_database(), "server") as one:
        yield one


@pytest.fixture(scope="module")
def on_s3(
    postgres: PostgresServer, moto: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    """The links of its second server lead to S3 itself."""
    folder = tmp_path_factory.mktemp("cluster")
    with _standing(folder, postgres.new_database(), "store", **_s3(moto)) as one:
        yield one


@pytest.fixture(params=["folder", "s3"])
def standing(request: pytest.FixtureRequest) -> Standing:
    one: Standing = request.getfixturevalue(f"on_{request.param}")
    return one


@pytest.fixture(params=["folder", "s3"])
def made_anywhere(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path
) -> Iterator[Cluster]:
    store = _s3(request.getfixturevalue("moto")) if request.param == "s3" else {}
    with cluster(tmp_path, postgres.new_database(), **store) as one:
        yield one


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, postgres.new_database(), CLEANPLATE_PLUGINS=str(PACK)) as one:
        yield one


def _submit(host: Host, image: str = "", **fields: Any) -> str:
    body = {
        "edit": "erase",
        "image": image or data_uri(png("photo")),
        "mask": data_uri(png("mask")),
        **fields,
    }
    answer = host.ask("POST", "/v1/edits", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _held(host: Host) -> str:
    """A task that takes a second for each of its four results."""
    return _submit(host, edit="instruct", parameters={"prompt": "hold"}, count=4, mask=None)


def _state(host: Host, task_id: str) -> dict[str, Any]:
    return dict(host.ask("GET", f"/v1/edits/{task_id}").json())


def _ended(host: Host, task_id: str) -> dict[str, Any]:
    wait(lambda: _state(host, task_id)["state"] in ENDED)
    return _state(host, task_id)


def _pictures(task: dict[str, Any]) -> list[bytes]:
    return [direct("GET", result["url"]).content for result in task["results"]]


def test_one_server_takes_it_a_worker_does_it_and_another_server_tells(standing: Standing) -> None:
    done = _ended(standing.second, _submit(standing.first))
    assert done["state"] == "succeeded"
    picture = np.asarray(Image.open(io.BytesIO(_pictures(done)[0])))
    photo = np.asarray(Image.open(io.BytesIO(png("photo"))))
    assert picture.shape == photo.shape
    assert (picture != photo).any(), "nothing was erased"
    assert standing.worker.ask("GET", "/readyz").json() == {"status": "ok", "worker": "ok"}
    assert "cleanplate_tasks_total" in standing.worker.ask("GET", "/metrics").text


def test_a_stream_shows_what_a_worker_is_at(made_anywhere: Cluster) -> None:
    server, _ = made_anywhere.server(), made_anywhere.worker("--concurrency", "1")
    files = {"image": ("a.png", openai_files.image(480)), "mask": ("b.png", openai_files.mask(480))}
    fields = {"prompt": "remove", "stream": "true", "partial_images": "3"}
    reply = server.ask("POST", openai_files.EDITS, files=files, data=fields)
    names = re.findall(r"^event: image_edit\.(\w+)$", reply.text, re.MULTILINE)
    assert names == ["partial_image"] * 3 + ["completed"]
    shown = re.findall(r'"b64_json":"([^"]+)"', reply.text)
    assert [openai_files.changed(one, 480)[0] for one in shown] == [0] * 4
    assert len(set(shown)) == 4
    assert not list(made_anywhere.folder.rglob("preview-*"))


def test_a_link_of_one_server_is_good_at_another(standing: Standing) -> None:
    done = _ended(standing.first, _submit(standing.second))
    link = str(done["results"][0]["url"])
    assert link.startswith(standing.first.base)
    assert (
        direct("GET", link.replace(standing.first.base, standing.second.base)).content == _pictures(done)[0]
    )


def test_a_link_to_the_store_itself(on_s3: Standing, moto: str) -> None:
    task = _submit(on_s3.first)
    stored, served = _ended(on_s3.second, task), _ended(on_s3.first, task)
    assert str(stored["results"][0]["url"]).startswith(f"{moto}/{BUCKET}/")
    assert _pictures(stored) == _pictures(served)
    assert not list((on_s3.folder / "store").iterdir()), "a folder is not looked at"


def test_a_url_is_fetched_once_and_the_end_is_told(standing: Standing) -> None:
    with receiver() as away:
        webhook = {"url": f"{away.address}/done"}
        tasks = [
            _submit(host, f"{away.address}/photo", webhook=webhook)
            for host in (standing.first, standing.second)
            for _ in range(5)
        ]
        assert {_ended(standing.second, task)["state"] for task in tasks} == {"succeeded"}
        wait(lambda: len(away.callbacks) >= len(tasks))
        time.sleep(0.5)
        assert len(away.callbacks) == len(tasks)


def test_a_task_of_a_killed_worker_is_taken_over(made: Cluster) -> None:
    server, dies = made.server(), made.worker("--concurrency", "1")
    task = _held(server)
    wait(lambda: _state(server, task)["state"] == "running")
    dies.end(signal.SIGKILL)
    killed_s = time.monotonic()
    wait(lambda: "taken back" in server.said())
    assert time.monotonic() - killed_s < TAKEN_OVER_S
    made.worker("--concurrency", "1")
    done = _ended(server, task)
    assert (done["state"], len(_pictures(done))) == ("succeeded", 4)


def test_a_worker_that_was_frozen_does_no_harm(made: Cluster) -> None:
    server, frozen = made.server(), made.worker("--concurrency", "1")
    task = _held(server)
    wait(lambda: _state(server, task)["state"] == "running")
    frozen.process.send_signal(signal.SIGSTOP)
    other = made.worker("--concurrency", "1")
    done = _ended(server, task)
    frozen.process.send_signal(signal.SIGCONT)
    wait(lambda: "no longer wanted" in frozen.said() or "task ended" in frozen.said())
    time.sleep(1.0)
    assert done["state"] == "succeeded"
    assert _state(server, task) == done
    assert len([line for line in other.said().splitlines() if "task ended" in line and task in line]) == 1
    assert _ended(server, _submit(server))["state"] == "succeeded", "it goes on afterwards"


def test_a_wish_to_cancel_reaches_another_machine(standing: Standing) -> None:
    task = _held(standing.first)
    wait(lambda: _state(standing.first, task)["state"] == "running")
    assert standing.second.ask("DELETE", f"/v1/edits/{task}").status_code == 202
    assert _ended(standing.first, task)["state"] == "cancelled"


def test_a_killed_server_leaves_what_it_fetched_to_another(made_anywhere: Cluster) -> None:
    with receiver() as away:
        dies = made_anywhere.server()
        slow = _submit(dies, f"{away.address}/photo")
        dies.end(signal.SIGKILL)
        lives, worker = made_anywhere.server(), made_anywhere.worker("--concurrency", "1")
        assert _ended(lives, slow)["state"] == "succeeded"
        assert worker.end() == 0


def test_a_worker_that_drains_leaves_when_nothing_is_in_line(made: Cluster) -> None:
    server = made.server()
    tasks = [_submit(server) for _ in range(6)]
    ended = made.run("worker", "--drain", "--concurrency", "2", "--data", str(made.folder / "drained"))
    assert ended.returncode == 0, ended.stderr
    assert {_state(server, task)["state"] for task in tasks} == {"succeeded"}


def test_a_worker_takes_its_roles_alone(made: Cluster) -> None:
    refused = made.run("worker", "--roles", "doodle,unheard")
    assert refused.returncode == 2
    assert "cannot" in refused.stderr
    assert "general" in refused.stderr


def test_servers_play_what_is_simulated_without_a_worker(postgres: PostgresServer, tmp_path: Path) -> None:
    """Also what is of an edit whose network nobody has: it reaches none."""
    as_test = {"Authorization": "Bearer test-ci", "X-Cleanplate-Test": "ok"}
    body = {"edit": "colorize", "image": data_uri(png("photo"))}
    with cluster(tmp_path, postgres.new_database(), CLEANPLATE_API_KEYS="test-ci") as made:
        first, second = made.server(), made.server()
        submitted = first.ask("POST", "/v1/edits", json=body, headers=as_test)
        assert submitted.status_code == 202, submitted.text
        path = f"/v1/edits/{submitted.json()['id']}"
        wait(lambda: second.ask("GET", path, headers=as_test).json()["state"] == "succeeded")


def test_without_a_database_for_all_there_is_no_fleet(tmp_path: Path) -> None:
    with cluster(tmp_path, "") as alone:
        for words in (("worker",), ("serve", "--no-worker", "--port", "0")):
            ended = alone.run(*words, "--data", str(tmp_path / "data"))
            assert ended.returncode == 2
            assert "CLEANPLATE_DATABASE_URL" in ended.stderr
            assert ended.stderr.count("\n") == 1
