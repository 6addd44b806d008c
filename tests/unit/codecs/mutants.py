"""Small files of every format in several encodings, and the ways in which they get damaged."""

import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 38, 52
_BLOCK_BYTES = 64


@dataclass(frozen=True)
class Kind:
    """How a file is made. `reader` names who judges what becomes of it; see `test_mutations`."""

    data: bytes
    reader: str


def _scene() -> NDArray[np.uint8]:
    """Slopes, edges and grain: something for every part of a code."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([x * 4, y * 6, 255 - x * 2 - y * 2], axis=2).astype(np.float64)
    rgb[8:20, 10:30] = (250, 40, 90)
    rgb[24:34, 20:48] += np.random.default_rng(3).normal(0, 30, (10, 28, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


SCENE = _scene()


def _saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    image = Image.fromarray(SCENE)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(SCENE[..., 1]))
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def _coded(suffix: str, *options: int) -> bytes:
    deep = SCENE.astype(np.uint16) * 257
    return cv2.imencode(suffix, deep, options)[1].tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def interlaced_png() -> bytes:
    """Adam7, which Pillow reads and does not write. Filters in turn, but those of neighbours are none."""
    rows = b""
    for x, y, across, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        rows += b"".join(b"\0" + row.tobytes() for row in SCENE[y::down, x::across])
    header = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big") + bytes([8, 2, 0, 0, 1])
    packed = zlib.compress(rows)
    parts = [chunk(b"IDAT", packed[at : at + 900]) for at in range(0, len(packed), 900)]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(parts) + chunk(b"IEND", b"")


def run_bmp() -> bytes:
    """Runs of 8 bits, in a palette of colours."""
    indices = (SCENE[..., 0] // 16).astype(np.uint8)
    rows = b""
    for row in indices[::-1]:
        starts = np.flatnonzero(np.diff(row, prepend=-1))
        lengths = np.diff(starts, append=WIDTH)
        rows += b"".join(bytes([n, row[at]]) for at, n in zip(starts.tolist(), lengths.tolist(), strict=True))
        rows += b"\0\0"
    rows += b"\0\1"
    palette = b"".join(bytes([i, 255 - i, i // 2, 0]) for i in range(256))
    start = 54 + len(palette)
    head = b"BM" + (start + len(rows)).to_bytes(4, "little") + bytes(4) + start.to_bytes(4, "little")
    numbers = (40, 4), (WIDTH, 4), (HEIGHT, 4), (1, 2), (8, 2), (1, 4), (len(rows), 4)
    return head + b"".join(n.to_bytes(s, "little") for n, s in numbers) + bytes(16) + palette + rows


def restarting_jpeg() -> bytes:
    """With a marker after every second MCU."""
    return _saved("JPEG", quality=85, restart_marker_blocks=2)


def corpus() -> Mapping[str, Kind]:
    """Every kind by its name."""
    heic = (Path(__file__).parent / "files" / "mask-64x48.heic").read_bytes()
    return {
        "png rgb": Kind(_saved("PNG"), "png"),
        "png rgba": Kind(_saved("PNG", "RGBA"), "png"),
        "png grey": Kind(_saved("PNG", "L"), "png"),
        "png palette": Kind(_saved("PNG", "P"), "png"),
        "png bilevel": Kind(_saved("PNG", "1"), "png"),
        "png interlaced": Kind(interlaced_png(), "png"),
        "png 16 bits": Kind(_coded(".png"), "png"),
        "jpeg 4:2:0": Kind(_saved("JPEG", quality=85), "jpeg"),
        "jpeg 4:4:4": Kind(_saved("JPEG", quality=90, subsampling=0), "jpeg"),
        "jpeg optimised": Kind(_saved("JPEG", quality=70, optimize=True), "jpeg"),
        "jpeg restarts": Kind(restarting_jpeg(), "jpeg"),
        "jpeg progressive": Kind(_saved("JPEG", quality=85, progressive=True), "jpeg"),
        "jpeg grey": Kind(_saved("JPEG", "L", quality=85), "jpeg"),
        "jpeg cmyk": Kind(_saved("JPEG", "CMYK", quality=85), "jpeg"),
        "webp lossy": Kind(_saved("WEBP", quality=80), "webp"),
        "webp lossy alpha": Kind(_saved("WEBP", "RGBA", quality=80), "webp"),
        "webp lossless": Kind(_saved("WEBP", lossless=True), "webp"),
        "tiff plain": Kind(_saved("TIFF"), "tiff"),
        "tiff lzw": Kind(_saved("TIFF", compression="tiff_lzw"), "tiff"),
        "tiff deflate": Kind(_saved("TIFF", compression="tiff_adobe_deflate"), "tiff"),
        "tiff packbits": Kind(_saved("TIFF", compression="packbits"), "tiff"),
        "tiff strips": Kind(_saved("TIFF", compression="tiff_lzw", strip_size=1400), "tiff"),
        "tiff 16 bits": Kind(_coded(".tiff"), "itself"),
        "tiff jpeg": Kind(_saved("TIFF", compression="jpeg"), "itself"),
        "tiff fax runs": Kind(_saved("TIFF", "1", compression="tiff_ccitt"), "tiff"),
        "tiff fax 3": Kind(_saved("TIFF", "1", compression="group3"), "tiff"),
        "tiff fax 3 2-D": Kind(_saved("TIFF", "1", compression="group3", tiffinfo={292: 1}), "tiff"),
        "tiff fax 3 filled": Kind(_saved("TIFF", "1", compression="group3", tiffinfo={292: 4}), "tiff"),
        "tiff fax 4": Kind(_saved("TIFF", "1", compression="group4"), "tiff"),
        "tiff fax 4 strips": Kind(_saved("TIFF", "1", compression="group4", strip_size=70), "tiff"),
        "bmp 24": Kind(_saved("BMP"), "bmp"),
        "bmp 32": Kind(_saved("BMP", "RGBA"), "bmp"),
        "bmp runs": Kind(run_bmp(), "bmp"),
        "gif": Kind(_saved("GIF", "P"), "gif"),
        "gif grey": Kind(_saved("GIF", "L"), "gif"),
        "avif": Kind(_saved("AVIF", quality=80), "itself"),
        "heif": Kind(heic, "itself"),
    }


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 3])):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _flip_byte(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    out[chance.randrange(len(out) // 8, len(out))] ^= chance.randrange(1, 256)
    return bytes(out)


def _block(data: bytes, chance: random.Random) -> slice:
    size = chance.choice([8, _BLOCK_BYTES, 4 * _BLOCK_BYTES])
    at = chance.randrange(max(len(data) - size // 2, 1))
    return slice(at, at + size)


def _lose_block(data: bytes, chance: random.Random) -> bytes:
    lost = _block(data, chance)
    return data[: lost.start] + data[lost.stop :]


def _zero_block(data: bytes, chance: random.Random) -> bytes:
    lost = _block(data, chance)
    return data[: lost.start] + bytes(len(data[lost])) + data[lost.stop :]


def _repeat_block(data: bytes, chance: random.Random) -> bytes:
    twice = _block(data, chance)
    return data[: twice.stop] + data[twice] + data[twice.stop :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _cut_to_zeros(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // 8, len(data))
    return data[:at] + bytes(len(data) - at)


def _more_line_feeds(data: bytes, _: random.Random) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _fewer_line_feeds(data: bytes, _: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _fix_checksums(data: bytes, chance: random.Random) -> bytes:
    """A flipped byte in a chunk of a PNG, with the checksum of what it became."""
    chunks = list(_chunks(data)) if data.startswith(b"\x89PNG") else []
    names = [number for number, (_, body) in enumerate(chunks) if body]
    if not names:
        return _flip_byte(data, chance)
    chosen = chance.choice(names[1:] or names)
    name, body = chunks[chosen]
    chunks[chosen] = (name, _flip_bits(body, chance))
    return data[:8] + b"".join(chunk(*pair) for pair in chunks)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


DAMAGE: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "bits flipped": _flip_bits,
    "byte flipped": _flip_byte,
    "checksum made right": _fix_checksums,
    "block lost": _lose_block,
    "block zeroed": _zero_block,
    "block repeated": _repeat_block,
    "cut": _cut,
    "zeros to the end": _cut_to_zeros,
    "CR before LF": _more_line_feeds,
    "CR LF to LF": _fewer_line_feeds,
}
