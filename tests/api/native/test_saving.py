"""What results are written as: format, quality, depth, metadata, and what was changed alone."""

import base64
import io
import struct
import zlib
from typing import Any, Literal

import cv2
import numpy as np
import pytest
import requests
from PIL import Image, PngImagePlugin
from tests.api.native.conftest import EDITS, Client, problem

THUMBNAIL = b"\xff\xd8\xff\xdb\0\x04the thing that was erased\xff\xd9"
HEIGHT, WIDTH = 90, 120
"""Upright."""


def photo(**more: Any) -> bytes:
    """A photo that lies on its side, with a place, a thumbnail and the size of its rows."""
    noise = np.random.default_rng(1).integers(90, 120, (WIDTH, HEIGHT, 3), np.uint8)
    tags = Image.Exif()
    tags[0x112], tags[0x10F], tags[0x100], tags[0x101] = 6, "Maker", HEIGHT, WIDTH
    own = tags.get_ifd(0x8769)
    own[0xA002], own[0xA003], own[0x9003] = HEIGHT, WIDTH, "2026:11:30 12:00:00"
    tags.get_ifd(0x8825)[1] = "N"
    data = io.BytesIO()
    Image.fromarray(noise).save(data, "JPEG", quality=92, exif=with_thumbnail(tags), dpi=(300, 300), **more)
    return data.getvalue()


def with_thumbnail(tags: Image.Exif) -> bytes:
    """A second directory behind the first, as cameras write it."""
    block = bytearray(tags.tobytes())
    start = 6
    order: Literal["little", "big"] = "little" if block[start : start + 2] == b"II" else "big"
    first = int.from_bytes(block[start + 4 : start + 8], order)
    link = start + first + 2 + 12 * int.from_bytes(block[start + first : start + first + 2], order)
    second = len(block) - start
    block[link : link + 4] = second.to_bytes(4, order)
    entries = ((0x201, second + 2 + 24 + 4), (0x202, len(THUMBNAIL)))
    block += (2).to_bytes(2, order)
    for tag, value in entries:
        block += tag.to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order)
        block += value.to_bytes(4, order)
    return bytes(block + bytes(4) + THUMBNAIL)


def deep() -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.random.default_rng(2).integers(20000, 30000, (HEIGHT, WIDTH, 3), np.uint16)


def deep_png(values: np.ndarray[Any, Any]) -> bytes:
    return cv2.imencode(".png", values[..., ::-1])[1].tobytes()


def samples(data: bytes) -> Any:
    """As OpenCV has them, blue first."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def mask() -> bytes:
    painted = np.zeros((HEIGHT, WIDTH), np.uint8)
    painted[30:50, 40:60] = 255
    data = io.BytesIO()
    Image.fromarray(painted).save(data, "PNG")
    return data.getvalue()


def asked(image: bytes, edit: str = "erase", **more: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"edit": edit, "image": base64.b64encode(image).decode(), **more}
    return sent | ({"mask": base64.b64encode(mask()).decode()} if edit == "erase" else {})


def done(client: Client, sent: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The file and the recipe of the one result."""
    edit = client.ended(client.post(EDITS, json=sent).json()["id"])
    assert edit["state"] == "succeeded", edit
    (result,) = edit["results"]
    return requests.get(result["url"], timeout=10).content, result["recipe"]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


SECOND = base64.b64encode(photo()).decode()


@pytest.mark.parametrize("output", ["same", "png", "webp", "tiff"])
def test_metadata_are_kept_where_it_is_asked_for(live: Client, output: str) -> None:
    source = photo()
    assert THUMBNAIL in source
    data, recipe = done(live, asked(source, output=output, metadata="keep"))
    picture = opened(data)
    tags = picture.getexif()
    assert picture.size == (WIDTH, HEIGHT)
    assert (tags[0x112], tags[0x10F]) == (1, "Maker")
    own = tags.get_ifd(0x8769)
    assert (own[0xA002], own[0xA003], own[0x9003]) == (WIDTH, HEIGHT, "2026:11:30 12:00:00")
    assert (tags[0x100], tags[0x101]) == (WIDTH, HEIGHT)
    assert tags.get_ifd(0x8825)[1] == "N"
    assert b"the thing that was erased" not in data
    assert recipe["dropped_metadata"] == ["EXIF thumbnail", *["resolution"] * (output == "webp")]
    if output != "webp":  # there only EXIF could have it, and the photo's own is not rebuilt
        assert round(float(picture.info["dpi"][0])) == 300


@pytest.mark.parametrize("output", ["same", "png", "webp", "tiff"])
def test_results_say_nothing_where_it_is_not(live: Client, output: str) -> None:
    data, recipe = done(live, asked(photo(), output=output))
    assert not {0x10F, 0x8769, 0x8825} & set(opened(data).getexif())
    assert b"Maker" not in data
    assert "dropped_metadata" not in recipe


@pytest.mark.parametrize("output", ["png", "tiff"])
def test_16_bits_stay_16(live: Client, output: str) -> None:
    values = deep()
    data, recipe = done(live, asked(deep_png(values), output=output))
    read: Any = samples(data)[..., ::-1]
    assert (read.dtype, recipe["bits"]) == (np.uint16, 16)
    differs = (read != values).any(axis=2)
    assert differs[30:50, 40:60].mean() > 0.9
    assert not differs[:10].any()
    assert recipe["changed_outside_mask"] == 0


@pytest.mark.parametrize(("edit", "output"), [("erase", "jpeg"), ("erase", "webp"), ("convert", "jpeg")])
def test_what_has_8_bits_says_so(live: Client, edit: str, output: str) -> None:
    assert done(live, asked(deep_png(deep()), edit, output=output))[1]["bits"] == 8


def test_a_chain_keeps_depth_and_words_until_it_is_saved(live: Client) -> None:
    """The way of the studio: each edit has the result of the last, and the end is converted."""
    data = io.BytesIO()
    Image.fromarray(np.zeros((WIDTH, HEIGHT), np.uint16)).save(data, "PNG", exif=opened(photo()).getexif())
    first, recipe = done(live, asked(data.getvalue(), output="same", metadata="keep"))
    second, _ = done(live, asked(first, output="same", metadata="keep"))
    saved, told = done(live, asked(second, "convert", output="tiff", metadata="keep"))
    assert (recipe["bits"], told["bits"]) == (16, 16)
    tags = opened(saved).getexif()
    assert (opened(saved).mode, tags[0x10F], tags.get_ifd(0x8825)[1]) == ("I;16B", "Maker", "N")
    bare, _ = done(live, asked(second, "convert", output="jpeg"))
    assert not {0x10F, 0x8769, 0x8825} & set(opened(bare).getexif())


def test_a_picture_that_grows_says_its_new_size(live: Client) -> None:
    sent = asked(photo(), "expand", output="jpeg", metadata="keep", parameters={"left": 1.5})
    data, _ = done(live, sent)
    own = opened(data).getexif().get_ifd(0x8769)
    assert (own[0xA002], own[0xA003]) == opened(data).size
    assert opened(data).size != (WIDTH, HEIGHT)


def test_a_jpeg_that_is_converted_to_jpeg_is_not_encoded_again(live: Client) -> None:
    upright = io.BytesIO()
    opened(photo()).save(upright, "JPEG", quality=71)
    same, _ = done(live, asked(upright.getvalue(), "convert", output="jpeg"))
    assert (np.asarray(opened(same)) == np.asarray(opened(upright.getvalue()))).all()
    assert opened(same).quantization == opened(upright.getvalue()).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("output", ["jpeg", "webp"])
def test_quality_is_heard(live: Client, output: str) -> None:
    sizes = [
        len(done(live, asked(deep_png(deep()), "convert", output=output, quality=n))[0]) for n in (20, 90)
    ]
    assert sizes[0] < sizes[1] / 2


def test_what_was_asked_for_is_told(client: Client) -> None:
    plain = client.post(EDITS, json=asked(photo())).json()
    assert (plain["quality"], plain["metadata"]) == (None, "strip")
    more = client.post(EDITS, json=asked(photo(), output="jpeg", quality="80", metadata="keep")).json()
    assert (more["output"], more["quality"], more["metadata"]) == ("jpeg", 80, "keep")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"output": "png", "quality": 80}, "quality"),
        ({"output": "tiff", "quality": 80}, "quality"),
        ({"output": "jpeg", "quality": 0}, "quality"),
        ({"output": "gif"}, "output"),
        ({"metadata": "some"}, "metadata"),
        ({"reference": SECOND}, "reference"),
        ({"edit": "patch"}, "reference"),
        ({"edit": "patch", "reference": SECOND, "output": "jpeg"}, "output"),
        ({"edit": "patch", "reference": SECOND, "output": "webp", "quality": 90}, "quality"),
        ({"edit": "patch", "reference": SECOND, "output": "same", "quality": 90}, "quality"),
        (
            {"edit": "transfer_style", "reference": SECOND, "parameters": {"model": "nope"}},
            "parameters.model",
        ),
        ({"parameters": {"engine": "nope"}}, "parameters.engine"),
        ({"edit": "stylize", "parameters": {"prompt": "ink", "model": "nope"}}, "parameters.model"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, more: dict[str, Any], field: str) -> None:
    assert problem(client.post(EDITS, json=asked(photo()) | more), 422, "bad-parameter")["field"] == field


def test_the_patch_alone_lies_over_the_original(live: Client) -> None:
    values = deep()
    result, _ = done(live, asked(deep_png(values)))
    sent = asked(result, "patch", reference=base64.b64encode(deep_png(values)).decode())
    data, recipe = done(live, sent)
    layer: Any = samples(data)[..., [2, 1, 0, 3]]
    assert (layer.dtype, recipe["bits"]) == (np.uint16, 16)
    (left, top), (height, width) = recipe["offset"], layer.shape[:2]
    assert (left, top) != (0, 0)
    solid = layer[..., 3] == 65535
    values[top : top + height, left : left + width][solid] = layer[..., :3][solid]
    wanted = samples(result)[..., ::-1]
    assert (values == wanted).all()


def test_a_reference_of_another_size_is_refused(live: Client) -> None:
    small = deep_png(deep()[:-1])
    sent = asked(deep_png(deep()), "patch", reference=base64.b64encode(small).decode())
    edit = live.ended(live.post(EDITS, json=sent).json()["id"])
    assert (edit["state"], edit["error"]["code"]) == ("failed", "picture-size")
    assert edit["error"]["message"].startswith("reference: it is 120x89 px and the picture 120x90")


def worded_png(**more: Any) -> bytes:
    words = PngImagePlugin.PngInfo()
    for keyword in ("Author", "Comment", "parameters", "Title"):
        words.add_text(keyword, f"some {keyword}")
    data = io.BytesIO()
    image = Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    image.save(data, "PNG", pnginfo=words, dpi=(300, 300), **more)
    return data.getvalue()


@pytest.mark.parametrize("output", ["jpeg", "webp", "tiff"])
def test_words_without_a_place_are_named(live: Client, output: str) -> None:
    data, recipe = done(live, asked(worded_png(), "convert", output=output, metadata="keep"))
    tags = opened(data).getexif()
    assert (tags[0x13B], tags[0x10E]) == ("some Author", "some Title")
    assert recipe["dropped_metadata"] == ["PNG text 'Comment'", "PNG text 'parameters'"]
    assert [round(float(tags[tag])) for tag in (0x11A, 0x11B, 0x128) if output == "webp"] in (
        [],
        [300, 300, 2],
    )
    if output != "webp":
        assert round(float(opened(data).info["dpi"][0])) == 300


@pytest.mark.parametrize("output", ["jpeg", "webp", "tiff"])
def test_beside_exif_of_its_own_no_words_of_a_png_are_kept(live: Client, output: str) -> None:
    source = worded_png(exif=opened(photo()).getexif())
    data, recipe = done(live, asked(source, "convert", output=output, metadata="keep"))
    assert not {0x13B, 0x10E} & set(opened(data).getexif())
    words = [f"PNG text '{keyword}'" for keyword in ("Author", "Comment", "parameters", "Title")]
    assert recipe["dropped_metadata"] == [*words, *["resolution"] * (output == "webp")]
    assert "dropped_metadata" not in done(live, asked(source, "convert", metadata="keep"))[1]


def test_a_comment_of_a_jpeg_is_named(live: Client) -> None:
    _, recipe = done(live, asked(photo(comment=b"by me"), "convert", output="jpeg", metadata="keep"))
    assert "JPEG comment" in recipe["dropped_metadata"]


def changed_photo() -> bytes:
    image = opened(photo())
    image.paste((250, 10, 10), (20, 30, 40, 50))
    data = io.BytesIO()
    image.save(data, "JPEG", exif=image.getexif())
    return data.getvalue()


@pytest.mark.parametrize("output", ["same", "webp", "tiff"])
def test_the_patch_of_two_jpegs_is_a_layer(live: Client, output: str) -> None:
    sent = asked(changed_photo(), "patch", reference=SECOND, output=output)
    data, recipe = done(live, sent)
    layer = opened(data)
    assert (layer.format, layer.mode) == ({"same": "PNG"}.get(output, output.upper()), "RGBA")
    before, after = (opened(one).transpose(Image.Transpose.ROTATE_270) for one in (photo(), changed_photo()))
    before.paste(layer, tuple(recipe["offset"]), layer)
    assert (np.asarray(before) == np.asarray(after)).all()


@pytest.mark.parametrize("edit", ["convert", "erase"])
def test_grey_with_opacity_of_16_bits_is_read_back_from_a_tiff(live: Client, edit: str) -> None:
    values = np.random.default_rng(7).integers(0, 65535, (HEIGHT, WIDTH, 2), np.uint16)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 4, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    made, recipe = done(live, asked(b"\x89PNG\r\n\x1a\n" + b"".join(chunks), edit, output="tiff"))
    assert recipe["bits"] == 16
    opened(made).load()
    again, told = done(live, asked(made, "convert", output="png"))
    assert told["bits"] == 16
    read = samples(again)
    assert (read[:10, :, 0] == values[:10, :, 0]).all()
    assert (read[..., 3] == values[..., 1]).all()
