"""Splice: JPEG files changed block by block, against Pillow's decoder."""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from cleanplate.codecs.jpeg.chroma_upsampling import decode_blocks, upsample
from cleanplate.codecs.jpeg.coefficients import read_coefficients
from cleanplate.codecs.jpeg.jpeg_header import NotSpliceable, read_header
from cleanplate.codecs.jpeg.jpeg_splice import decode_stored_colours, splice_jpeg
from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.metadata_blocks import Metadata

Samples = NDArray[np.uint8]
NOTHING = Metadata()


def scenery(height: int, width: int, channels: int = 3) -> Samples:
    """Soft colours, a hard edge and some noise, the same each time."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves: list[NDArray[Any]] = [
        128 + 90 * np.sin(x / (9 + 5 * c) + y / (14 - 3 * c) + c) for c in range(channels)
    ]
    picture = np.stack(waves, axis=-1)
    picture[height // 3 :, width // 2 :] *= 0.6
    noisy = picture + np.random.default_rng(5).normal(0, 6, picture.shape)
    rounded: Samples = np.clip(noisy, 0, 255).astype(np.uint8)
    return rounded


def jpeg(picture: Samples, mode: str = "RGB", **options: Any) -> bytes:
    image = Image.fromarray(picture[..., 0] if mode == "L" else picture, mode)
    out = BytesIO()
    quality = {} if "qtables" in options else {"quality": 90}  # Pillow scales given tables by the quality
    image.save(out, "JPEG", **{**quality, **options})
    return out.getvalue()


def same_coefficients(first: bytes, second: bytes) -> bool:
    one, two = (read_coefficients(read_header(data), data).blocks for data in (first, second))
    return np.array_equal(one, two)


def patched(before: Samples, top: int = 37, left: int = 51, height: int = 60, width: int = 75) -> Samples:
    """A piece of another place in it, with a soft edge as an edit has it."""
    alpha = np.zeros(before.shape[:2], np.float32)
    alpha[top : top + height, left : left + width] = 1
    soft = cv2.blur(alpha, (5, 5))[..., None]
    other = np.roll(before, (20, 31), (0, 1)).astype(np.float32)
    blend: Samples = np.rint(before + (other - before) * soft).astype(np.uint8)
    return blend


def touched_px(before: Samples, after: Samples, mcu: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W): whether the pixel's MCU has a pixel that changed."""
    height, width = before.shape[:2]
    differs = (before != after).any(axis=2)
    touched = np.zeros((height, width), np.bool_)
    for top in range(0, height, mcu[0]):
        for left in range(0, width, mcu[1]):
            window = slice(top, top + mcu[0]), slice(left, left + mcu[1])
            touched[window] = differs[window].any()
    return touched


def error_db(one: Samples, two: Samples) -> float:
    """Peak signal to noise ratio."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - two) ** 2)))


KINDS = [
    pytest.param("RGB", {"quality": quality, "subsampling": subsampling}, id=f"q{quality}-s{subsampling}")
    for quality in (30, 75, 100)
    for subsampling in (0, 1, 2)
] + [
    pytest.param("RGB", {"progressive": True}, id="progressive"),
    pytest.param("RGB", {"progressive": True, "subsampling": 0, "quality": 97}, id="progressive-full"),
    pytest.param("RGB", {"optimize": True}, id="optimised"),
    pytest.param("RGB", {"restart_marker_blocks": 3}, id="restart-3"),
    pytest.param("RGB", {"restart_marker_rows": 1, "progressive": True}, id="restart-row-progressive"),
    pytest.param("RGB", {"keep_rgb": True}, id="rgb"),
    pytest.param("L", {}, id="grey"),
    pytest.param("L", {"progressive": True}, id="grey-progressive"),
    pytest.param("CMYK", {}, id="cmyk"),
    pytest.param("CMYK", {"progressive": True, "quality": 60}, id="cmyk-progressive"),
]


@pytest.mark.parametrize(("mode", "options"), KINDS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 13), (33, 17), (90, 121)])
def test_no_change_keeps_every_coefficient(
    mode: str, options: dict[str, Any], height: int, width: int
) -> None:
    source = jpeg(scenery(height, width, len(mode)), mode, **options)
    result = splice_jpeg(source, decode_stored_colours(source), metadata=NOTHING)
    np.testing.assert_array_equal(decode_stored_colours(result), decode_stored_colours(source))
    header, new = read_header(source), read_header(result)
    assert new.frame.quantisation == header.frame.quantisation
    assert new.frame.components[0].across == header.frame.components[0].across
    if not options.get("progressive"):  # there a block beyond the picture may be said or left unsaid
        assert same_coefficients(source, result)


@pytest.mark.parametrize(("mode", "options"), KINDS)
def test_a_patch_arrives_as_well_as_from_pillow(mode: str, options: dict[str, Any]) -> None:
    source = jpeg(scenery(150, 170, len(mode)), mode, **options)
    before = decode_stored_colours(source)
    after = patched(before)
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    like = Image.open(BytesIO(source))
    assert isinstance(like, JpegImageFile)  # its tables are what Pillow is to write with
    chosen = [like.quantization[table] for _, _, _, table in like.layer]
    plain = {name: value for name, value in options.items() if name == "keep_rgb"}
    whole = decode_stored_colours(
        jpeg(after, mode, qtables=chosen, subsampling=max(0, get_sampling(like)), **plain)
    )
    frame = read_header(source).frame
    size = 8 * frame.down, 8 * frame.across
    touched = touched_px(before, after, size)
    inner = cv2.erode(touched.view(np.uint8), np.ones((2 * size[0] + 1, 2 * size[1] + 1), np.uint8)) > 0
    assert error_db(result[inner], after[inner]) > error_db(whole[inner], after[inner]) - 0.8
    # at the border of subsampled colour the neighbours come first: they are not to change
    loss_db = 0.8 if size == (8, 8) else 6
    assert error_db(result[touched], after[touched]) > error_db(whole[touched], after[touched]) - loss_db


@pytest.mark.parametrize(("mode", "options"), KINDS)
def test_far_from_the_patch_nothing_changes(mode: str, options: dict[str, Any]) -> None:
    source = jpeg(scenery(150, 170, len(mode)), mode, **options)
    before = decode_stored_colours(source)
    after = patched(before)
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    frame = read_header(source).frame
    touched = touched_px(before, after, (8 * frame.down, 8 * frame.across))
    moved = np.abs(result.astype(int) - before).max(axis=2)
    near = cv2.dilate(touched.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert not moved[~near].any()
    ring = moved[near & ~touched]
    if frame.across == frame.down == 1:
        assert not ring.any()
    else:  # decoders mix colour across the border
        assert ring.max() <= 20  # this patch has strong colours
        assert (ring > 0).mean() < 0.9


def brightened(before: Samples, levels: int) -> Samples:
    """An ellipse with a soft edge in which the colour moves a little: blue by `levels`, red against it."""
    alpha = np.zeros(before.shape[:2], np.float32)
    cv2.ellipse(alpha, (83, 71), (45, 32), 20, 0, 360, 1, -1)
    shift = cv2.blur(alpha, (7, 7))[..., None] * np.array([-levels, 0, levels])
    moved: Samples = np.clip(np.rint(before + shift), 0, 255).astype(np.uint8)
    return moved


@pytest.mark.parametrize("quality", [75, 85, 95])
@pytest.mark.parametrize("subsampling", ["4:2:2", "4:2:0", "4:4:0"])
def test_a_soft_edit_moves_nothing_outside_its_blocks(quality: int, subsampling: str) -> None:
    source = sampled(scenery(150, 170), quality, subsampling)
    before = decode_stored_colours(source)
    after = brightened(before, 15)
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    frame = read_header(source).frame
    touched = touched_px(before, after, (8 * frame.down, 8 * frame.across))
    np.testing.assert_array_equal(result[~touched], before[~touched])
    inside = np.s_[60:82, 65:100]
    wanted, got = (
        (picture[inside].astype(float) - before[inside]).mean((0, 1)) for picture in (after, result)
    )
    np.testing.assert_allclose(got, wanted, atol=3)


def sampled(picture: Samples, quality: int, subsampling: str) -> bytes:
    """OpenCV also writes 4:4:0, which Pillow can't."""
    factor = {"4:2:2": 0x211111, "4:2:0": 0x221111, "4:4:0": 0x121111}[subsampling]
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    return cv2.imencode(".jpg", picture[..., ::-1], options)[1].tobytes()


@pytest.mark.parametrize("subsampling", ["4:2:2", "4:2:0", "4:4:0"])
def test_mixed_colour_is_what_libjpeg_decodes(subsampling: str) -> None:
    source = sampled(scenery(96, 128), 80, subsampling)
    image = Image.open(BytesIO(source))
    image.draft("YCbCr", None)
    stored = np.asarray(image)
    header = read_header(source)
    ratio = header.frame.down, header.frame.across
    for index in (1, 2):
        steps = np.array(header.frame.quantisation[index], np.float32)
        blocks = decode_blocks(read_coefficients(header, source).planes[index], steps)
        samples = blocks.swapaxes(1, 2).reshape(96 // ratio[0], 128 // ratio[1])
        inner = np.s_[ratio[0] - 1 : 97 - ratio[0], ratio[1] - 1 : 129 - ratio[1], index]
        np.testing.assert_array_equal(upsample(samples, ratio), stored[inner])


@pytest.mark.parametrize("quality", [75, 95])
def test_pixels_copied_along_the_grid_come_back_as_they_were(quality: int) -> None:
    source = jpeg(scenery(96, 96), quality=quality, subsampling=0)
    before = decode_stored_colours(source)
    after = before.copy()
    after[16:48, 16:48] = before[48:80, 48:80]
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING)).astype(int)
    assert ((result - after) ** 2).mean() < 0.1


def test_unchanged_pixels_of_a_changed_block_hardly_move() -> None:
    source = jpeg(scenery(96, 96), quality=85, subsampling=2)
    before = decode_stored_colours(source)
    after = before.copy()
    after[40:44, 40:44] = before[60:64, 60:64]
    moved = np.abs(decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING)).astype(int) - before)
    moved[39:45, 39:45] = 0  # half-size colour leaks one pixel far
    assert moved[40:48, 40:48].mean() < 6
    moved[40:48, 40:48] = 0  # luma blocks of the MCU without a change keep their coefficients
    assert moved.max() <= 24


def test_colour_that_changes_in_every_other_column_moves_by_half() -> None:
    source = jpeg(np.full((64, 64, 3), 110, np.uint8), quality=95, subsampling=2)
    before = decode_stored_colours(source)
    after = before.copy()
    after[16:48, 16:48:2, 0] += 80
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    inside = slice(20, 44), slice(20, 44)
    redness = [float(np.diff(p[inside][..., :2].astype(int), axis=2).mean()) for p in (after, result)]
    assert redness[1] == pytest.approx(redness[0], abs=8)


def test_the_last_block_of_an_odd_size_takes_an_edit() -> None:
    source = jpeg(scenery(35, 50), quality=95, subsampling=2)
    before = decode_stored_colours(source)
    after = before.copy()
    after[-4:, -5:] = 200
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    assert np.abs(result[-4:, -5:].astype(int) - 200).max() < 12
    np.testing.assert_array_equal(result[:30, :30], before[:30, :30])


def test_everything_may_change() -> None:
    source = jpeg(scenery(64, 80), quality=92)
    after = 255 - decode_stored_colours(source)
    assert error_db(decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING)), after) > 30


def test_ycck_of_other_programs() -> None:
    """Pillow writes CMYK as it is; with another transform in its Adobe marker the same planes are YCCK."""
    plain = jpeg(scenery(64, 64, 4), "CMYK", quality=95)
    at = plain.index(b"Adobe") + 11
    source = plain[:at] + b"\x02" + plain[at + 1 :]
    before = decode_stored_colours(source)
    assert not np.array_equal(before, decode_stored_colours(plain))
    after = patched(before, 10, 12, 30, 30)
    changed = (before != after).any(axis=2)
    result = decode_stored_colours(splice_jpeg(source, after, metadata=NOTHING))
    assert error_db(result[changed], after[changed]) > 30
    np.testing.assert_array_equal(result[48:], before[48:])


def test_metadata_is_the_argument_and_not_the_source() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() * 30  # two segments
    wanted = Metadata(icc=profile, exif=EXIF_HEADER + b"MM\0*\0\0\0\x08\0\0", xmp=b"<x/>", dpi=(300, 150))
    source = jpeg(scenery(20, 20), comment=b"what was erased", dpi=(72, 72), exif=EXIF_HEADER + b"old")
    result = splice_jpeg(source, decode_stored_colours(source), metadata=wanted)
    info = Image.open(BytesIO(result)).info
    assert info["icc_profile"] == profile
    assert info["exif"] == wanted.exif
    assert info["xmp"] == b"<x/>"
    assert info["dpi"] == (300, 150)
    assert b"erased" not in result
    assert b"old" not in result


def test_cmyk_keeps_its_resolution() -> None:
    source = jpeg(scenery(20, 20, 4), "CMYK")
    result = splice_jpeg(source, decode_stored_colours(source), metadata=Metadata(dpi=(300, 300)))
    assert Image.open(BytesIO(result)).info["dpi"] == (300, 300)
    np.testing.assert_array_equal(decode_stored_colours(result), decode_stored_colours(source))


def test_blocks_too_long_for_a_segment_are_left_out() -> None:
    source = jpeg(scenery(20, 20))
    long = Metadata(exif=EXIF_HEADER + bytes(70_000), xmp=bytes(70_000))
    assert len(splice_jpeg(source, decode_stored_colours(source), metadata=long)) < 10_000


def test_other_sizes_and_channels_are_refused() -> None:
    source = jpeg(scenery(20, 30))
    for shape in [(30, 20, 3), (20, 30), (20, 30, 4), (40, 60, 3)]:
        with pytest.raises(NotSpliceable):
            splice_jpeg(source, np.zeros(shape, np.uint8), metadata=NOTHING)
