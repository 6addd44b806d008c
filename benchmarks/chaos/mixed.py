"""2,000 edits of all kinds in one server, and what all its processes together hold after each 200."""

import base64
import http
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import picture
from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import Client
from benchmarks.chaos.victim import KEY, Victim, family, running, task_states, wait_for_all

EDITS: Final = 2000
EVERY: Final = 200
SEED: Final = 14
_SHORTEST_PX, _LONGEST_PX = 64, 224
_WORD_PX: Final = 150
"""So wide is what `remove_text` is to find, at full size; cut off, it may be taken for no writing."""
_FILES: Final = (".png", ".jpg", ".webp")
_LONGEST_QUEUE_S: Final = "86400"
_LONGEST_S: Final = 300.0
_CALM_S: Final = 2.0

_KINDS: Final[tuple[Mapping[str, Any], ...]] = (
    {"edit": "erase"},
    {"edit": "erase", "parameters": {"fast": True}},
    {"edit": "inpaint"},
    {"edit": "expand", "parameters": {"right": 1.3, "top": 1.2}},
    {"edit": "remove_text"},
    {"edit": "upscale", "parameters": {"factor": 2}},
    {"edit": "stylize", "parameters": {"prompt": "watercolour"}},
    {"edit": "stylize_local", "parameters": {"prompt": "turn it to ice"}},
)
_MASKED: Final = ("erase", "inpaint", "stylize_local")


def held_mb(victim: Victim) -> float:
    """Memory of the server and all its processes; what several share counts once."""
    total_kb = 0
    for pid in family(victim.pid):
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total_kb += int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0])
    return total_kb * 1024 / 1e6


def _encoded(array: NDArray[np.uint8], kind: str) -> dict[str, str]:
    return {"base64": base64.b64encode(cv2.imencode(kind, array)[1].tobytes()).decode()}


def _body(photo: NDArray[np.uint8], number: int) -> bytes:
    """Edit `number` of the series: one of the kinds, of a part of the photograph."""
    chance = random.Random(f"{SEED}-{number}")  # noqa: S311 - chance that can be repeated
    kind = _KINDS[number % len(_KINDS)]
    width, height = (chance.randint(_SHORTEST_PX, _LONGEST_PX) for _ in range(2))
    left, top = chance.randint(0, _LONGEST_PX - width), chance.randint(0, _LONGEST_PX - height)
    part = photo[top : top + height, left : left + width].copy()
    if kind["edit"] == "remove_text":
        size = min(1.0, width / _WORD_PX)
        cv2.putText(part, f"No {number}", (4, height // 2), cv2.FONT_HERSHEY_SIMPLEX, size, (255,) * 3, 2)
    body = {**kind, "image": _encoded(part, chance.choice(_FILES))}
    if kind["edit"] in _MASKED:
        hole = np.zeros((height, width), np.uint8)
        axes = chance.randint(3, width // 4), chance.randint(3, height // 4)
        cv2.ellipse(hole, (width // 2, height // 2), axes, 30, 0, 360, 255, -1)
        body["mask"] = _encoded(hole, ".png")
    return json.dumps(body).encode()


def attack() -> Iterator[Row]:
    """What the processes hold after the first 200 edits, and after all."""
    photo, held = picture.photo(_LONGEST_PX), list[float]()
    refused = Counter[int]()
    with running(MAX_QUEUE_WAIT_S=_LONGEST_QUEUE_S) as victim:
        for start in range(0, EDITS, EVERY):
            client = Client(victim, KEY)  # a connection that is idle for long is closed
            for number in range(start, start + EVERY):
                reply = client.submit(_body(photo, number))
                refused[reply.status] += reply.status != http.HTTPStatus.ACCEPTED
            wait_for_all(victim, longest_s=_LONGEST_S)
            time.sleep(_CALM_S)
            held.append(held_mb(victim))
        states = task_states(victim.data)
    grown = 100 * (held[-1] / held[0] - 1)
    name = f"{EDITS} edits of {len(_KINDS)} kinds, {held[0]:.0f} MB after {EVERY}, {held[-1]:.0f} at the end"
    yield Row(f"{name}: not accepted", refused.total(), 0, "edits")
    yield Row(f"{name}: end well", states["succeeded"], EDITS, "edits", least=True)
    yield Row(f"{name}: memory of all processes", grown, 5, "% more")
