"""Files that are small to send and take a decoder's time or memory: TIFFs of many pages, of one huge tile."""

import base64
import json
import re
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, mask, two_keys
from benchmarks.chaos.victim import KEY, Victim, family

PAGES: Final = 40_000
TILE: Final = (65_520, 32_000)
_LONGEST_S: Final = 120.0
_ENDED: Final = ("succeeded", "failed", "cancelled")
_START: Final = 8


def _directory(tags: list[tuple[int, int]], following: int) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def many_pages() -> bytes:
    """A TIFF of 12 x 8 grey pixels, and 39,999 more pages that say that they are it made smaller."""
    pixels, out = bytes(96), bytearray()
    tags = [(256, 12), (257, 8), (258, 8), (259, 1), (262, 1), (273, _START), (277, 1), (278, 8), (279, 96)]
    for number in range(PAGES):
        kind = [(254, 1)] if number else []
        size = 2 + 12 * len(kind + tags) + 4
        here = _START + len(pixels) + len(out)
        out += _directory(kind + tags, here + size if number < PAGES - 1 else 0)
    return b"II*\0" + struct.pack("<I", _START + len(pixels)) + pixels + bytes(out)


def huge_tile() -> bytes:
    """A TIFF of 600 x 600 grey pixels, all of it in one packed tile."""
    width, height = TILE
    packed = zlib.compress(bytes(width) * 600, 9)
    tags = [(256, 600), (257, 600), (258, 8), (259, 8), (262, 1), (277, 1), (322, width), (323, height)]
    tags += [(324, _START), (325, len(packed))]
    return b"II*\0" + struct.pack("<I", _START + len(packed)) + packed + _directory(tags, 0)


def black(side: int = 9_000) -> bytes:
    """A PNG of one colour, close to the most pixels that are taken."""
    return cv2.imencode(".png", np.zeros((side, side), np.uint8))[1].tobytes()


def _body(image: bytes) -> bytes:
    given = {"image": {"base64": base64.b64encode(image).decode()}, "mask": {"base64": _text(mask())}}
    return json.dumps({"edit": "erase", **given}).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def family_mb(pid: int) -> float:
    """What a process and all below it have for themselves, shared pages counted once each by share."""
    total_kb = 0
    for one in family(pid):
        with suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            total_kb += sum(map(int, re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)))
    return total_kb * 1024 / 1e6


def _weigh(victim: Victim, peak: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.02):
        peak[0] = max(peak[0], family_mb(victim.pid))


def attack() -> Iterator[Row]:
    """How soon each ends, what memory of all processes it took, and what another key waits meanwhile."""
    for name, image in (("40,000 pages", many_pages()), ("a tile of 65,520 x 32,000", huge_tile())):
        with two_keys() as victim:
            client, other = Client(victim, KEY), Client(victim, OTHER)
            other.wait_for(other.accepted(erase_body()), *_ENDED, longest_s=_LONGEST_S)
            peak, stop = [before := family_mb(victim.pid)], threading.Event()
            watch = threading.Thread(target=_weigh, args=(victim, peak, stop))
            watch.start()
            began_s, bomb = time.perf_counter(), client.accepted(_body(image))
            neighbour = other.accepted(erase_body())
            started_s = other.wait_for(neighbour, "running", *_ENDED, longest_s=_LONGEST_S)
            client.wait_for(bomb, *_ENDED, longest_s=_LONGEST_S)
            ended_s = time.perf_counter() - began_s
            stop.set()
            watch.join()
        yield Row(f"TIFF with {name}: until it has ended", ended_s, 10, "s")
        yield Row(f"TIFF with {name}: another key's task starts after", started_s, 1, "s")
        yield Row(f"TIFF with {name}: memory of all processes", peak[0] - before, 300, "MB more")
