"""The keys of the environment. Each keeps the number that it got when it was new, wherever it stands later.

Were a key known by its place alone, whoever reorders the list would give one's tasks to another.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select, update

from cleanplate.access.callers import Caller
from cleanplate.database import transaction
from cleanplate.database.tables import STATIC_KEYS
from cleanplate.key_limits import TEST_PREFIX

_ROW = STATIC_KEYS.c
_NAME = re.compile(rf"(?:{TEST_PREFIX})?static-(\d{{1,9}})")


@dataclass(frozen=True, slots=True)
class StaticKey:
    """One key of the environment: who it is, and its secret's SHA-256 in hexadecimal."""

    caller: Caller
    sha256: str


def static_keys(engine: Engine, secrets: Sequence[str], mac: Callable[[str], bytes]) -> list[StaticKey]:
    """The keys with these secrets, with the numbers that they had before. New ones get numbers of their own.

    A key that an earlier version numbered by its place has that number at the first start of this one.

    Args:
        mac: what is stored of a secret, 32 bytes. Such secrets may be short ones: it has to be keyed, and the
            key to lie elsewhere than the database.

    Raises:
        StorageFailed: the database refused.
    """
    macs = [mac(f"static key\n{sha256_of(secret)}").hex() for secret in secrets]
    if not macs:
        return []
    numbers = _numbers(engine)
    if None in numbers.values() or not set(macs) <= set(numbers.values()):
        with transaction(engine, alone=("static keys",)) as connection:
            _remember(connection, macs)
        numbers = _numbers(engine)
    number_of = {found: number for number, found in numbers.items()}
    return [
        StaticKey(_caller(number_of[found], secret), sha256_of(secret))
        for found, secret in zip(macs, secrets, strict=True)
    ]


def is_of_no_static_key(engine: Engine, account: str) -> bool:
    """Whether an account is named as that of a key of the environment, and no key ever had this number."""
    named = _NAME.fullmatch(account)
    return named is not None and int(named[1]) not in _numbers(engine)


def sha256_of(secret: str) -> str:
    """In hexadecimal."""
    # Bytes that are no UTF-8 come out of headers and environments as lone surrogates.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _numbers(engine: Engine) -> dict[int, str | None]:
    with transaction(engine) as connection:
        return {row.number: row.mac for row in connection.execute(select(_ROW.number, _ROW.mac))}


def _remember(connection: Connection, macs: Sequence[str]) -> None:
    known = set(connection.execute(select(_ROW.mac)).scalars())
    for place, found in enumerate(macs, start=1):
        if found in known:
            continue
        known.add(found)
        by_place = update(STATIC_KEYS).where(_ROW.number == place, _ROW.mac.is_(None))
        if not connection.execute(by_place.values(mac=found)).rowcount:
            last = connection.execute(select(func.max(_ROW.number))).scalar() or 0
            connection.execute(insert(STATIC_KEYS).values(number=last + 1, mac=found))
    # What is left of the old numbers is nobody's: no later key may find somebody's tasks behind it.
    connection.execute(update(STATIC_KEYS).where(_ROW.mac.is_(None)).values(mac=""))


def _caller(number: int, secret: str) -> Caller:
    name = f"{TEST_PREFIX if secret.startswith(TEST_PREFIX) else ''}static-{number}"
    return Caller(name, name, name)
