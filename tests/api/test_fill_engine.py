"""A plug-in's network of higher rank than PatchMatch does every vendor's erase, and the recipe says so."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests.api.servers import KEY, data_uri, png, served, settings_for
from tests.api.vendors import DASHSCOPE, NATIVE, VENDORS, Client, Vendor
from tests.conftest import PACK

from cleanplate.app import build
from cleanplate.errors import SetupError
from cleanplate.tasks.service import TaskService

PACK_FACTS: Final = {"name": "test-pack", "sha256": "0" * 64}
TIMEOUT_S: Final = 30.0
every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])


@dataclass(frozen=True)
class Server:
    base: str
    tasks: TaskService

    def recipe(self, task_id: str) -> dict[str, Any]:
        """Of the first result, as it is stored, once the task has ended."""
        end_s = time.monotonic() + TIMEOUT_S
        while (task := self.tasks.get(task_id)) is None or not task.outcome.outputs:
            assert time.monotonic() < end_s, task
            assert task is None or task.outcome.failure is None, task
            time.sleep(0.02)
        return dict(task.outcome.outputs[0].recipe)


def opened(data: Path, **more: Any) -> Iterator[Server]:
    app = build(settings_for(data, **more))
    with served(app, lifespan="on") as base:
        yield Server(base, app.state.services.tasks)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from opened(tmp_path_factory.mktemp("fills"), plugins=PACK)


@every_vendor
def test_it_does_the_erase_of_every_vendor(server: Server, vendor: Vendor) -> None:
    with Client(vendor, server.base, KEY) as client:
        recipe = server.recipe(client.submitted())
    assert (recipe["engine"], recipe["model"]) == ("test-pack", PACK_FACTS)
    assert recipe["changed_outside_mask"] == 0
    assert "warnings" not in recipe


def test_the_native_api_shows_the_recipe(server: Server) -> None:
    with Client(NATIVE, server.base, KEY) as client:
        task_id = client.submitted()
        server.recipe(task_id)
        shown = client.polled(task_id).json()["results"][0]["recipe"]
    assert (shown["engine"], shown["model"]) == ("test-pack", PACK_FACTS)


def test_other_edits_ask_the_same(server: Server) -> None:
    with Client(NATIVE, server.base, KEY) as client:
        bodies: list[dict[str, Any]] = [
            {"edit": "inpaint", "mask": data_uri(png("mask"))},
            {"edit": "expand", "parameters": {"left": 1.2}},
        ]
        for body in bodies:
            answer = client._session.post(
                server.base + NATIVE.path, json={"image": data_uri(png("photo")), **body}, timeout=10
            )
            assert answer.ok, answer.text
            assert server.recipe(answer.json()["id"])["engine"] == "test-pack"


def test_fast_mode_takes_no_slow_network(server: Server) -> None:
    with Client(DASHSCOPE, server.base, KEY) as client:
        body = {
            "model": "image-erase-completion",
            "input": {"image_url": data_uri(png("photo")), "mask_url": data_uri(png("mask"))},
            "parameters": {"fast_mode": True},
        }
        answer = client._session.post(server.base + DASHSCOPE.path, json=body, timeout=10)
        recipe = server.recipe(answer.json()["output"]["task_id"])
    assert (recipe["engine"], recipe["fast"]) == ("patchmatch", True)


@every_vendor
def test_the_setting_wins_over_rank(tmp_path: Path, pack: Path, vendor: Vendor) -> None:
    for server in opened(tmp_path, plugins=pack, fill_engine="patchmatch"):
        with Client(vendor, server.base, KEY) as client:
            assert server.recipe(client.submitted())["engine"] == "patchmatch"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "photoshop",
            "CLEANPLATE_FILL_ENGINE: there is no 'photoshop'; choose one of auto, patchmatch, telea, ",
        ),
        ("lama", "CLEANPLATE_FILL_ENGINE: the model lama cannot run here: its weights are not here: "),
    ],
)
def test_a_setting_that_cannot_be_ends_the_start(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(SetupError) as raised:
        build(settings_for(tmp_path / "data", fill_engine=name, models=tmp_path))
    assert raised.value.public.startswith(told)
