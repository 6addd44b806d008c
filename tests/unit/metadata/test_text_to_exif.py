"""Words of a PNG: kept as they are in a PNG, in EXIF elsewhere, and nowhere in a server's reply."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.metadata.text_to_exif import text_to_exif
from cleanplate.pixels.types import Chunk, Format, Origin, Pixels

TEXT: tuple[Chunk, ...] = (
    (b"tEXt", b"Title\0A title"),
    (b"zTXt", b"Copyright\0\0" + zlib.compress(b"nobody")),
    (b"iTXt", b"Author\0\0\0en\0Author\0" + "Zoë".encode()),
    (b"iTXt", b"Software\0\1\0\0\0" + zlib.compress(b"a camera")),
    (b"tEXt", b"Mood\0fine"),
    (b"tIME", bytes([7, 228, 1, 2, 3, 4, 5])),
)
GAMMA: tuple[Chunk, ...] = ((b"gAMA", (45455).to_bytes(4, "big")),)
RGB = np.full((9, 14, 3), 77, np.uint8)


def tags(metadata: Metadata) -> dict[int, object]:
    found = Image.Exif()
    found.load(metadata.exif or b"")
    return dict(found)


def test_a_png_keeps_every_chunk() -> None:
    data = encode(Pixels(RGB, origin=Origin(text_chunks=TEXT, colour_chunks=GAMMA)), EncodeOptions("png"))
    image = Image.open(BytesIO(data))
    image.load()
    assert (image.info["Title"], image.info["Copyright"], image.info["Author"]) == (
        "A title",
        "nobody",
        "Zoë",
    )
    assert (image.info["Software"], image.info["Mood"]) == ("a camera", "fine")
    assert image.info["gamma"] == pytest.approx(0.45455)
    for name, content in TEXT + GAMMA:
        assert name + content in data
    assert not image.getexif()


@pytest.mark.parametrize("target", ["jpeg", "webp", "tiff"])
def test_other_formats_get_what_has_a_tag(target: Format) -> None:
    pixels = Pixels(RGB, origin=Origin(text_chunks=TEXT, orientation=6))
    exif = Image.open(BytesIO(encode(pixels, EncodeOptions(target)))).getexif()
    assert (exif[0x10E], exif[0x8298], exif[0x131]) == ("A title", "nobody", "a camera")
    assert exif[0x0112] == 6


def test_an_exif_block_of_the_files_own_is_not_rebuilt() -> None:
    own = Image.Exif()
    own[0x010F] = "A camera"
    pixels = Pixels(RGB, origin=Origin(text_chunks=TEXT, exif=own.tobytes()))
    exif = Image.open(BytesIO(encode(pixels, EncodeOptions("jpeg")))).getexif()
    assert dict(exif) == {0x010F: "A camera"}


@pytest.mark.parametrize("target", ["png", "jpeg", "tiff"])
def test_the_servers_reply_says_only_what_colours_mean(target: Format) -> None:
    pixels = Pixels(RGB, origin=Origin(text_chunks=TEXT, colour_chunks=GAMMA))
    data = encode(pixels, EncodeOptions(target, upright=True, metadata=False))
    assert b"A title" not in data
    assert b"tIME" not in data
    assert (b"gAMA" in data) is (target == "png")


def test_a_description_wins_over_a_title() -> None:
    text = ((b"tEXt", b"Description\0what it is"), (b"tEXt", b"Title\0a name"), (b"tEXt", b"Comment\0hm"))
    assert tags(text_to_exif(Metadata(text_chunks=text)))[0x10E] == "what it is"


@pytest.mark.parametrize(
    "chunk",
    [
        (b"tEXt", b"Title"),
        (b"tEXt", b"Mood\0fine"),
        (b"zTXt", b"Title\0\0not deflated"),
        (b"zTXt", b"Title\0"),
        (b"zTXt", b"Title\0\0" + zlib.compress(bytes(1 << 24))),
        (b"iTXt", b"Title\0\0"),
        (b"iTXt", b"Title\0\0\0\0\0\xff\xff"),
        (b"tEXt", b"Title\0" + b"long" * 4000),
        (b"tIME", b"\7\xe4\1\2\3\4\5"),
    ],
)
def test_what_has_no_words_in_it_changes_nothing(chunk: Chunk) -> None:
    metadata = Metadata(text_chunks=(chunk,))
    assert text_to_exif(metadata) is metadata
