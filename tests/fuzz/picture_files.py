"""Small files of every format, each of another kind: what a decoder can meet."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from tests.unit.codecs import mutants

from cleanplate.codecs.codec_table import sniff
from cleanplate.pixels.types import Format

_SMALL: Final = Image.fromarray(np.ascontiguousarray(mutants.SCENE[:19, :23]))
_XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF>'
    b"</x:xmpmeta>"
)


@cache
def files_of(known: Format) -> Mapping[str, bytes]:
    """By what each is; all can be told by their signature."""
    kinds = {name: kind.data for name, kind in mutants.corpus().items()} | dict(_more())
    return {name: data for name, data in kinds.items() if sniff(data) == known}


def exif(orientation: int = 6) -> bytes:
    """A block with an orientation, a resolution, words and a directory of its own."""
    block = Image.Exif()
    block[0x0112], block[0x011A], block[0x010E], block[0x010F] = orientation, 72.0, "a picture", "a camera"
    block.get_ifd(0x8769)[0x9003] = "2026:11:29 12:00:00"
    block.get_ifd(0x8825)[0x0001] = "N"
    return block.tobytes()


def profile() -> bytes:
    """An ICC profile that is not sRGB's."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def display_profile() -> bytes:
    """One of RGB with a matrix and curves of its own."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = data.index(b"XYZ \0\0\0\0") + 8
    data[at : at + 4] = struct.pack(">i", struct.unpack(">i", data[at : at + 4])[0] + 9000)
    return bytes(data)


def saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """The small scene in this format and mode."""
    out = BytesIO()
    _SMALL.convert(mode).save(out, kind, **options)
    return out.getvalue()


def _more() -> Iterator[tuple[str, bytes]]:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
        name = f"{kind.lower()} with metadata"
        yield name, saved(kind, exif=exif(), icc_profile=display_profile(), xmp=_XMP)
    yield from _jpegs()
    yield from _pngs()
    yield from _tiffs()
    yield from _others()


def _jpegs() -> Iterator[tuple[str, bytes]]:
    yield "jpeg 4:2:2", saved("JPEG", subsampling=1, quality=60)
    yield "jpeg progressive grey", saved("JPEG", "L", progressive=True)
    yield "jpeg progressive cmyk", saved("JPEG", "CMYK", progressive=True, quality=50)
    yield "jpeg rgb", saved("JPEG", keep_rgb=True)
    yield "jpeg comment", saved("JPEG", comment=b"words", dpi=(72, 72))
    yield "jpeg of a phone", saved("JPEG", exif=exif(8)) + saved("JPEG") + b"\0\0\0\x18ftypmp42" + bytes(16)
    yield "jpeg without an end", saved("JPEG")[:-2]


def _pngs() -> Iterator[tuple[str, bytes]]:
    words = PngInfo()
    words.add_text("Title", "a picture")
    words.add_text("Comment", "packed " * 9, zip=True)
    words.add_itxt("Author", "\u540d", "zh", "Autor", zip=True)
    yield "png words", saved("PNG", pnginfo=words, dpi=(300, 300))
    yield "png clear palette", saved("PNG", "P", transparency=b"\0\x80\xff")
    yield "png clear colour", saved("PNG", transparency=(1, 2, 3))
    yield "png palette of 2 bits", saved("PNG", "P", bits=2)
    yield "png grey of 16 bits", saved("PNG", "I;16")
    yield "png lab", saved("PNG", icc_profile=profile())
    plain = saved("PNG")
    gamma = mutants.chunk(b"gAMA", struct.pack(">I", 45455)) + mutants.chunk(b"cICP", bytes([9, 16, 0, 1]))
    yield "png colours", plain[:33] + gamma + mutants.chunk(b"tIME", bytes(7)) + plain[33:]
    yield "png animated", saved("PNG", save_all=True, append_images=[_SMALL.rotate(180)])


def _tiffs() -> Iterator[tuple[str, bytes]]:
    yield "tiff two pages", saved("TIFF", save_all=True, append_images=[_SMALL.rotate(180)])
    yield "tiff cmyk", saved("TIFF", "CMYK", compression="tiff_lzw")
    yield "tiff palette", saved("TIFF", "P")
    yield "tiff predictor", saved("TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "tiff grey of 16 bits", saved("TIFF", "I;16")
    yield "tiff alpha", saved("TIFF", "RGBA", compression="tiff_adobe_deflate")
    yield "tiff tiles", tiled_tiff()
    yield "tiff big endian", saved("TIFF", "I;16B")


def tiled_tiff() -> bytes:
    """Two packed tiles of 16 x 16 grey pixels, a picture of 20 x 10."""
    tile = zlib.compress(bytes(range(256)))
    start, size = 8, len(tile)
    where = start + size * 2
    tags = [(256, 4, 1, 20), (257, 4, 1, 10), (258, 4, 1, 8), (259, 4, 1, 8), (262, 4, 1, 1), (277, 4, 1, 1)]
    tags += [(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, 2, where), (325, 4, 2, where + 8)]
    lists = struct.pack("<IIII", start, start + size, size, size)
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", where + 16) + tile * 2 + lists + directory


def _others() -> Iterator[tuple[str, bytes]]:
    yield "bmp 1", saved("BMP", "1")
    yield "bmp palette", saved("BMP", "P")
    yield "bmp grey", saved("BMP", "L")
    yield "gif clear", saved("GIF", "P", transparency=3)
    yield "gif interlaced", saved("GIF", "P", interlace=1)
    yield "gif animated", saved("GIF", save_all=True, append_images=[_SMALL.rotate(180)], comment=b"words")
    yield "gif bilevel", saved("GIF", "1")
    yield "webp animated", saved("WEBP", save_all=True, append_images=[_SMALL.rotate(180)])
    yield "webp exact", saved("WEBP", "RGBA", lossless=True, exact=True)
    yield "avif alpha", saved("AVIF", "RGBA", quality=60)
    yield "avif animated", saved("AVIF", save_all=True, append_images=[_SMALL.rotate(180)])
