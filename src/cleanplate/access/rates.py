"""Submits a second: one token bucket for each key, a row that all processes on the database share."""

import math
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, case, literal, select

from cleanplate.clock import unix_ms
from cleanplate.database import insert_or_update, transaction
from cleanplate.database.tables import RATES
from cleanplate.errors import LimitReached
from cleanplate.key_limits import Allowance, Told, ignore

_ROW = RATES.c
_BY_KEY = select(_ROW.tokens, _ROW.at_ms).where(_ROW.key_id == bindparam("key_id"))


class Rates:
    """The buckets of one database. Thread-safe, and exact beside other processes on the same database.

    Args:
        clock_ms: Unix milliseconds. While they go back, no bucket fills.
    """

    def __init__(self, engine: Engine, clock_ms: Callable[[], int] = unix_ms) -> None:
        self._engine = engine
        self._clock_ms = clock_ms

    def take(self, key_id: str, rate_per_s: float, told: Told = ignore) -> None:
        """Spend one token of this key; the bucket holds `max(1, rate_per_s)`.

        Args:
            told: given what is left.

        Raises:
            LimitReached: it is empty; says in how many whole seconds there is one again.
            StorageFailed: the database refused.
        """
        most, now_ms = max(1.0, rate_per_s), self._clock_ms()
        # Lost in a power cut, a bucket is a second fuller than it should be.
        with transaction(self._engine, durable=False) as connection:
            left = _spent(connection, key_id, rate_per_s, most, now_ms)
            if left is not None:
                told(_allowance(most, left, math.ceil((most - left) / rate_per_s), rate_per_s))
                return
            tokens, at_ms = connection.execute(_BY_KEY, {"key_id": key_id}).one()
        held = min(most, tokens + max(0, now_ms - at_ms) * rate_per_s / 1000)
        wait_s = max(1, math.ceil((1.0 - held) / rate_per_s))
        told(_allowance(most, 0.0, wait_s, rate_per_s))
        raise LimitReached("too many requests in a second", kind="rate", retry_after_s=wait_s)


def _spent(connection: Connection, key_id: str, rate_per_s: float, most: float, now_ms: int) -> float | None:
    """Fill the bucket up to now and take one token, in one statement: what is left.

    None: it holds less than one.
    """
    later_ms = _largest(_ROW.at_ms, literal(now_ms))
    held = _ROW.tokens + (later_ms - _ROW.at_ms) * rate_per_s / 1000
    held = case((held > most, most), else_=held)
    new = insert_or_update(connection, RATES).values(key_id=key_id, tokens=most - 1, at_ms=now_ms)
    taken = new.on_conflict_do_update(
        index_elements=["key_id"], set_={"tokens": held - 1, "at_ms": later_ms}, where=held >= 1
    )
    left = connection.execute(taken.returning(_ROW.tokens)).scalar()
    return None if left is None else float(left)


def _allowance(most: float, left: float, reset_s: int, rate_per_s: float) -> Allowance:
    window_s = max(1, math.ceil(most / rate_per_s))
    return Allowance("rate", int(most), int(left), max(1, reset_s), window_s)


def _largest(first: ColumnElement[int], second: ColumnElement[int]) -> ColumnElement[int]:
    return case((first > second, first), else_=second)
