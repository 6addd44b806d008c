"""Raster: the samples of a file as its decoder gives them, upright, with what the file was."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from cleanplate.errors import BadInput, NotAPicture
from cleanplate.imaging.metadata import EXIF_HEADER
from cleanplate.imaging.native import view
from cleanplate.imaging.orientation import upright
from cleanplate.imaging.types import Format, Native, Origin, Samples
from cleanplate.intake.beside import beside
from cleanplate.intake.indexed import indexed
from cleanplate.intake.pngchunks import Kept, kept_chunks
from cleanplate.intake.quiet import no_warnings
from cleanplate.intake.sniff import webp_lossless, webp_size

SizeCheck: TypeAlias = Callable[[int, int], None]
"""Called with width and height before anything is decoded; raises `BadInput` when they are refused."""

_ORIENTATION = 0x0112
_EXIF_TAGS = (0x10E, 0x10F, 0x110, 0x112, 0x131, 0x132, 0x13B, 0x8298)
_EXIF_DIRECTORIES = (0x8769, 0x8825)
_BITS, _COMPRESSION, _PHOTOMETRIC, _EXTRA_SAMPLES = 0x102, 0x103, 0x106, 0x152
_MIN_IS_WHITE, _TIFF_RGB, _PREMULTIPLIED = 0, 2, 1
_LOSSY_TIFF = frozenset({6, 7, 50001})
_DEEP_BITS = 16
_PNG_GREY, _PNG_GREY_ALPHA = 0, 4
_SANE_DPI = (1.0, 30000.0)

# The classes themselves, not Image.open: its limit on pixels is global, ours are rules.
# JpegImageFile and not its factory: of a phone's several pictures in one JPEG the first is meant.
_OPEN: Mapping[Format, Callable[[BytesIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "bmp": BmpImageFile,
    "webp": WebPImageFile,
    "tiff": TiffImageFile,
}


@dataclass(frozen=True, slots=True)
class Raster:
    """One decoded picture, upright.

    Attributes:
        values: (H, W) grey or (H, W, 3) RGB, uint8 or uint16; the array may be read-only.
        opacity: (H, W) of the same type, or None when the file has none.
        origin: what the file was; `icc` is whatever profile it has.
        native: samples of a kind that `values` is only a view of: indices, or CMYK.
    """

    values: Samples
    opacity: Samples | None
    origin: Origin
    native: Native | None = None


def read_raster(data: bytes, known: Format, check: SizeCheck) -> Raster:
    """Decode a file whose format is known.

    Raises:
        BadInput: what `check` raised.
        NotAPicture: broken, animated, of several pages, or of a kind that is not supported.
    """
    try:
        with no_warnings():
            return _read_heif(data, check) if known == "heif" else _read(data, known, check)
    except BadInput:
        raise
    except (
        Exception
    ) as error:  # decoders raise anything for a broken file, up to struct.error and MemoryError
        raise NotAPicture(
            f"this {known.upper()} is broken or incomplete", log=f"{known}: {type(error).__name__}: {error}"
        ) from error


def _read(data: bytes, known: Format, check: SizeCheck) -> Raster:
    if known == "webp":  # its decoder reserves memory for the canvas as soon as it is made
        check(*webp_size(data))
    image = _OPEN[known](BytesIO(data))
    check(*image.size)
    _refuse_several(image, known)
    origin = _origin(image, known, data)
    deep = _deep(image, data, known)
    if deep is None:
        image.load()
    values, opacity = deep or _shallow(image)
    raster = Raster(values, opacity, origin, None if deep else _native(image, data, known))
    # Pillow and OpenCV turn a TIFF by themselves, and nothing else
    return _turned(raster, 1 if known == "tiff" else origin.orientation)


def _turned(raster: Raster, orientation: int) -> Raster:
    opacity, native = raster.opacity, raster.native
    return Raster(
        values=upright(raster.values, orientation),
        opacity=None if opacity is None else upright(opacity, orientation),
        origin=replace(raster.origin, grey=raster.values.ndim == 2),  # noqa: PLR2004 - (H, W)
        native=None if native is None else replace(native, samples=upright(native.samples, orientation)),
    )


def _native(image: ImageFile, data: bytes, known: Format) -> Native | None:
    """Indices or CMYK, as they are in the file; None for any other kind."""
    if image.mode == "CMYK":
        return _cmyk(image)
    if image.mode in ("P", "1"):
        return indexed(image, bits=data[24] if known == "png" else None)
    return None


def _read_heif(data: bytes, check: SizeCheck) -> Raster:
    # here, because its library takes a while to load and few send HEIF; it ships no types
    from pi_heif import open_heif  # type: ignore[import-untyped]

    file = open_heif(BytesIO(data))
    check(*file.size)
    image = file.to_pillow()
    # libheif has turned the picture, and pi_heif has set the EXIF tag to match
    origin = replace(_origin(image, "heif", data), orientation=1)
    return _turned(Raster(*_shallow(image), origin), 1)


def _cmyk(image: Image.Image) -> Native:
    return Native(np.asarray(image), "cmyk", _block(image, "icc_profile"))


def _refuse_several(image: ImageFile, known: Format) -> None:
    if getattr(image, "n_frames", 1) > 1:
        what = "several pages" if known == "tiff" else "several frames (it is animated)"
        raise NotAPicture(f"this {known.upper()} has {what}, send one still picture")


# --- what the file was -------------------------------------------------------------------------------------


def _origin(image: Image.Image, known: Format, data: bytes) -> Origin:
    exif, orientation = _exif(image, known)
    chunks = kept_chunks(data) if known == "png" else Kept((), ())
    return Origin(
        format=known,
        lossless=_lossless(image, known, data),
        orientation=orientation,
        icc=_block(image, "icc_profile"),
        exif=exif,
        xmp=_block(image, "xmp"),
        dpi=_dpi(image),
        text=chunks.text,
        beside=beside(data, known),
        gamma=chunks.gamma,
        jpeg=data if known == "jpeg" else None,
    )


def _lossless(image: Image.Image, known: Format, data: bytes) -> bool:
    if known == "webp":
        return webp_lossless(data)
    if isinstance(image, TiffImageFile):
        return image.tag_v2.get(_COMPRESSION) not in _LOSSY_TIFF
    return known in ("png", "bmp")


def _exif(image: Image.Image, known: Format) -> tuple[bytes | None, int]:
    """The EXIF block with its header, and the orientation. A broken block is as good as none."""
    try:
        tags = image.getexif()
        orientation = tags.get(_ORIENTATION, 1)
        block = _tiff_exif(tags) if known == "tiff" else _block(image, "exif") or _hidden_exif(image)
    except Exception:
        return None, 1
    if block and not block.startswith(EXIF_HEADER):
        block = EXIF_HEADER + block
    return block, orientation if orientation in range(1, 9) else 1


def _hidden_exif(image: Image.Image) -> bytes | None:
    """EXIF as older programs put it into a PNG: in hexadecimal digits, behind three lines of text."""
    text = image.info.get("Raw profile type exif")
    return bytes.fromhex("".join(text.split("\n")[3:])) if isinstance(text, str) else None


def _tiff_exif(tags: Image.Exif) -> bytes | None:
    """The tags of a TIFF that describe the picture and not its rows, as the block other formats have."""
    chosen = Image.Exif()
    chosen.endian = tags.endian
    for tag in _EXIF_TAGS:
        if tag in tags:
            chosen[tag] = tags[tag]
    for tag in _EXIF_DIRECTORIES:
        if tag in tags:
            chosen[tag] = tags.get_ifd(tag)
    return chosen.tobytes() if chosen else None


def _block(image: Image.Image, name: str) -> bytes | None:
    block = image.info.get(name)
    return block if isinstance(block, bytes) and block else None


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Dots per inch; a value that no file format could hold again is dropped."""
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    low, high = _SANE_DPI
    return (x, y) if all(math.isfinite(v) and low <= v <= high for v in (x, y)) else None


# --- 16 bits a channel -------------------------------------------------------------------------------------


def _deep(image: ImageFile, data: bytes, known: Format) -> tuple[Samples, Samples | None] | None:
    """Samples of a 16-bit file in colour, which Pillow would cut to 8 bits; None for any other file."""
    if known == "png" and data[24] == _DEEP_BITS and data[25] != _PNG_GREY:
        return _split_deep(_decode_deep(data), grey=data[25] == _PNG_GREY_ALPHA)
    if isinstance(image, TiffImageFile) and _deep_tiff(image):
        image.load()  # Pillow refuses damage that OpenCV lets pass
        return _split_deep(_decode_deep(data), grey=False)
    return None


def _deep_tiff(image: TiffImageFile) -> bool:
    tags = image.tag_v2
    return (
        set(tags.get(_BITS, ())) == {_DEEP_BITS}
        and tags.get(_PHOTOMETRIC) == _TIFF_RGB
        and _PREMULTIPLIED not in tags.get(_EXTRA_SAMPLES, ())
    )


def _decode_deep(data: bytes) -> NDArray[np.uint16]:
    found: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16 or found.ndim != 3:  # noqa: PLR2004 - in colour
        raise ValueError("OpenCV could not read the 16-bit samples")
    return cast(NDArray[np.uint16], found)


def _split_deep(bgr: NDArray[np.uint16], *, grey: bool) -> tuple[Samples, Samples | None]:
    has_opacity = bgr.shape[2] == 4  # noqa: PLR2004 - BGRA
    opacity = cast(Samples, cv2.extractChannel(bgr, 3)) if has_opacity else None
    if grey:
        return cast(Samples, cv2.extractChannel(bgr, 0)), opacity
    code = cv2.COLOR_BGRA2RGB if has_opacity else cv2.COLOR_BGR2RGB
    return cast(Samples, cv2.cvtColor(bgr, code)), opacity


# --- 8 bits a channel, and 16 bits of grey -----------------------------------------------------------------


def _shallow(image: Image.Image) -> tuple[Samples, Samples | None]:
    """Grey or RGB samples of a loaded picture, and its opacity."""
    if image.mode.startswith("I;16"):
        return _deep_grey(image)
    if image.mode in ("I", "F", "LAB", "HSV"):
        raise NotAPicture(
            f"pictures of the kind {image.mode} are not supported, use 8 or 16 bits of grey or RGB"
        )
    if image.mode == "CMYK":
        return view(_cmyk(image)), None
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return _split(image)
    mode = "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode)), None


def _split(image: Image.Image) -> tuple[Samples, Samples | None]:
    grey = image.mode in ("1", "L", "LA", "La")
    mode = "LA" if grey else "RGBA"
    samples: NDArray[np.uint8] = np.asarray(image if image.mode == mode else image.convert(mode))
    if grey:
        return np.ascontiguousarray(samples[..., 0]), np.ascontiguousarray(samples[..., 1])
    rgb = cv2.cvtColor(samples, cv2.COLOR_RGBA2RGB)
    return cast(Samples, rgb), cast(Samples, cv2.extractChannel(samples, 3))


def _deep_grey(image: Image.Image) -> tuple[Samples, Samples | None]:
    values = np.asarray(image).astype(np.uint16, copy=False)
    if isinstance(image, TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == _MIN_IS_WHITE:
        values = ~values
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return values, None
    return values, np.where(values == clear, 0, 65535).astype(np.uint16)
