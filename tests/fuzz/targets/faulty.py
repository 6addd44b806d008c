"""Targets with a fault on purpose, which show that faults are seen; only their tests try them."""

import ctypes
import time
from collections.abc import Mapping
from typing import Final

import numpy as np
from tests.fuzz.target import Target

_KINDS: Final = ("raised", "crashed", "hung", "memory")
_BYTES: Final = 400 * 2**20


class _Faulty:
    """Does what an input of this kind says when it comes for the second time: the first is the warm-up."""

    def __init__(self, kind: str) -> None:
        self._kind, self._seen = kind, 0

    def run(self, data: bytes) -> str:
        self._seen += data.decode() == self._kind
        if data.decode() == self._kind and self._seen > 1:
            self._break()
        return "fine"

    def _break(self) -> None:
        match self._kind:
            case "raised":
                raise RuntimeError
            case "crashed":
                ctypes.string_at(0)
            case "hung":
                time.sleep(60)
            case _:
                np.ones(_BYTES, np.uint8)


def _seeds() -> Mapping[str, bytes]:
    return {word: word.encode() for word in ("first", *_KINDS, "last")}


TARGETS: Final = tuple(Target(f"faulty-{kind}", _Faulty(kind).run, _seeds) for kind in _KINDS)
