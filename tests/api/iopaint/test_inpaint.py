"""`POST /api/v1/inpaint`: what its fields do, and what comes back."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.api.iopaint.conftest import Client, encoded, opened, samples
from tests.api.servers import data_uri, png

SOURCE = samples(png("photo"))
INSIDE = samples(png("mask"))[..., 0] > 127


def mask_of(flags: Any, colour: tuple[int, int, int, int] = (255, 255, 255, 255)) -> str:
    drawn = np.zeros((*np.asarray(flags).shape, 4), np.uint8)
    drawn[np.asarray(flags)] = colour
    return data_uri(encoded(Image.fromarray(drawn)))


def test_it_erases_what_is_painted_and_nothing_else(client: Client) -> None:
    reply = client.inpaint()
    assert (reply.status_code, reply.headers["content-type"], reply.headers["X-Seed"]) == (
        200,
        "image/png",
        "42",
    )
    made = samples(reply.content)
    assert (made[~INSIDE] == SOURCE[~INSIDE]).all()
    assert (made[INSIDE] != SOURCE[INSIDE]).any(axis=1).mean() > 0.9


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp"), ("BMP", "png"), ("GIF", "png")],
)
def test_the_format_is_the_pictures(client: Client, kind: str, media_type: str) -> None:
    reply = client.inpaint(image=data_uri(encoded(opened(png("photo")), kind)))
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == f"image/{media_type}"
    assert str(opened(reply.content).format).lower() == media_type


def test_the_seed(client: Client) -> None:
    assert client.inpaint(sd_seed=7).headers["X-Seed"] == "7"
    drawn = {client.inpaint(sd_seed=-1).headers["X-Seed"] for _ in range(3)}
    assert len(drawn) == 3
    assert all(1 <= int(seed) <= 99_999_999 for seed in drawn)
    again = [client.inpaint(sd_seed=seed).content for seed in (5, 5, 2**32 + 5, 6)]
    assert again[0] == again[1] == again[2] != again[3]


def test_opacity_stays(client: Client) -> None:
    picture = opened(png("photo")).convert("RGBA")
    picture.putalpha(opened(png("photo")).convert("L").point(lambda value: 55 + value // 2))
    made = client.painted(image=data_uri(encoded(picture)))
    assert (made[~INSIDE] == np.asarray(picture)[~INSIDE]).all()


# --- the mask ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("colour", "erased"),
    [
        ((128, 128, 128, 255), True),
        ((127, 127, 127, 255), False),
        ((255, 203, 0, 186), True),  # the page's brush
        ((255, 203, 0, 1), True),  # its soft rim: opacity has no say
        ((255, 0, 0, 255), False),  # grey 76
        ((1, 1, 1, 255), False),
    ],
)
def test_a_mask_is_what_is_brighter_than_127_in_grey(client: Client, colour: Any, erased: bool) -> None:
    if erased:
        assert (client.painted(mask=mask_of(INSIDE, colour))[INSIDE] != SOURCE[INSIDE]).any()
        return
    reply = client.inpaint(mask=mask_of(INSIDE, colour))
    assert (reply.status_code, reply.json()["detail"]) == (
        400,
        "mask: nothing to erase, no pixel of it is painted",
    )


def test_another_size(client: Client) -> None:
    reply = client.inpaint(mask=data_uri(png("mask", 90, 64)))
    told = "Image size and mask size not match: mask: it is 90x64 px, but the image is 96x64 px"
    assert reply.status_code == 400
    assert reply.json() == {
        "error": "HTTPException",
        "detail": told,
        "body": "",
        "errors": f"400: {told}",
    }


def test_the_picture_is_no_mask(client: Client) -> None:
    assert "looks like the picture itself" in client.inpaint(mask=data_uri(png("photo"))).json()["detail"]


# --- what other models would look at -----------------------------------------------------------------------

OF_THE_PAGE = {
    "ldm_steps": 30,
    "ldm_sampler": "ddim",
    "zits_wireframe": True,
    "cv2_flag": "INPAINT_NS",
    "cv2_radius": 5,
    "hd_strategy": "Crop",
    "hd_strategy_crop_triger_size": 640,
    "hd_strategy_crop_margin": 128,
    "hd_trategy_resize_imit": 2048,
    "prompt": "",
    "negative_prompt": "out of frame, lowres",
    "use_croper": False,
    "croper_x": 0,
    "croper_y": 0,
    "croper_height": 512,
    "croper_width": 512,
    "use_extender": False,
    "extender_x": 0,
    "extender_y": 0,
    "extender_height": 512,
    "extender_width": 512,
    "sd_mask_blur": 12,
    "sd_strength": 1,
    "sd_steps": 30,
    "sd_guidance_scale": 7.5,
    "sd_sampler": "DPM++ 2M",
    "sd_seed": 42,
    "sd_match_histograms": False,
    "sd_lcm_lora": False,
    "paint_by_example_example_image": None,
    "p2p_image_guidance_scale": 1.5,
    "enable_controlnet": False,
    "controlnet_conditioning_scale": 0.4,
    "controlnet_method": "",
    "enable_brushnet": False,
    "brushnet_method": "random_mask",
    "brushnet_conditioning_scale": 1,
    "enable_powerpaint_v2": False,
    "powerpaint_task": "text-guided",
}


def test_all_that_the_page_sends(client: Client) -> None:
    assert (client.painted(**OF_THE_PAGE) == client.painted()).all()
    assert (client.painted(nonsense={"a": [1]}, sd_sampler=3, hd_strategy=None) == client.painted()).all()


def test_the_erase_model_does_not_hear_a_prompt(client: Client) -> None:
    reply = client.inpaint(prompt="a cat")
    assert reply.content == client.inpaint().content
    assert reply.headers["X-Cleanplate-Warning"].startswith("prompt: without effect in the model cleanplate;")
    assert "X-Cleanplate-Warning" not in client.inpaint().headers


def test_the_other_model_does(client: Client) -> None:
    client.use("cleanplate-prompt")
    cat, dog = client.painted(prompt="a cat"), client.painted(prompt="a dog")
    assert (cat[~INSIDE] == SOURCE[~INSIDE]).all()
    assert (cat[INSIDE] != dog[INSIDE]).any()
    assert (client.painted(prompt="a cat", negative_prompt="fur")[INSIDE] != cat[INSIDE]).any()
    # without words from the surroundings, as the erase model
    plain = client.painted(prompt="")
    client.use("cleanplate")
    assert (plain == client.painted()).all()


def test_the_croper_is_refused_where_it_would_matter(client: Client) -> None:
    assert client.inpaint(use_croper=True).status_code == 200
    client.use("cleanplate-prompt")
    reply = client.inpaint(use_croper=True)
    assert (reply.status_code, reply.json()["detail"].partition(":")[0]) == (400, "use_croper")


@pytest.mark.parametrize(
    ("frame", "size", "at"),
    [
        ((-10, -4, 116, 72), (116, 72), (10, 4)),
        ((0, 0, 96, 100), (96, 100), (0, 0)),
        ((50, 20, 100, 10), (150, 64), (0, 0)),  # the picture is never cut
    ],
)
@pytest.mark.parametrize("model", ["cleanplate", "cleanplate-prompt"])
def test_the_extender_grows_the_canvas(client: Client, model: str, frame: Any, size: Any, at: Any) -> None:
    client.use(model)
    x, y, width, height = frame
    reply = client.inpaint(
        mask=None,
        use_extender=True,
        extender_x=x,
        extender_y=y,
        extender_width=width,
        extender_height=height,
    )
    assert reply.status_code == 200, reply.text
    made = opened(reply.content)
    assert made.size == size
    left, top = at
    inner = made.convert("RGBA").crop((left, top, left + 96, top + 64))
    assert (np.asarray(inner) == SOURCE).all()


@pytest.mark.parametrize(
    ("frame", "told"),
    [((0, 0, 96, 64), "lies within the picture"), ((200, 0, 10, 10), "does not touch the picture")],
)
def test_an_extender_that_adds_nothing(client: Client, frame: Any, told: str) -> None:
    names = ("extender_x", "extender_y", "extender_width", "extender_height")
    reply = client.inpaint(use_extender=True, **dict(zip(names, frame, strict=True)))
    assert reply.status_code == 400
    assert reply.json()["detail"].startswith("use_extender: it ")
    assert told in reply.json()["detail"]


@pytest.mark.parametrize(
    ("field", "value"), [("extender_width", 400_000), ("extender_height", 0), ("extender_x", -40_000)]
)
def test_an_extender_out_of_bounds_is_named_as_it_was_sent(client: Client, field: str, value: int) -> None:
    reply = client.inpaint(use_extender=True, **{field: value})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", field]
    assert client.inpaint(**{field: value}).status_code == 200, "without the extender nothing reads it"


def test_a_rim_where_one_is_asked_for(client: Client) -> None:
    grown = client.painted(dilate_px=6)
    changed = (grown != SOURCE).any(axis=2)
    assert changed[INSIDE].any()
    assert changed[~INSIDE].any()


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "detail"),
    [
        ({"image": None}, 422, [{"type": "missing", "loc": ["body", "image"], "msg": "is required"}]),
        ({"mask": None}, 422, [{"type": "missing", "loc": ["body", "mask"], "msg": "is required"}]),
        (
            {"sd_seed": "x"},
            422,
            [{"type": "value_error", "loc": ["body", "sd_seed"], "msg": "must be a whole number"}],
        ),
        ({"image": "http://127.0.0.1/photo.png"}, 400, "image: it must be the base64"),
        ({"image": "file:///etc/passwd"}, 400, "image: it must be the base64"),
        ({"mask": "/etc/passwd"}, 400, "mask: it must be the base64"),
        ({"image": "data:image/png;base64,AAAA"}, 400, "image: it must be the base64"),
        ({"image": data_uri(png("photo")[:60])}, 400, "image: "),
    ],
)
def test_refusals(client: Client, fields: dict[str, Any], status: int, detail: Any) -> None:
    reply = client.inpaint(**fields)
    told = reply.json()
    assert reply.status_code == status, told
    assert set(told) == {"error", "detail", "body", "errors"}
    if status == 422:
        assert (told["error"], told["detail"]) == ("RequestValidationError", detail)
    else:
        assert told["detail"].startswith(detail)
        assert told["errors"] == f"{status}: {told['detail']}"


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"null", b'"a"', b"\xff"])
def test_what_is_no_object(client: Client, sent: bytes) -> None:
    reply = client.post("/api/v1/inpaint", data=sent)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"][0] == "body"


def test_nobody_waits_for_ever(idle: Client) -> None:
    reply = idle.inpaint()
    assert (reply.status_code, reply.json()["detail"]) == (504, "The edit took too long and was stopped.")
