"""Rows with values of every kind, for every table."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    String,
    insert,
)
from sqlalchemy.types import TypeEngine

from cleanplate.relocation.row_copy import TABLES

JSONS: Final[Sequence[Any]] = (
    {},
    [],
    {"a": 1, "ü": [None, True, 1.5, 1e300, -0.0, 2**60], "\ud800": "\x00\u2028"},
    [["Content-Type", "application/json"]],
    "text",
    0,
)
"""What JSON may hold and a text of Postgres may not, too."""


VALUES: Final[Mapping[type[TypeEngine[Any]], Sequence[Any]]] = {
    JSON: JSONS,
    Boolean: (False, True),
    Float: (0.0, -1e15, 1 / 3, 5e-324, 123456789012.375),
    BigInteger: (0, 1, 1_700_000_000_123, 2**62),
    Integer: (0, -5, 2**31 - 1),
    LargeBinary: (b"", b"\x00", bytes(range(256)) * 12),
    String: ("", "a", "Ärger & 面具 🎭", "'; DROP TABLE tasks; --", "%s %(a)s :b \\", "\t\r\n", "x" * 900),
}
FIXED: Final[dict[str, dict[str, Any]]] = {
    "tasks": {"state": "succeeded"},
    "deliveries": {"sender_id": None, "lease_until_ms": None},
    "workers": {"lease_until_ms": 1},
}
"""Of what has ended, and of who has left."""


def fill(connection: Connection, count: int, *, seed: int) -> None:
    """`count` rows for each table."""
    chance = random.Random(seed)
    for table in TABLES:
        rows = [
            {column.name: _value(column, number, chance) for column in table.c} for number in range(count)
        ]
        rows = [row | FIXED.get(table.name, {}) for row in rows]
        connection.execute(insert(table), rows)


def _value(column: Column[Any], number: int, chance: random.Random) -> Any:
    if column.primary_key:
        return number + 1 if isinstance(column.type, Integer) else f"{number:05}"
    if column.name == "sha256":  # of a key: there is one of each
        return f"{number:064}"
    if column.nullable and chance.random() < 0.3:
        return None
    value = chance.choice(next(VALUES[kind] for kind in VALUES if isinstance(column.type, kind)))
    return value[: column.type.length or len(value)] if isinstance(column.type, String) else value
