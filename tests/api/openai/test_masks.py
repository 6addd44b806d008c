"""Masks of OpenAI's clients: transparent is edited, and nothing else is changed."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.api.openai.conftest import (
    SIDE,
    Client,
    changed,
    data_url,
    grey_mask,
    hole,
    image,
    made,
    mask,
    opened,
    photo,
    refusal,
    saved,
    with_hole,
)


def test_nothing_outside_the_mask_is_changed(client: Client) -> None:
    reply = client.edit(files={"image": image(SIDE), "mask": mask(SIDE)}, model="gpt-image-2")
    assert reply.status_code == 200, reply.text
    outside, inside = changed(reply.json()["data"][0]["b64_json"], SIDE)
    assert outside == 0
    assert inside > np.count_nonzero(hole(SIDE))
    assert reply.headers["x-cleanplate-mask"] == "mask"
    assert reply.headers["x-cleanplate-changed-outside-mask"] == "0"
    assert (reply.json()["size"], reply.json()["background"]) == ("1024x1024", "opaque")


@pytest.mark.parametrize("prompt", ["", "remove", "Remove the object and fill in the background."])
def test_the_images_own_transparency_is_its_mask(client: Client, prompt: str) -> None:
    reply = client.edit(files={"image": with_hole(SIDE)}, prompt=prompt)
    assert reply.status_code == 200, reply.text
    found = reply.json()
    outside, inside = changed(found["data"][0]["b64_json"], SIDE)
    assert outside == 0
    assert inside > np.count_nonzero(hole(SIDE))
    assert (made(found["data"][0]["b64_json"])[hole(SIDE)] != (255, 0, 0)).any(axis=1).all()
    assert opened(found["data"][0]["b64_json"]).mode == "RGB"
    assert reply.headers["x-cleanplate-mask"] == "image"
    assert reply.headers["x-cleanplate-changed-outside-mask"] == "0"


def test_it_is_the_mask_whatever_the_words_name(client: Client) -> None:
    """No finder is here: it is not asked, as the image says where."""
    reply = client.edit(files={"image": with_hole()}, prompt="remove the dandelion")
    assert reply.headers["x-cleanplate-mask"] == "image"
    assert changed(reply.json()["data"][0]["b64_json"])[0] == 0


def test_half_transparent_pixels_are_not_edited(client: Client) -> None:
    alpha = np.where(hole(), 0, 128).astype(np.uint8)
    soft = saved(np.dstack([np.zeros((160, 160, 3), np.uint8), alpha]))
    assert changed(client.edited(files={"image": image(), "mask": soft})["data"][0]["b64_json"])[0] == 0


def test_what_else_is_transparent_in_the_image_stays_so(client: Client) -> None:
    alpha = np.full((160, 160), 255, np.uint8)
    alpha[:20] = 90
    alpha[hole()] = 0
    found = client.edited(files={"image": saved(np.dstack([photo(), alpha]))})
    result = np.asarray(opened(found["data"][0]["b64_json"]))
    assert (result[:20, :, 3] == 90).all()
    assert (result[20:, :, 3] == 255).all()
    assert (result[~hole()][:, :3] == photo()[~hole()]).all()
    assert found["background"] == "transparent"


def test_a_mask_without_alpha_has_the_documented_error(client: Client) -> None:
    reply = client.edit(files={"image": image(), "mask": grey_mask()})
    assert refusal(reply) == (400, "invalid_image_file", "mask")
    assert "alpha" in reply.json()["error"]["message"]
    assert '"mask_means": "white"' in reply.json()["error"]["message"]


def test_what_the_error_says_helps(client: Client) -> None:
    files = {"image": image(), "mask": grey_mask()}
    for found in (
        client.edited(files=files, mask_means="white"),
        client.post("/v1/images/edits?mask_means=white", files=files, data={"prompt": ""}).json(),
    ):
        outside, inside = changed(found["data"][0]["b64_json"])
        assert (outside, inside > 0) == (0, True)


@pytest.mark.parametrize(
    ("given", "means"),
    [
        (lambda: saved(np.zeros((160, 160, 4), np.uint8) + 255), "clear"),
        (lambda: saved(photo(), "JPEG"), "clear"),
        (image, "transparent"),
        (lambda: saved(np.zeros((160, 160), np.uint8)), "white"),
        (lambda: saved(np.zeros((80, 160, 4), np.uint8)), "clear"),
        (lambda: b"\x89PNG\r\n\x1a\n broken", "clear"),
    ],
)
def test_masks_that_say_nothing(client: Client, given: Any, means: str) -> None:
    reply = client.edit(files={"image": image(), "mask": given()}, mask_means=means)
    assert refusal(reply) == (400, "invalid_image_file", "mask")


def test_a_mask_that_covers_all(client: Client) -> None:
    reply = client.edit(files={"image": image(), "mask": saved(np.zeros((160, 160, 4), np.uint8))})
    assert refusal(reply)[0] == 400
    assert "nothing is left to fill from" in reply.json()["error"]["message"]


def test_it_may_be_grown(client: Client) -> None:
    grown = changed(client.edited(dilate_px=6)["data"][0]["b64_json"])
    assert grown[0] > 0


def test_neither_mask_nor_word(client: Client, waiting: Client) -> None:
    for prompt in ("", "remove it", "去掉"):
        reply = waiting.edit(files={"image": image()}, prompt=prompt)
        assert refusal(reply) == (400, "missing_required_parameter", "mask")
    opaque = saved(np.dstack([photo(), np.full((160, 160), 255, np.uint8)]))
    reply = client.edit(files={"image": opaque}, prompt="")
    assert refusal(reply) == (400, "missing_required_parameter", "mask")
    kept = waiting.edit(files={"image": with_hole()}, prompt="", image_alpha="keep")
    assert refusal(kept) == (400, "missing_required_parameter", "mask")


def test_a_palette_with_a_clear_colour(client: Client) -> None:
    indices = Image.fromarray(photo()).quantize(255)
    palette = [*(indices.getpalette() or ())[:765], 255, 0, 0]
    indices.putpalette(palette)
    indices.paste(255, mask=Image.fromarray(hole()))
    stream = io.BytesIO()
    indices.save(stream, "PNG", transparency=255)
    found = client.edited(files={"image": stream.getvalue()})
    source = np.asarray(Image.open(stream).convert("RGB"))
    assert (made(found["data"][0]["b64_json"])[~hole()] == source[~hole()]).all()


def test_as_json(client: Client) -> None:
    body = {
        "images": [{"image_url": data_url(image())}],
        "mask": {"image_url": data_url(mask())},
        "prompt": "remove",
    }
    for changes in ({}, {"images": None, "image": data_url(image())}, {"mask": data_url(mask())}):
        reply = client.post(json={**body, **changes})
        assert reply.status_code == 200, reply.text
        assert changed(reply.json()["data"][0]["b64_json"])[0] == 0
