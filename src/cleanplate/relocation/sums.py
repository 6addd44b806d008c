"""Sums over many things in no order: equal sums, equal things. Nothing is held but the sum."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_BITS: Final = 256


@dataclass(slots=True)
class Checksum:
    """Of rows, or of the names and sizes of blobs.

    Attributes:
        count: of the things.
        digest: of their SHA-256 the sum, modulo 2**256.
    """

    count: int = 0
    digest: int = 0

    def add(self, thing: bytes) -> None:
        """One more."""
        self.count += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(thing).digest())) % 2**_BITS


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """A row as any database gives it back: equal values, equal bytes."""
    return json.dumps(list(row.values()), default=bytes.hex, sort_keys=True).encode()
