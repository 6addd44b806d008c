"""Two applications of different settings live in one process at once, and each answers by its own."""

import base64
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.api.native.conftest import EDITS, Client, encoded
from tests.api.servers import served, settings_for

import cleanplate
from cleanplate.app import build
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import load

ROUNDS: Final = 4

_PLUGIN: Final = '''
"""An edit of this folder alone, and a network that paints in the one colour which its weights are."""

import numpy as np

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.models.base import Model
from cleanplate.models.jobs import CharacterJob
from cleanplate.models.roles import CHARACTER, Ability
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

FILE = WeightFile("net.bin", 3, "0" * 64, url="https://example.com/net.bin")


def paint(job: CharacterJob):
    colour = np.frombuffer(path_of("net", FILE, job.runtime).read_bytes(), np.uint8)
    with job.runtime.pool.lend("net", 1, lambda: "NAME"):
        return np.broadcast_to(colour, job.rgb.shape).copy()


def run(request: EditRequest) -> Edited:
    return Edited(request.pixels, {})


CARD = Card(name="net", licence="MIT", files=(FILE,), sha256="0" * 64)
MODEL = Model(CARD, (Ability(CHARACTER, paint),), rank=1000)
EDIT = Edit("only_NAME", "nothing at all", Parameters, run)
'''


@dataclass(frozen=True)
class OneApp:
    """One of the two: its settings, and what they should make of it."""

    name: str
    engine: str
    colour: tuple[int, int, int]

    def options(self, folder: Path) -> dict[str, Any]:
        """Settings, their folders filled."""
        plugins, weights = folder / self.name / "plugins", folder / self.name / "weights"
        plugins.mkdir(parents=True)
        (plugins / "mine.py").write_text(_PLUGIN.replace("NAME", self.name))
        (weights / "net").mkdir(parents=True)
        (weights / "net" / "net.bin").write_bytes(bytes(self.colour))
        return {"plugins": plugins, "models": weights, "fill_engine": self.engine}


APPS: Final = (OneApp("one", "telea", (200, 30, 30)), OneApp("two", "patchmatch", (30, 30, 200)))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[Client, Runtime]]]:
    """Both run, with their workers."""
    folder = tmp_path_factory.mktemp("apps")
    apps = {
        one_app.name: build(settings_for(folder / one_app.name / "data", **one_app.options(folder)))
        for one_app in APPS
    }
    with ExitStack() as opened:
        bases = {name: opened.enter_context(served(app, lifespan="on")) for name, app in apps.items()}
        yield {
            name: (opened.enter_context(Client.opened(base)), apps[name].state.runtime)
            for name, base in bases.items()
        }


def done(client: Client, edit: str, **more: Any) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """Recipe and picture."""
    body = {"edit": edit, "image": encoded("photo"), **more}
    (result,) = client.ended(client.post(EDITS, json=body).json()["id"])["results"]
    return result["recipe"], np.asarray(Image.open(BytesIO(client.session.get(result["url"]).content)))


def together(one_app: OneApp, client: Client) -> None:
    """One application's tasks one after the other, while the other one_app does its own."""
    for _ in range(ROUNDS):
        recipe, _ = done(client, "erase", mask=encoded("mask"))
        assert recipe["engine"] == one_app.engine
        recipe, picture = done(client, "character", parameters={"prompt": "a fox"})
        assert recipe["model"]["name"] == "net"
        assert (picture == one_app.colour).all()


def test_each_fills_and_paints_by_its_own_settings(
    servers: Mapping[str, tuple[Client, Runtime]],
) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one_app: together(one_app, servers[one_app.name][0]), APPS))


def test_each_knows_its_own_plug_ins(servers: Mapping[str, tuple[Client, Runtime]]) -> None:
    for one_app in APPS:
        listed = {entry["name"] for entry in servers[one_app.name][0].get("/v1/catalogue").json()["edits"]}
        assert {name for name in listed if name.startswith("only_")} == {f"only_{one_app.name}"}


def test_weights_that_go_are_missed_by_their_own_application(
    servers: Mapping[str, tuple[Client, Runtime]],
) -> None:
    (client, runtime), (other, _) = servers["one"], servers["two"]
    weights = runtime.weights / "net" / "net.bin"
    data = weights.read_bytes()
    weights.unlink()
    try:
        refused = client.post(EDITS, json={"edit": "character", "image": encoded("photo")})
        assert "not available on this server" in refused.json()["error"]["message"]
        assert (done(other, "character")[1] == APPS[1].colour).all()
    finally:
        weights.write_bytes(data)


def test_two_runtimes_of_the_library_in_threads_at_once(tmp_path: Path) -> None:
    photo, mask = (base64.b64decode(encoded(kind)) for kind in ("photo", "mask"))
    runtimes = {one_app.name: Runtime.from_settings(load(**one_app.options(tmp_path))) for one_app in APPS}

    def call(number: int) -> None:
        one_app = APPS[number % 2]
        runtime = runtimes[one_app.name]
        assert cleanplate.erase(photo, mask, runtime=runtime).recipe["engine"] == one_app.engine
        made = cleanplate.edit("character", photo, prompt="a fox", runtime=runtime)
        assert (made.array() == one_app.colour).all()
        assert cleanplate.edit(f"only_{one_app.name}", photo, runtime=runtime).array().any()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(call, range(4 * ROUNDS)))
    assert cleanplate.erase(photo, mask).recipe["engine"] == "patchmatch", "what the environment says"
    for runtime in runtimes.values():
        assert runtime.pool.loaded() == ["net"]
        runtime.close()
