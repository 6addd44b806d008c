"""PNG (third edition)."""

import zlib

import numpy as np
from numpy.typing import NDArray
from tests.unit.codecs.strict import demand

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def read(data: bytes) -> NDArray[np.uint16]:
    """(H, W, C); indices become red, green and blue."""
    chunks = _chunks(data)
    header = chunks[b"IHDR"]
    demand(len(header) == 13)
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits, channels = header[8], _CHANNELS[header[9]]
    inflate = zlib.decompressobj()
    rows = inflate.decompress(chunks[b"IDAT"])
    demand(inflate.eof)
    out = np.zeros((height, width, channels), np.uint16)
    at = 0
    for x, y, across, down in _PASSES if header[12] else ((0, 0, 1, 1),):
        part = out[y::down, x::across]
        if part.size:
            at = _pass(part, rows, at, bits)
    demand(at == len(rows))
    if header[9] == 3:
        return np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)[out[..., 0]].astype(np.uint16)
    return out


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at, last = 8, b""
    while at < len(data) and last != b"IEND":
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        demand(data[at + 8 + size : at + 12 + size] == zlib.crc32(name + body).to_bytes(4, "big"), "checksum")
        demand(name != b"IDAT" or last == name or name not in found)
        found[name] = found.get(name, b"") + body if name == b"IDAT" else body
        at, last = at + 12 + size, name
    return found


def _pass(part: NDArray[np.uint16], rows: bytes, at: int, bits: int) -> int:
    height, width, channels = part.shape
    size, step = -(-width * channels * bits // 8), max(channels * bits // 8, 1)
    before = [0] * size
    for y in range(height):
        demand(at + 1 + size <= len(rows), "rows")
        before = _unfiltered(rows[at], list(rows[at + 1 : at + 1 + size]), before, step)
        at += 1 + size
        part[y] = _unpacked(bytes(before), bits)[: width * channels].reshape(width, channels)
    return at


def _unfiltered(kind: int, row: list[int], before: list[int], step: int) -> list[int]:
    demand(kind < 5, "filter")
    for i in range(len(row)):
        left, corner = (row[i - step], before[i - step]) if i >= step else (0, 0)
        guess = (0, left, before[i], (left + before[i]) // 2, _paeth(left, before[i], corner))[kind]
        row[i] = row[i] + guess & 255
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    far = left + above - corner
    return min((abs(far - left), 0, left), (abs(far - above), 1, above), (abs(far - corner), 2, corner))[2]


def _unpacked(row: bytes, bits: int) -> NDArray[np.uint16]:
    if bits == 16:
        return np.frombuffer(row, ">u2").astype(np.uint16)
    spread = np.unpackbits(np.frombuffer(row, np.uint8)).reshape(-1, bits)
    return spread.astype(np.uint16) @ (1 << np.arange(bits)[::-1]).astype(np.uint16)
