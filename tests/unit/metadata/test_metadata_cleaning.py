"""End to end: no picture of the erased thing can be dug out of a result, and the rest is still there."""

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.unit.metadata.made_blocks import ASCII, LONG, UNDEFINED, Directory, exif_block, thing
from tests.unit.metadata.test_xmp_cleaning import CODED, LINES, packet

from cleanplate import erase
from cleanplate.codecs.codec_table import WRITABLE
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.library import RULES
from cleanplate.metadata import metadata_cleaning
from cleanplate.metadata.exif_cleaning import clean_exif
from cleanplate.metadata.metadata_cleaning import clean_metadata
from cleanplate.pixels.types import Format

MAGENTA = (255, 0, 255)
BOX = (20, 16, 44, 32)
XMP = packet(
    'hdrgm:Version="1.0" GCamera:MotionPhoto="1"',
    f"<xmp:Thumbnails><rdf:Alt><rdf:li>{LINES}</rdf:li></rdf:Alt></xmp:Thumbnails><own:x>{CODED}</own:x>",
)
MPF = b"MPF\0MM\0*\0\0\0\x08" + bytes(40)
SEGMENTS = {
    0xE1: b"http://ns.adobe.com/xmp/extension/\0" + CODED.encode(),
    0xE2: MPF,
    0xE3: b"JPS\0" + thing(),
    0xEB: b"JP\0\1\0\0\0\1jumb c2pa" + thing(),
    0xED: b"Photoshop 3.0\08BIM\x04\x0c\0\0" + struct.pack(">I", len(thing())) + thing(),
    0xFE: b"made by secret " + CODED.encode(),
}


def exif() -> bytes:
    camera: Directory = {0x010F: (ASCII, b"A camera\0"), 0x8298: (ASCII, b"somebody's copyright\0")}
    inner: Directory = {
        0x829A: (5, (1, 125)),
        0x927C: (UNDEFINED, b"Maker\0" + thing()),
        0x9286: (UNDEFINED, b"ASCII\0\0\0" + CODED.encode()),
    }
    second: Directory = {0x0201: (UNDEFINED, thing()), 0x0202: (LONG, len(thing()))}
    return exif_block("<", camera, exif=inner, gps={1: (ASCII, b"N\0")}, second=second, loose=thing())


def photo() -> Image.Image:
    rows, columns = np.mgrid[:48, :64].astype(np.float64)
    rgb = np.dstack([rows * 2, columns * 2, rows + columns]).astype(np.uint8)
    rgb[16:32, 20:44] = MAGENTA
    return Image.fromarray(rgb)


def full(kind: Format) -> bytes:
    """A file with the thing wherever its format has room."""
    file, more = BytesIO(), dict[str, Any]()
    if kind == "png":
        info = PngInfo()
        info.add_text("Title", "the sea")
        info.add_text("workflow", json.dumps({"seed": 5, "image": CODED}))
        info.add_text("Raw profile type iptc", "\niptc\n 9\n" + thing().hex(), zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        more = {"pnginfo": info}
    elif kind != "bmp":
        more = {"xmp": XMP}
    if kind != "bmp":
        more["exif"] = exif()
    if kind == "tiff":
        tags = Image.Exif()
        tags[0x010F] = "A camera"
        tags[0x8649] = thing()
        tags[0x02BC] = XMP
        tags.get_ifd(0x8769)[0x927C] = b"Maker\0" + thing()
        more["exif"] = tags
    photo().save(file, kind, **more)
    data = file.getvalue()
    if kind == "jpeg":
        extra = b"".join(
            b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
            for marker, body in SEGMENTS.items()
        )
        data = data[:2] + extra + data[2:] + thing() + b"\0\0\0\x18ftypmp42" + bytes(40)
    return data


def pictures_in(data: bytes, depth: int = 3) -> Iterator[Image.Image]:
    """Every picture but the file itself that can be decoded out of it, by any of the usual ways."""
    for match in re.finditer(rb"\xff\xd8\xff|\x89PNG", data):
        if match.start() or depth < 3:
            with suppress(Exception):
                image = Image.open(BytesIO(data[match.start() :]))
                image.load()
                yield image
    if depth:
        for inner in inside(data):
            yield from pictures_in(inner, depth - 1)


def inside(data: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[match.start() :])
    text = re.sub(rb"\s|&#\w+;|\\n", b"", data)
    for run in re.findall(rb"[A-Za-z0-9+/]{40,}", text):
        for start in range(4):
            letters = run[start:]
            with suppress(ValueError):
                yield base64.b64decode(letters + b"=" * (-len(letters) % 4))
    for run in re.findall(rb"(?:[0-9a-fA-F]{2}){20,}", text):
        yield bytes.fromhex(run.decode())


def test_the_search_finds_what_is_there() -> None:
    for kind in ("jpeg", "png", "webp", "tiff"):
        found = list(pictures_in(full(kind)))
        assert len(found) >= (1 if kind == "tiff" else 2), kind
        assert all(np.asarray(image.convert("RGB"))[9, 9, 1] < 20 for image in found)


@pytest.mark.parametrize("source", sorted(WRITABLE))
@pytest.mark.parametrize("target", sorted(WRITABLE))
def test_no_picture_is_left_in_a_result(source: Format, target: Format) -> None:
    data = full(source)
    made = erase(data, boxes=[BOX], engine="telea", tone=0, grain=0)
    result = made.encode(target)
    assert list(pictures_in(result)) == []
    for word in (b"hdrgm", b"MotionPhoto", b"MPF\0", b"secret", b"c2pa", b"8BIM", b"Thumbnails"):
        assert word not in result
    image = Image.open(BytesIO(result))
    if source != "bmp" and target != "bmp":
        assert image.getexif()[0x010F] == "A camera"
        assert made.recipe["dropped_metadata"]
        assert b'xmp:Rating="4"' in result
    if source == target == "png":
        assert json.loads(image.info["workflow"]) == {"seed": 5, "image": ""}
        assert image.info["Title"] == "the sea"


def test_a_recipe_names_what_is_gone_and_warns_of_what_is_missed() -> None:
    recipe = erase(full("jpeg"), boxes=[BOX], engine="telea").recipe
    assert set(recipe["dropped_metadata"]) >= {
        "C2PA manifest",
        "EXIF thumbnail",
        "JPEG comment",
        "Photoshop resources (IPTC)",
        "Ultra HDR gain map",
        "XMP thumbnail",
        "extended XMP",
        "further pictures behind the first",
        "maker's notes (a picture in them)",
        "motion photo video",
        "multi-picture index (MPF)",
    }
    assert len(recipe["dropped_metadata"]) == len(set(recipe["dropped_metadata"]))
    assert {sentence.split(":")[0] for sentence in recipe["warnings"]} == {
        "the motion photo's video was dropped",
        "the picture's HDR gain map was dropped",
    }
    assert json.loads(json.dumps(dict(recipe))) == dict(recipe)


def test_a_plain_file_loses_nothing_and_nothing_is_said() -> None:
    file = BytesIO()
    tags = Image.Exif()
    tags[0x010F] = "A camera"
    photo().save(file, "JPEG", exif=tags, dpi=(300, 300))
    made = erase(file.getvalue(), boxes=[BOX], engine="telea")
    assert not {"dropped_metadata", "warnings"} & set(made.recipe)
    assert Image.open(BytesIO(made.encode())).info["exif"] == tags.tobytes()


@pytest.mark.parametrize("source", sorted(WRITABLE))
@pytest.mark.parametrize("target", sorted(WRITABLE))
def test_a_server_writes_no_metadata_at_all(source: Format, target: Format) -> None:
    pixels = decode_picture(full(source), RULES)
    data = encode(pixels, EncodeOptions(target, upright=True, metadata=False))
    assert list(pictures_in(data)) == []
    image = Image.open(BytesIO(data))
    known = {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "loop",
        "background",
        "timestamp",
        "duration",
    }
    assert set(image.info) <= known | {"compression", "dpi", "resolution"}
    for word in (b"A camera", b"xmp", b"Exif", b"the sea", b"somebody's", b"workflow"):
        assert word not in data


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_result_is_cleaned_once_however_often_it_is_written(
    kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []

    def spy(block: bytes) -> tuple[bytes | None, tuple[str, ...]]:
        looked.append(block)
        return clean_exif(block)

    monkeypatch.setattr(metadata_cleaning, "clean_exif", spy)
    result = erase(full(kind), boxes=[BOX], engine="telea")
    for target in sorted(WRITABLE):
        result.encode(target)
    assert len(looked) == 1
    assert "EXIF thumbnail" in result.recipe["dropped_metadata"]


def test_what_is_clean_stays_as_it_is() -> None:
    once = clean_metadata(decode_picture(full("jpeg"), RULES).origin)
    assert once.origin.metadata_clean
    again = clean_metadata(once.origin)
    assert again.origin is once.origin
    assert again.dropped == ()
