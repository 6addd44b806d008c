"""Models, plugins and the small endpoints beside `inpaint`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from tests.api.iopaint.conftest import Client, encoded, opened, samples
from tests.api.servers import data_uri, png, served, settings_for

from cleanplate.app import build

PHOTO = data_uri(png("photo"))
DISC = samples(png("photo"))[..., 0].astype(int) - samples(png("photo"))[..., 1] > 100
BRUSH = [255, 203, 0, 186]


def masked(client: Client, clicks: Any, name: str = "InteractiveSeg") -> Any:
    sent = {"name": name, "image": PHOTO, "clicks": clicks}
    return client.post("/api/v1/run_plugin_gen_mask", json=sent)


def test_what_the_page_asks_first(client: Client) -> None:
    found = client.get("/api/v1/server-config").json()
    assert set(found) == {
        *("plugins", "modelInfos", "removeBGModel", "removeBGModels", "realesrganModel", "realesrganModels"),
        *("interactiveSegModel", "interactiveSegModels", "enableFileManager", "enableAutoSaving"),
        *("enableControlnet", "controlnetMethod", "disableModelSwitch", "isDesktop", "samplers"),
    }
    assert {one["name"]: (one["support_gen_image"], one["support_gen_mask"]) for one in found["plugins"]} == {
        "RemoveBG": (True, False),
        "RealESRGAN": (True, False),
        "InteractiveSeg": (False, True),
    }
    assert [(one["name"], one["model_type"]) for one in found["modelInfos"]] == [
        ("cleanplate", "inpaint"),
        ("cleanplate-prompt", "diffusers_other"),
    ]
    assert found["samplers"] == client.get("/api/v1/samplers").json()
    assert not found["disableModelSwitch"]


def test_a_plugin_without_its_model_is_not_there(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path / "data", iopaint="on", models=tmp_path))
    with served(app, lifespan="on") as base, Client.opened(base) as client:
        names = [one["name"] for one in client.get("/api/v1/server-config").json()["plugins"]]
        assert "InteractiveSeg" not in names
        reply = masked(client, [[40, 30, 1]])
        assert (reply.status_code, reply.json()["detail"]) == (422, "Plugin not found")
        client.use("cleanplate-prompt")
        told = client.inpaint(prompt="a cat")
        assert told.status_code == 400
        assert told.json()["detail"].startswith("inpaint is not available on this server")


def test_switching_models(client: Client) -> None:
    infos = {one["name"]: one for one in client.get("/api/v1/server-config").json()["modelInfos"]}
    for name in ("cleanplate-prompt", "cleanplate"):
        assert client.post("/api/v1/model", json={"name": name}).json() == infos[name]
        assert client.get("/api/v1/model").json() == infos[name]
    client.use("cleanplate-prompt")
    # IOPaint's own erase models stand for ours, and the reply says which that is
    assert client.post("/api/v1/model", json={"name": "lama"}).json()["name"] == "cleanplate"
    reply = client.post("/api/v1/model", json={"name": "runwayml/stable-diffusion-inpainting"})
    assert reply.status_code == 400
    assert reply.json()["detail"] == (
        "Unsupported model: runwayml/stable-diffusion-inpainting. "
        "Available models: ['cleanplate', 'cleanplate-prompt']"
    )
    assert client.get("/api/v1/model").json()["name"] == "cleanplate"


def test_the_model_of_the_settings(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path, iopaint="on", iopaint_model="cleanplate-prompt"))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        assert client.get("/api/v1/model").json()["name"] == "cleanplate-prompt"
    app.state.close()


@pytest.mark.parametrize(
    ("plugin", "model", "status"),
    [
        ("InteractiveSeg", "mobile_sam", 200),
        ("RemoveBG", "u2netp", 200),
        ("InteractiveSeg", "vit_h", 400),
        ("GFPGAN", "x", 422),
    ],
)
def test_switching_models_of_plugins(client: Client, plugin: str, model: str, status: int) -> None:
    reply = client.post("/api/v1/switch_plugin_model", json={"plugin_name": plugin, "model_name": model})
    assert reply.status_code == status
    assert status != 200 or reply.json() is None


def test_clicks_become_a_mask_in_the_pages_colour(client: Client) -> None:
    reply = masked(client, [[40, 30, 1]])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    drawn = samples(reply.content)
    inside = drawn[..., 3] > 0
    assert (drawn[inside] == BRUSH).all()
    assert (drawn[~inside] == 0).all()
    assert inside[DISC].all()  # and a rim of four pixels
    assert DISC.sum() < inside.sum() < 2.5 * DISC.sum()
    # sent on as it is, it erases the thing
    assert (client.painted(mask=data_uri(reply.content))[DISC] != samples(png("photo"))[DISC]).any()


@pytest.mark.parametrize(
    ("clicks", "status"),
    [
        ([], 400),
        ([[40, 30, 0]], 400),
        ([[40, 30]], 422),
        ([[40, 30, 2]], 422),
        ([[4000, 30, 1]], 400),
        ("x", 422),
    ],
)
def test_clicks_that_are_none(client: Client, clicks: Any, status: int) -> None:
    reply = masked(client, clicks)
    assert reply.status_code == status
    assert "clicks" in reply.json()["errors"]


@pytest.mark.parametrize(("path", "name"), [("gen_mask", "RealESRGAN"), ("gen_image", "InteractiveSeg")])
def test_a_plugin_that_does_the_other_thing(client: Client, path: str, name: str) -> None:
    sent = {"name": name, "image": PHOTO, "clicks": [[40, 30, 1]]}
    reply = client.post(f"/api/v1/run_plugin_{path}", json=sent)
    assert (reply.status_code, reply.json()["detail"]) == (422, "Plugin does not support output image")


@pytest.mark.parametrize("scale", [2, 4.0, "3"])
def test_upscale(client: Client, scale: Any) -> None:
    sent = {"name": "RealESRGAN", "image": PHOTO, "scale": scale}
    made = opened(client.post("/api/v1/run_plugin_gen_image", json=sent).content)
    assert (made.format, made.size) == ("PNG", (96 * int(scale), 64 * int(scale)))


@pytest.mark.parametrize(("scale", "status"), [(0, 400), (5, 400), (1.5, 422)])
def test_a_scale_that_is_none(client: Client, scale: Any, status: int) -> None:
    sent = {"name": "RealESRGAN", "image": PHOTO, "scale": scale}
    reply = client.post("/api/v1/run_plugin_gen_image", json=sent)
    assert reply.status_code == status
    assert "scale: " in reply.json()["errors"]


def test_the_subject_alone(client: Client) -> None:
    reply = client.post("/api/v1/run_plugin_gen_image", json={"name": "RemoveBG", "image": PHOTO})
    made = samples(reply.content)
    assert made[30, 40, 3] > 200
    assert made[60, 90, 3] < 20
    assert (made[..., :3] == samples(png("photo"))[..., :3]).all()


# --- masks -------------------------------------------------------------------------------------------------


def adjusted(client: Client, operate: str, kernel: Any = 5, data: bytes = b"") -> Any:
    sent = {"mask": data_uri(data or png("mask")), "operate": operate, "kernel_size": kernel}
    return client.post("/api/v1/adjust_mask", json=sent)


@pytest.mark.parametrize(("operate", "box"), [("expand", (23, 13, 58, 48)), ("shrink", (33, 23, 48, 38))])
def test_a_mask_grows_and_shrinks(client: Client, operate: str, box: Any) -> None:
    drawn = adjusted(client, operate)
    assert drawn.status_code == 200, drawn.text
    assert opened(drawn.content).getchannel("A").getbbox() == box
    inside = samples(drawn.content)
    assert (inside[inside[..., 3] > 0] == BRUSH).all()


def test_a_mask_is_turned_round(client: Client) -> None:
    drawn = samples(adjusted(client, "reverse").content)
    assert ((drawn[..., 3] > 0) != (samples(png("mask"))[..., 0] > 127)).all()


def test_what_the_page_draws_is_read(client: Client) -> None:
    page = np.zeros((64, 96, 4), np.uint8)
    page[18:43, 28:53] = BRUSH
    data = encoded(Image.fromarray(page))
    assert adjusted(client, "expand", data=data).content == adjusted(client, "expand").content


@pytest.mark.parametrize(
    ("operate", "kernel"), [("widen", 5), ("expand", -1), ("expand", 513), ("shrink", "x")]
)
def test_a_change_that_is_none(client: Client, operate: str, kernel: Any) -> None:
    assert adjusted(client, operate, kernel).status_code == 422


# --- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../x.png", "x.png"])
def test_nothing_is_saved(client: Client, name: str) -> None:
    reply = client.post("/api/v1/save_image", files={"file": (name, png("photo"))})
    told = reply.json()["detail"]
    assert (reply.status_code, told) == (400, "Output directory not configured or doesn't exist")


def test_there_is_no_input_image(client: Client) -> None:
    reply = client.get("/api/v1/inputimage")
    assert (reply.status_code, reply.json()["detail"]) == (200, "No input image configured")


@pytest.mark.parametrize("compressed", [False, True])
def test_the_prompt_that_a_picture_was_made_by(client: Client, compressed: bool) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("other", "no")
    words.add_text("parameters", "a cat\nNegative prompt: a dog, a cow\nSteps: 20", zip=compressed)
    reply = client.post(
        "/api/v1/gen-info",
        files={"file": ("a.png", encoded(opened(png("photo")), pnginfo=words))},
    )
    assert reply.json() == {"prompt": "a cat", "negative_prompt": "a dog, a cow"}


@pytest.mark.parametrize("data", [png("photo"), b"no picture", b"\x89PNG\r\n\x1a\n" + b"\xff" * 30])
def test_a_picture_that_says_nothing(client: Client, data: bytes) -> None:
    reply = client.post("/api/v1/gen-info", files={"file": ("a.png", data)})
    assert reply.json() == {"prompt": "", "negative_prompt": ""}


def test_no_file(client: Client) -> None:
    assert client.post("/api/v1/gen-info", data={"x": "1"}).status_code == 422


@pytest.mark.parametrize("path", ["medias", "media_file", "media_thumbnail_file"])
def test_there_is_no_file_manager(client: Client, path: str) -> None:
    reply = client.get(f"/api/v1/{path}?tab=input&filename=..%2f..%2fetc%2fpasswd")
    assert reply.status_code == 404
    assert reply.json()["detail"].startswith("Not Found")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server whose settings name a database that others may share; it is asked nothing that needs one."""
    app = build(settings_for(tmp_path_factory.mktemp("shared"), iopaint="on"))
    services = app.state.services
    object.__setattr__(
        services, "settings", services.settings.model_copy(update={"database_url": "postgresql://x"})
    )
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


def test_where_several_servers_may_answer_nothing_is_switched(shared: Client) -> None:
    assert shared.get("/api/v1/server-config").json()["disableModelSwitch"]
    assert shared.post("/api/v1/model", json={"name": "lama"}).status_code == 200
    reply = shared.post("/api/v1/model", json={"name": "cleanplate-prompt"})
    assert reply.status_code == 400
    assert "CLEANPLATE_IOPAINT_MODEL" in reply.json()["detail"]
