"""Text removal, outpainting, inpainting and upscale: by the vendor's own client where it has a method."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from novita_client import (  # type: ignore[import-untyped]  # it ships no types
    CommonV3Extra,
    InpaintingRequest,
    NovitaClient,
)
from PIL import Image, ImageDraw
from tests.api.novita.conftest import Client
from tests.api.servers import KEY, Api, png

PHOTO = base64.b64encode(png("photo")).decode()
MASK = base64.b64encode(png("mask")).decode()
BLACK = base64.b64encode(png("clear")).decode()
INPAINTING, UPSCALE = "/v3/async/inpainting", "/v3/async/upscale"
SD = {"image_num": 1, "steps": 20, "guidance_scale": 7.5, "sampler_name": "Euler a", "seed": 3}


@pytest.fixture
def packed(packed_live: str) -> Iterator[Client]:
    with Client.opened(packed_live) as client:
        yield client


def inpainting(**fields: Any) -> dict[str, Any]:
    asked = {
        "model_name": "sd_xl_inpainting.safetensors",
        "image_base64": PHOTO,
        "mask_image_base64": MASK,
        "prompt": "a cat",
        **SD,
        **fields,
    }
    return {"request": {name: value for name, value in asked.items() if value is not None}}


def upscale(**fields: Any) -> dict[str, Any]:
    asked = {"model_name": "RealESRNet_x4plus", "image_base64": PHOTO, "scale_factor": 2, **fields}
    return {"extra": {"response_image_type": "jpeg"}, "request": asked}


def picture(reply: Any) -> Image.Image:
    made = Image.open(io.BytesIO(base64.b64decode(reply["image_file"])))
    assert str(made.format).lower() == reply["image_type"]
    return made


def written() -> bytes:
    """A page with words on it."""
    page = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(page).text((30, 30), "HELLO WORLD", fill="black", font_size=48)
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()


def test_the_vendors_own_client_removes_text(client: Client, tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    page.write_bytes(written())
    reply = NovitaClient(KEY, client.base).remove_text(str(page), response_image_type="png")
    made = picture({"image_file": reply.image_file, "image_type": reply.image_type})
    assert (reply.image_type, made.size) == ("png", (400, 120))
    assert min(made.convert("L").crop((30, 30, 380, 90)).tobytes()) > 128


@pytest.mark.parametrize("kind", [None, "png", "webp"])
def test_the_vendors_own_client_removes_the_background(
    client: Client, tmp_path: Path, kind: str | None
) -> None:
    """It asks for a JPEG unless it is told otherwise: the subject is on white then."""
    (tmp_path / "photo.png").write_bytes(png("photo"))
    vendor = NovitaClient(KEY, client.base)
    reply = vendor.remove_background(str(tmp_path / "photo.png"), response_image_type=kind)
    made = picture({"image_file": reply.image_file, "image_type": reply.image_type})
    assert (reply.image_type, made.size) == (kind or "jpeg", (96, 64))
    assert made.mode == ("RGB" if kind is None else "RGBA")
    ground = Image.new("RGBA", made.size, "white")
    shown = np.asarray(Image.alpha_composite(ground, made.convert("RGBA")).convert("RGB"), np.int16)
    assert abs(shown[30, 40] - (250, 40, 40)).max() < 25
    assert shown[60, 90].min() > 230
    if kind is not None:
        assert np.asarray(made)[60, 90, 3] < 20


def test_the_vendors_own_client_inpaints(packed: Client) -> None:
    """By its own request and poll: its `inpainting` cannot write its body with dataclass-wizard 1.0."""
    vendor = NovitaClient(KEY, packed.base)
    asked = InpaintingRequest("any", PHOTO, MASK, "a cat", 2, 20, 7.0, -1, "Euler a", mask_blur=4)
    sent = {"request": asked.to_dict(), "extra": CommonV3Extra(response_image_type="webp").to_dict()}
    done = vendor.wait_for_task_v3(vendor._post(INPAINTING, sent)["task_id"], wait_for=60)
    assert done.task.task_type == "INPAINTING"
    assert [image.image_type for image in done.images] == ["webp", "webp"]
    made = Image.open(io.BytesIO(requests.get(done.images[0].image_url, timeout=10).content)).convert("RGB")
    assert made.size == (96, 64)
    assert made.getpixel((40, 30)) != (250, 40, 40)


@pytest.mark.parametrize(
    ("asked", "left", "top"),
    [
        ({"width": 120, "height": 80}, 12, 8),
        ({"width": 120, "height": 80, "center_x": 12, "center_y": -8}, 24, 0),
        ({"width": "96", "height": 64.0}, 0, 0),
    ],
)
def test_outpainting(client: Client, asked: dict[str, Any], left: int, top: int) -> None:
    reply = client.post("/v3/outpainting", json={"image_file": PHOTO, "prompt": "a beach", **asked})
    assert reply.status_code == 200, reply.text
    made = picture(reply.json())
    assert made.size == (int(float(asked["width"])), int(asked["height"]))
    source = Image.open(io.BytesIO(png("photo")))
    assert made.convert("RGB").crop((left, top, left + 96, top + 64)).tobytes() == source.tobytes()


def test_upscale(client: Client) -> None:
    reply = client.post(UPSCALE, json=upscale(scale_factor="2.0"))
    assert reply.status_code == 200, reply.text
    done = client.finished(reply.json()["task_id"])
    assert (done["task"]["status"], done["task"]["task_type"]) == ("TASK_STATUS_SUCCEED", "UPSCALE")
    made = Image.open(io.BytesIO(requests.get(done["images"][0]["image_url"], timeout=10).content))
    assert (made.format, made.size) == ("JPEG", (192, 128))


def test_what_a_body_becomes(api: Api, waiting: Client) -> None:
    task = api.store.get(waiting.post(UPSCALE, json=upscale()).json()["task_id"])
    assert task is not None
    assert (task.submission.model, task.submission.edit) == ("upscale", "upscale")
    assert task.submission.parameters == {"factor": 2}
    assert task.submission.output == "jpeg"


@pytest.mark.parametrize(
    ("path", "sent", "word"),
    [
        ("/v3/remove-text", {}, "image_file: is required"),
        ("/v3/remove-background", {}, "image_file: is required"),
        ("/v3/remove-background", {"image_file": BLACK}, "no main subject"),
        ("/v3/outpainting", {"image_file": PHOTO, "width": 120, "height": 80}, "prompt: is required"),
        ("/v3/outpainting", {"image_file": PHOTO, "prompt": "x", "width": 5000, "height": 80}, "width"),
        ("/v3/outpainting", {"image_file": PHOTO, "prompt": "x", "width": 50, "height": 80}, "size: 50x80"),
        (
            "/v3/outpainting",
            {"image_file": PHOTO, "prompt": "x", "width": 120, "height": 80, "center_x": 13},
            "part of the picture would lie outside",
        ),
        (INPAINTING, {}, "request: is required"),
        (INPAINTING, inpainting(prompt=None), "request.prompt: is required"),
        (INPAINTING, inpainting(image_num=9), "request.image_num"),
        (INPAINTING, inpainting(loras=[{"model_name": "a", "strength": 1}]), "request.loras"),
        (INPAINTING, inpainting(embeddings=[{"model_name": "a"}]), "request.embeddings"),
        (INPAINTING, inpainting(strength=0.7), "request.strength: must be 1"),
        (INPAINTING, inpainting(inpainting_mask_invert=1), "request.inpainting_mask_invert: must be 0"),
        (INPAINTING, inpainting(), "inpainting is not available on this server"),
        (UPSCALE, upscale(scale_factor=1.5), "request.scale_factor: must be 2, 3 or 4"),
        (UPSCALE, upscale(scale_factor=1), "request.scale_factor"),
        (UPSCALE, upscale(scale_factor=5), "request.scale_factor"),
        (UPSCALE, upscale(model_name="ESRGAN"), "request.model_name: must be one of RealESRGAN"),
    ],
)
def test_refusals(client: Client, path: str, sent: dict[str, Any], word: str) -> None:
    reply = client.post(path, json=sent)
    assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_REQUEST_BODY")
    assert word in reply.json()["message"]


def test_a_picture_that_is_none(client: Client) -> None:
    for path, sent in (("/v3/remove-text", {"image_file": "***"}), (UPSCALE, upscale(image_base64="***"))):
        reply = client.post(path, json=sent)
        assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_IMAGE_FORMAT")


@pytest.mark.parametrize("status", ["TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"])
def test_the_test_mode_of_webhooks(client: Client, status: str) -> None:
    sent = upscale()
    sent["extra"]["webhook"] = {"test_mode": {"enabled": True, "return_task_status": status}}
    done = client.finished(client.post(UPSCALE, json=sent).json()["task_id"])
    assert (done["task"]["status"], done["task"]["task_type"]) == (status, "UPSCALE")
