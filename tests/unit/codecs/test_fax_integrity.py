"""CCITT strips: what real writers make is read, and rows that are not whole are refused."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.codecs.strict import fax
from tests.unit.intake.test_picture_decoding import RULES, refusal

from cleanplate.codecs.tiff.fax_integrity import FaxCoding, holds_whole_rows
from cleanplate.errors import NotAPicture
from cleanplate.intake.picture_decoding import decode_picture

LARGE = replace(RULES, max_side_px=10_000, max_pixels=2**23)
Bilevel = NDArray[np.bool_]
EOL = "000000000001"
WHITE_8, W0, B8 = "10011", "00110101", "000101"
MANNERS: dict[str, dict[str, Any]] = {
    "runs": {"compression": "tiff_ccitt"},
    "3": {"compression": "group3"},
    "3 2-D": {"compression": "group3", "tiffinfo": {292: 1}},
    "3 filled": {"compression": "group3", "tiffinfo": {292: 4}},
    "3 2-D filled": {"compression": "group3", "tiffinfo": {292: 5}},
    "4": {"compression": "group4"},
}


def _drawings() -> dict[str, Bilevel]:
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:60, :301]
    steps = np.arange(5400) - np.arange(1, 2700, 13)[:, None]
    return {
        "noise": rng.random((37, 53)) < 0.5,
        "one row": rng.random((1, 531)) < 0.5,
        "one column": rng.random((30, 1)) < 0.5,
        "white": np.ones((40, 33), np.bool_),
        "black": np.zeros((40, 33), np.bool_),
        "long white": np.ones((5, 9001), np.bool_),
        "long black": np.zeros((5, 9001), np.bool_),
        "dither": np.asarray(Image.fromarray(((x + 4 * y) % 256).astype(np.uint8)).convert("1")),
        "curves": np.sin(x / 7) + np.cos(y / 9) > 0,
        "dots": rng.random((60, 1728)) < 0.01,
        "every run": (steps < 0) | (steps > np.arange(1, 2700, 13)[:, None]),
    }


DRAWINGS = _drawings()


def saved(drawing: Bilevel, **options: Any) -> bytes:
    out = BytesIO()
    Image.fromarray(drawing).save(out, "TIFF", **options)
    return out.getvalue()


def packed(digits: str) -> bytes:
    return bytes(int(digits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(digits), 8))


def whole(digits: str, kind: int, rows: int = 1, options: int = 0, full: int = 0) -> bool:
    return holds_whole_rows(packed(digits), 8, (rows, full or rows), FaxCoding(kind, options))


@pytest.mark.parametrize("coding", MANNERS)
@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("strips", [1, 3])
def test_what_a_writer_makes_is_read(coding: str, name: str, strips: int) -> None:
    drawing = DRAWINGS[name]
    rows = -(-drawing.shape[0] // strips)
    data = saved(drawing, strip_size=rows * -(-drawing.shape[1] // 8), **MANNERS[coding])
    np.testing.assert_array_equal(decode_picture(data, LARGE).rgb[..., 0] > 0, drawing)


@pytest.mark.parametrize("coding", MANNERS)
def test_bits_of_a_byte_in_the_other_order(coding: str) -> None:
    options = {**MANNERS[coding], "tiffinfo": {**MANNERS[coding].get("tiffinfo", {}), 266: 1}}
    data = saved(DRAWINGS["curves"], **options)
    tags: Any = Image.open(BytesIO(data)).tag_v2  # type: ignore[attr-defined]
    start, end = tags[273][0], tags[273][0] + tags[279][0]
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data[start:end])
    order = b"\x0a\x01\x03\0\x01\0\0\0"
    assert data.count(order + b"\x01\0") == 1
    data = (data[:start] + turned + data[end:]).replace(order + b"\x01\0", order + b"\x02\0")
    np.testing.assert_array_equal(decode_picture(data, RULES).rgb[..., 0] > 0, DRAWINGS["curves"])


@pytest.mark.parametrize("coding", MANNERS)
@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_codes_that_break_off(coding: str, at: float) -> None:
    data = saved(DRAWINGS["curves"], **MANNERS[coding])
    tags: Any = Image.open(BytesIO(data)).tag_v2  # type: ignore[attr-defined]
    start, size = tags[273][0], tags[279][0]
    cut = start + int(size * at)
    for rest in (bytes(start + size - cut), b"\xff" * (start + size - cut)):
        assert "broken" in refusal(data[:cut] + rest + data[start + size :])


@pytest.mark.parametrize(
    ("digits", "kind", "options"),
    [
        (WHITE_8, 2, 0),
        (W0 + B8, 2, 0),
        (WHITE_8.ljust(8, "0") + "0" * 32, 2, 0),
        (EOL + WHITE_8, 3, 0),
        ("0" * 40 + EOL + WHITE_8 + EOL, 3, 0),
        (EOL + WHITE_8 + EOL * 6 + "1101", 3, 0),
        (EOL + "1" + WHITE_8 + (EOL + "1") * 6, 3, 1),
        (EOL + "0" + "1", 3, 1),
        ("1", 4, 0),
        ("1" + EOL * 2 + "1" * 20, 4, 0),
        ("001" + WHITE_8 + "0000110111" + EOL * 2, 4, 0),
        ("001" + W0 + B8, 4, 0),
        ("010" + "1", 4, 0),
    ],
)
def test_a_row_that_is_whole(digits: str, kind: int, options: int) -> None:
    assert fax.pixels(packed(digits), 8, 1, kind, options)
    assert whole(digits, kind, options=options)


@pytest.mark.parametrize(
    ("digits", "kind", "options"),
    [
        ("10100", 2, 0),  # 9 white
        ("0000000011", 2, 0),  # no code
        ("0000001011", 4, 0),
        (WHITE_8.ljust(8, "0") + WHITE_8, 2, 0),  # one row more
        (WHITE_8, 3, 1),  # no EOL
        (WHITE_8 + EOL * 6, 3, 0),  # the first is missing
        (EOL[1:-1] + "0" * 8, 3, 0),
        (EOL + WHITE_8 + EOL + WHITE_8, 3, 0),
        (EOL + "1111" + EOL, 3, 0),  # 7 white
        (EOL + WHITE_8 + "1" + EOL, 3, 1),
        ("011", 4, 0),  # right of the end
        ("0001", 4, 0),  # nothing to pass
        ("1" * 20, 4, 0),  # rows more
        (EOL * 2, 4, 0),
        ("001" + "1111" + W0, 4, 0),
        ("001" + "0111" + "11" + "001" + W0 + "11" + "1", 4, 0),  # a run of nothing in the middle
        ("", 4, 0),
    ],
)
def test_a_row_that_is_not(digits: str, kind: int, options: int) -> None:
    assert not whole(digits, kind, options=options)


def test_rows_of_group_3_without_any_eol() -> None:
    assert whole(WHITE_8 + W0 + B8, 3, rows=2)
    assert not whole(WHITE_8 + EOL + W0 + B8, 3, rows=2)
    data = saved(np.ones((2, 8), np.bool_), compression="group3")
    tags: Any = Image.open(BytesIO(data)).tag_v2  # type: ignore[attr-defined]
    rows = {0: WHITE_8 * 2, 1: (W0 + B8) * 2}[tags[262]]
    bare = (
        data[: tags[273][0]] + packed(rows).ljust(tags[279][0], b"\0") + data[tags[273][0] + tags[279][0] :]
    )
    assert (decode_picture(bare, RULES).rgb == 255).all()


def test_a_last_strip_may_have_all_rows() -> None:
    assert whole("111", 4, rows=3)
    assert whole("1" * 30 + EOL * 2, 4, rows=3, full=30)
    assert not whole("1" * 29 + EOL * 2, 4, rows=3, full=30)


@pytest.mark.parametrize(
    ("digits", "kind"), [("0000001111", 4), (EOL + "000000001111", 3), ("000000001111", 2)]
)
def test_data_that_are_not_compressed_are_unsupported(digits: str, kind: int) -> None:
    with pytest.raises(NotAPicture, match="uncompressed data among CCITT codes is not supported"):
        whole(digits, kind)


def test_rows_at_even_bytes_are_unsupported() -> None:
    assert "32771 is not supported" in refusal(saved(DRAWINGS["curves"], compression="tiff_raw_16"))
