"""Damage that decoders pass over in silence, and oddities that are none. `test_mutations` has the many."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.unit.codecs.mutants import HEIGHT, SCENE, WIDTH, chunk, corpus, run_bmp
from tests.unit.intake.test_picture_decoding import RULES, refusal, saved

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.errors import MaskMismatch, NotAPicture
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.pixels.types import Pixels

_PNG = b"\x89PNG\r\n\x1a\n"
JPEG = saved(SCENE, "JPEG", quality=85)


def png(rows: bytes, *, bits: int = 8, colour: int = 2, height: int = HEIGHT, adler: bytes = b"") -> bytes:
    """A PNG with right checksums round whatever rows."""
    packed = zlib.compress(rows)
    header = struct.pack(">IIBBBBB", WIDTH, height, bits, colour, 0, 0, 0)
    packed = packed[:-4] + adler if adler else packed
    return _PNG + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


ROWS = b"".join(b"\0" + row.tobytes() for row in SCENE)
DEEP_ROWS = b"".join(b"\0" + row.repeat(2, axis=1).tobytes() for row in SCENE)


def segments(data: bytes) -> tuple[list[bytes], bytes]:
    """The segments of a JPEG before its first scan, and the rest."""
    found, at = list[bytes](), 2
    while data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append(data[at : at + 2 + size])
        at += 2 + size
    return found, data[at:]


def pixels_of(data: bytes) -> Any:
    return decode_picture(data, RULES).rgb


@pytest.mark.parametrize(("rows", "bits"), [(ROWS, 8), (DEEP_ROWS, 16)], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("exif", [b"", chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0")])
def test_rows_of_a_png_are_all_there_and_as_written(rows: bytes, bits: int, exif: bytes) -> None:
    def framed(rows: bytes, **more: Any) -> bytes:
        data = png(rows, bits=bits, **more)
        return data[:-12] + exif + data[-12:]

    assert pixels_of(framed(rows)).shape == (HEIGHT, WIDTH, 3)
    one_row = len(rows) // HEIGHT
    for broken in (
        framed(rows[:-one_row]),
        framed(rows[:-1]),
        framed(rows + rows[:one_row]),
        framed(rows, height=HEIGHT - 1),
        framed(rows, adler=b"\1\2\3\4"),
        framed(rows, adler=b"\1"),
        framed(b"\5" + rows[1:]),
        framed(rows)[: -len(exif) - 20],
    ):
        assert "broken or incomplete" in refusal(broken)


def test_what_follows_the_rows_of_a_png_is_no_part_of_it() -> None:
    data = png(ROWS)
    for sound in (
        data[:-12],
        data + b"a film",
        data[:-12] + chunk(b"tEXt", b"a\0b")[:-1] + b"?" + data[-12:],
    ):
        np.testing.assert_array_equal(pixels_of(sound), SCENE)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 3}], ids=str)
def test_a_jpeg_without_its_end_marker_is_whole(options: dict[str, Any]) -> None:
    data = saved(SCENE, "JPEG", quality=85, **options)
    for cut in (1, 2):
        pixels = decode_picture(data[:-cut], RULES)
        np.testing.assert_array_equal(pixels.rgb, pixels_of(data))
        assert encode(pixels, EncodeOptions("jpeg"))
    for cut in (3, 4, 8, 60):
        assert "broken or incomplete" in refusal(data[:-cut])
        assert "broken or incomplete" in refusal(data[:-cut] + b"\xff\xd9")


@pytest.mark.parametrize("fill", [b"\xff\xff\xff", bytes(9)])
def test_fill_before_the_end_marker_is_no_damage(fill: bytes) -> None:
    np.testing.assert_array_equal(pixels_of(JPEG[:-2] + fill + JPEG[-2:]), pixels_of(JPEG))
    assert "broken" in refusal(JPEG[:-2] + b"\x5a" + fill + JPEG[-2:])


def test_a_jpeg_without_tables_means_the_standard_ones() -> None:
    parts, scan = segments(JPEG)
    bare = b"\xff\xd8" + b"".join(part for part in parts if part[1] != 0xC4) + scan
    assert len(bare) < len(JPEG)
    for data in (bare, bare[:-2]):
        pixels = decode_picture(data, RULES)
        np.testing.assert_array_equal(pixels.rgb, pixels_of(JPEG))
        again = decode_picture(encode(pixels, EncodeOptions("jpeg")), RULES)
        np.testing.assert_array_equal(again.rgb, pixels.rgb)  # its blocks are kept


def test_one_lost_table_is_not_the_standard_one() -> None:
    parts, scan = segments(JPEG)
    tables = [number for number, part in enumerate(parts) if part[1] == 0xC4]
    for lost in tables if len(tables) > 1 else []:
        rest = b"".join(part for number, part in enumerate(parts) if number != lost)
        assert "broken" in refusal(b"\xff\xd8" + rest + scan)
    assert len(tables) > 1


@pytest.mark.parametrize(
    ("marker", "bits", "says"),
    [
        (0xC9, 8, "arithmetic coding is not supported"),
        (0xCA, 8, "arithmetic coding is not supported"),
        (0xC3, 8, "lossless JPEG is not supported"),
        (0xC7, 8, "hierarchical JPEG is not supported"),
        (0xC1, 12, "JPEG of 12 bits a channel is not supported"),
        (0xC2, 12, "JPEG of 12 bits a channel is not supported"),
    ],
)
def test_kinds_of_jpeg_that_are_unsupported_and_not_broken(marker: int, bits: int, says: str) -> None:
    data = JPEG.replace(b"\xff\xc0\0\x11\x08", bytes([0xFF, marker, 0, 0x11, bits]))
    assert says in refusal(data)


def test_restart_markers_in_another_order() -> None:
    data = saved(SCENE, "JPEG", restart_marker_blocks=2)
    assert b"\xff\xd1" in data
    assert "broken" in refusal(data.replace(b"\xff\xd1", b"\xff\xd3", 1))


def test_the_last_scans_of_a_progressive_jpeg_are_missing() -> None:
    data = saved(SCENE, "JPEG", progressive=True)
    early = data[: data.rindex(b"\xff\xda")]
    assert "broken" in refusal(early)
    assert pixels_of(early + b"\xff\xd9").shape == SCENE.shape  # it says that this is all


@pytest.mark.parametrize("damage", ["longer", "moved", "shorter", "row"])
def test_a_bmp_of_another_length_than_it_says(damage: str) -> None:
    scene = np.random.default_rng(2).integers(0, 256, SCENE.shape, np.uint8)
    data = saved(scene, "BMP")
    broken = {
        "longer": data[:500] + data[400:],
        "moved": data.replace(b"\n", b"\r\n"),
        "shorter": data[:500] + data[508:],
        "row": data[:-WIDTH],
    }[damage]
    assert len(broken) != len(data)
    assert "broken" in refusal(broken)
    np.testing.assert_array_equal(pixels_of(data + b"\r\n"), scene)
    unknown = data[:2] + bytes(4) + data[6:]  # many programs leave the length out
    np.testing.assert_array_equal(pixels_of(unknown + b"and more"), scene)


def test_runs_of_a_bmp_that_leave_pixels_out() -> None:
    data = run_bmp()
    assert pixels_of(data).shape == SCENE.shape
    end = data.rindex(b"\0\0\0\1")
    for broken in (data[:-2] + data[end - 40 : end] + data[-2:], data[: end - 4] + data[end:], data[:-200]):
        assert "broken" in refusal(broken)


def test_strips_of_a_tiff_elsewhere_or_across_each_other() -> None:
    whole = saved(SCENE, "TIFF", compression="tiff_lzw", strip_size=1000)
    image = Image.open(BytesIO(whole))
    starts = image.tag_v2[0x111]  # type: ignore[attr-defined]
    assert len(starts) > 2
    second = struct.pack("<I", starts[1])
    for other in (len(whole) - 8, starts[0] + 7, 2, 2**31):
        assert "broken" in refusal(whole.replace(second, struct.pack("<I", other), 1))


def test_a_tiff_that_was_sent_as_text() -> None:
    whole = corpus()["tiff plain"].data
    assert "broken" in refusal(whole.replace(b"\n", b"\r\n"))
    flat = saved(np.full((40, 40, 3), (13, 10, 13), np.uint8), "TIFF")
    assert pixels_of(flat)[0, 0].tolist() == [13, 10, 13]


def test_deflated_strips_have_a_checksum() -> None:
    data = bytearray(
        saved(
            np.random.default_rng(1).integers(0, 256, (60, 60), np.uint8), "TIFF", compression="tiff_deflate"
        )
    )
    image = Image.open(BytesIO(bytes(data)))
    start, size = image.tag_v2[0x111][0], image.tag_v2[0x117][0]  # type: ignore[attr-defined]
    assert pixels_of(bytes(data)).shape == (60, 60, 3)
    data[start + size - 1] ^= 1
    assert "broken" in refusal(bytes(data))


@pytest.mark.parametrize("at", [0.3, 0.9])
def test_a_gif_whose_codes_break_off(at: float) -> None:
    data = corpus()["gif"].data
    cut = int(len(data) * at)
    assert "broken" in refusal(data[:cut])
    assert "broken" in refusal(data[:cut] + b"\0;")


def test_a_damaged_mask_is_no_mask() -> None:
    mask = saved(Image.fromarray(SCENE).convert("L").point(lambda value: 255 * (value > 128)))
    picture = Pixels(SCENE)
    assert decode_mask(mask, RULES, picture).flags.shape == (HEIGHT, WIDTH)
    broken = bytearray(mask)
    broken[len(mask) // 2] ^= 255
    with pytest.raises(NotAPicture, match=r"^mask: ") as caught:
        decode_mask(bytes(broken), RULES, picture)
    assert caught.value.public == "mask: this PNG is broken or incomplete"
    assert not isinstance(caught.value, MaskMismatch)


LONG_NAMES = ("webp", "heif", "avif")
BROKEN_LENGTHS = pytest.mark.parametrize("name", [name for name in corpus() if name.startswith(LONG_NAMES)])


@BROKEN_LENGTHS
def test_lengths_tell_of_bytes_that_were_put_in_or_doubled(name: str) -> None:
    data = corpus()[name].data
    middle = len(data) // 2
    assert "broken" in refusal(data[:middle] + data[middle - 64 : middle] + data[middle:])
    assert "broken" in refusal(data[:middle] + b"\r" + data[middle:])


@BROKEN_LENGTHS
def test_zeros_behind_the_end_are_no_damage(name: str) -> None:
    data = corpus()[name].data
    assert (pixels_of(data + bytes(512)) == pixels_of(data)).all()


@pytest.mark.parametrize("mode", ["F", "I"])
def test_kinds_of_samples_that_are_not_read_are_named(mode: str) -> None:
    assert "not supported, use 8 or 16 bits" in refusal(saved(Image.new(mode, (9, 9)), "TIFF"))


def test_a_tiff_of_three_floating_channels_is_no_damage() -> None:
    data = bytearray(saved(Image.new("RGB", (4, 4)), "TIFF"))
    at = data.index(struct.pack("<HHI", 0x102, 3, 3))
    offset = struct.unpack_from("<I", data, at + 8)[0]
    struct.pack_into("<3H", data, offset, 32, 32, 32)
    assert "samples of this kind is not supported" in refusal(bytes(data))


def test_an_error_says_to_programs_what_it_says_to_people() -> None:
    with pytest.raises(NotAPicture) as caught:
        decode_picture(saved(SCENE)[:99], RULES)
    assert str(caught.value) == caught.value.public == "image: this PNG is broken or incomplete"
    assert ": " in caught.value.log.removeprefix("image: ")
