"""Stability's edits, as a client sees them."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.servers import KEY, png, served, settings_for
from tests.api.stability.conftest import MASK, PHOTO, Client

from cleanplate.api.stability.stability_bodies import OPERATIONS
from cleanplate.app import build

EDIT = "/v2beta/stable-image/edit/"
UPSCALE = "/v2beta/stable-image/upscale/"
PLAIN = ("plain.png", png("clear"))
"""Nothing stands out in it."""


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def photo() -> Any:
    return np.asarray(picture(png("photo")))


def clear_disc() -> tuple[str, bytes, str]:
    """The photo with a hole where the mask is."""
    image = picture(png("photo")).convert("RGBA")
    image.putalpha(Image.eval(picture(png("mask")), lambda value: 255 - value))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return "cut.png", stream.getvalue(), "image/png"


def said(reply: requests.Response) -> tuple[int, str, str]:
    """Status, name and the only error."""
    found = reply.json()
    assert set(found) == {"id", "name", "errors"}
    (error,) = found["errors"]
    return reply.status_code, found["name"], error


def test_erase_answers_with_the_picture(client: Client) -> None:
    reply = client.erase(grow_mask="0", seed="7")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "image/png"
    assert (reply.headers["finish-reason"], reply.headers["seed"]) == ("SUCCESS", "7")
    changed = (np.asarray(picture(reply.content)) != photo()).any(axis=2)
    assert changed[25:35, 35:45].all()
    changed[18 - 3 : 43 + 3, 28 - 3 : 53 + 3] = False
    assert not changed.any()


def test_the_same_in_json(client: Client) -> None:
    whole = client.erase(seed="7")
    told = client.erase(seed="7", accept="application/json").json()
    assert base64.b64decode(told["image"]) == whole.content
    assert (told["finish_reason"], told["seed"]) == ("SUCCESS", 7)


def test_seed_0_is_a_random_one_that_is_told(client: Client) -> None:
    reply = client.erase(seed="0")
    seed = reply.headers["seed"]
    assert 0 < int(seed) <= 2**32 - 2
    assert client.erase(seed=seed).content == reply.content


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_formats(client: Client, name: str) -> None:
    reply = client.erase(output_format=name)
    assert reply.headers["content-type"] == f"image/{name}"
    assert (picture(reply.content).format or "").lower() == name


@pytest.mark.parametrize("name", ["png", "jpeg"])
def test_without_a_mask_the_images_transparency_is_it(client: Client, name: str) -> None:
    reply = client.erase(image=clear_disc(), mask=None, output_format=name)
    assert reply.status_code == 200, reply.text
    made = np.asarray(picture(reply.content).convert("RGB"))
    if name == "png":
        hole = np.asarray(picture(png("mask"))) > 0
        np.testing.assert_array_equal(made[~hole], photo()[~hole])
    assert made[30, 40, 0] < 240  # the red disc is gone


def test_without_mask_and_transparency_nothing_is_done(client: Client) -> None:
    assert said(client.erase(mask=None)) == (
        400,
        "bad_request",
        "mask: none was sent, and no pixel of the image is transparent",
    )
    opaque = io.BytesIO()
    picture(png("photo")).convert("RGBA").save(opaque, "PNG")
    assert said(client.erase(image=("a.png", opaque.getvalue()), mask=None))[:2] == (400, "bad_request")


def test_a_mask_of_another_size_is_resized(client: Client) -> None:
    assert client.erase(mask=("m.png", png("mask", 48, 32))).status_code == 200


def test_outpaint_grows_by_pixels(client: Client) -> None:
    sides = {"left": "20", "up": "8", "right": "0", "down": "4"}
    reply = client.post(EDIT + "outpaint", files={"image": PHOTO}, data={**sides, "prompt": "a wall"})
    assert reply.status_code == 200, reply.text
    made = np.asarray(picture(reply.content))
    assert made.shape == (64 + 12, 96 + 20, 3)
    np.testing.assert_array_equal(made[8:72, 20:], photo())
    assert "no model is installed that could follow the prompt" in reply.headers["x-cleanplate-warning"]


def test_what_needs_a_model_says_which(client: Client) -> None:
    words = {"prompt": "a wall", "search_prompt": "the disc"}
    for name, files in (
        ("inpaint", {"image": PHOTO, "mask": MASK}),
        ("search-and-replace", {"image": PHOTO}),
    ):
        status, code, error = said(client.post(EDIT + name, files=files, data=words))
        assert (status, code) == (400, "bad_request")
        assert "no model that can" in error


def test_with_models_all_is_done(packed: Client) -> None:
    words = {"prompt": "a wall", "search_prompt": "the disc"}
    for name, files in (
        ("inpaint", {"image": PHOTO, "mask": MASK}),
        ("search-and-replace", {"image": PHOTO}),
    ):
        reply = packed.post(EDIT + name, files=files, data=words)
        assert reply.status_code == 200, reply.text
        assert picture(reply.content).size == (96, 64)


@pytest.mark.parametrize("name", ["png", "webp"])
def test_the_background_becomes_clear(client: Client, name: str) -> None:
    reply = client.post(EDIT + "remove-background", files={"image": PHOTO}, data={"output_format": name})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == f"image/{name}"
    assert (reply.headers["finish-reason"], reply.headers["seed"]) == ("SUCCESS", "0")
    made = np.asarray(picture(reply.content).convert("RGBA"))
    assert made[30, 40, 3] > 200
    assert made[60, 90, 3] < 20
    kept = made[..., 3] > 0  # a lossless WEBP need not keep what is under clear pixels
    np.testing.assert_array_equal(made[kept][:, :3], photo()[kept])


def test_a_background_needs_its_model(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path / "data", models=tmp_path))
    with served(app, lifespan="on") as base, Client.opened(base) as bare:
        status, name, error = said(bare.post(EDIT + "remove-background", files={"image": PHOTO}))
    assert (status, name) == (400, "bad_request")
    assert "cleanplate models pull u2netp" in error


def test_upscaling(packed: Client) -> None:
    fast = packed.post(UPSCALE + "fast", files={"image": PHOTO})
    assert picture(fast.content).size == (96 * 4, 64 * 4)
    large = ("a.png", png("photo", 1024, 1024))
    conservative = packed.post(UPSCALE + "conservative", files={"image": large}, data={"prompt": "a disc"})
    assert picture(conservative.content).size == (2048, 2048)
    too_large = ("a.png", png("photo", 1537, 600))
    assert said(packed.post(UPSCALE + "fast", files={"image": too_large}))[:2] == (400, "bad_request")


@pytest.mark.parametrize(
    ("path", "files", "data", "words"),
    [
        ("erase", {"image": ("a.png", png("photo", 63, 64)), "mask": MASK}, {}, "each side must be 64"),
        ("erase", {"image": ("a.txt", b"hello"), "mask": MASK}, {}, "not a picture"),
        ("erase", {"image": PHOTO, "mask": ("m.png", png("clear"))}, {}, "nothing to erase"),
        ("erase", {"image": PHOTO, "mask": MASK}, {"output_format": "gif"}, "output_format: must be one of"),
        ("erase", {"image": PHOTO, "mask": MASK}, {"seed": "4294967295"}, "seed: must be"),
        ("erase", {"mask": MASK}, {"image": "https://h/a.png"}, "image: this is not a picture"),
        ("remove-background", {"image": PHOTO}, {"output_format": "jpeg"}, "must be one of png, webp"),
        ("remove-background", {"image": ("a.png", png("photo", 2049, 2048))}, {}, "4194304"),
        ("remove-background", {"image": PLAIN}, {}, "no main subject"),
        ("outpaint", {"image": PHOTO}, {"left": "2001"}, "left: must be"),
        ("inpaint", {"image": PHOTO, "mask": MASK}, {"prompt": " "}, "prompt: is required"),
    ],
)
def test_what_is_wrong(client: Client, path: str, files: Any, data: Any, words: str) -> None:
    status, name, error = said(client.post(EDIT + path, files=files, data=data))
    assert (status, name) == (400, "bad_request")
    assert words in error


def test_an_empty_file_is_no_absent_one(waiting: Client) -> None:
    for name in ("image", "mask"):
        reply = waiting.post(
            EDIT + "erase", files={"image": clear_disc(), "mask": MASK, name: ("a.png", b"")}
        )
        assert said(reply) == (400, "bad_request", f"{name}: this is not a picture, use JPEG, PNG, WEBP")


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("application/json, image/*;q=0.1", 200, "application/json"),
        ("image/*, application/json;q=0.5", 200, "image/png"),
        ("application/json;q=0, image/*", 200, "image/png"),
        ("application/json, text/plain, */*", 200, "application/json"),
        ("image/webp,image/*,*/*;q=0.8", 200, "image/png"),
        ("application/json, image/*;q=0", 200, "application/json"),
        ("image/*, application/json", 200, "image/png"),
        ("application/json, image/*", 200, "application/json"),
        ("*/*", 200, "image/png"),
        ("application/*", 200, "application/json"),
        ("image/*;q=0, text/html", 400, "application/json"),
    ],
)
def test_accept_is_obeyed(client: Client, accept: str, status: int, kind: str) -> None:
    reply = client.erase(accept=accept)
    assert (reply.status_code, reply.headers["content-type"]) == (status, kind)


def test_a_form_that_was_cut_short(waiting: Client) -> None:
    form = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % part
        for part in ((b"image", png("photo")), (b"left", b"20"), (b"right", b"10"))
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = waiting.session.post(waiting.base + EDIT + "outpaint", data=form, headers=kind, timeout=10)
    assert said(reply)[:2] == (400, "bad_request")
    assert "closing boundary" in said(reply)[2]


def test_only_multipart_has_files(waiting: Client) -> None:
    for kind in ("json", "data"):
        reply = waiting.session.post(waiting.base + EDIT + "erase", timeout=10, **{kind: {"image": "x"}})  # type: ignore[arg-type]
        assert said(reply) == (400, "bad_request", "image: must be a file of the form")


def test_other_refusals(waiting: Client) -> None:
    large = ("a.png", b"\x89PNG" + bytes(10 * 2**20))
    assert said(waiting.erase(image=large))[:2] == (413, "payload_too_large")
    assert said(waiting.erase(accept="text/html")) == (
        400,
        "bad_request",
        "accept: must be one of: image/*, application/json",
    )
    anonymous = requests.post(waiting.base + EDIT + "erase", timeout=10)
    assert said(anonymous)[:2] == (401, "unauthorized")
    unknown = waiting.post("/v2beta/3d/stable-fast-3d")
    assert said(unknown)[:2] == (404, "not_found")
    assert "POST /v2beta/stable-image/edit/erase" in said(unknown)[2]


SCENARIOS = {
    "ok": (200, ""),
    "bad-parameter": (400, "bad_request"),
    "download-failed": (400, "bad_request"),
    "not-a-picture": (400, "bad_request"),
    "picture-size": (400, "bad_request"),
    "mask-mismatch": (400, "bad_request"),
    "nothing-to-erase": (400, "bad_request"),
    "unclear-mask": (400, "bad_request"),
    "input-too-large": (413, "payload_too_large"),
    "input-refused": (403, "content_moderation"),
    "output-refused": (403, "content_moderation"),
    "engine-failed": (500, "internal_error"),
    "storage-failed": (500, "internal_error"),
    "worker-died": (500, "internal_error"),
    "cancelled": (500, "internal_error"),
    "rate-limit": (429, "rate_limit_exceeded"),
    "concurrency-limit": (429, "rate_limit_exceeded"),
    "queue-full": (429, "rate_limit_exceeded"),
    "quota": (402, "payment_required"),
    "unauthorized": (401, "unauthorized"),
    "internal": (500, "internal_error"),
    "no-such-scenario": (400, "bad_request"),
}


def played(client: Client, path: str, scenario: str) -> requests.Response:
    """A form that is good at every path."""
    return client.session.post(
        f"{client.base}/v2beta/stable-image/{path}",
        headers={"X-Cleanplate-Test": scenario},
        files={"image": PHOTO, "mask": MASK},
        data={"left": "1", "prompt": "a wall", "search_prompt": "the disc"},
        timeout=30,
    )


@pytest.mark.parametrize("path", [operation.path for operation in OPERATIONS])
@pytest.mark.parametrize("scenario", ["ok", "picture-size", "engine-failed", "quota"])
def test_every_path_is_played(tested: Client, path: str, scenario: str) -> None:
    reply = played(tested, path, scenario)
    assert reply.status_code == SCENARIOS[scenario][0], reply.text


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_keys_for_tests_play_every_end(tested: Client, scenario: str) -> None:
    reply = played(tested, "edit/erase", scenario)
    status, name = SCENARIOS[scenario]
    assert reply.status_code == status
    if name:
        assert said(reply)[1] == name


def test_an_idempotency_key_gets_the_same_picture(client: Client) -> None:
    asked = {"image": PHOTO, "mask": MASK}
    first, second = (
        requests.post(
            client.base + EDIT + "erase",
            headers={
                "Authorization": f"Bearer {KEY}",
                "Idempotency-Key": "a",
                "Content-Type": sent.headers["Content-Type"],
            },
            data=sent.body,
            timeout=30,
        )
        for sent in [requests.Request("POST", "http://x", files=asked).prepare()] * 2
    )
    assert first.status_code == 200
    assert second.content == first.content
    assert second.headers["content-type"] == "image/png"
    assert second.headers["seed"] == first.headers["seed"]
