"""API key to caller. Stored keys are kept as SHA-256 only; static ones come from the environment.

A key is 256 random bits, so one unsalted hash is enough: there is no list of likely keys to try.
"""

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, insert, select, update

from cleanplate.database import transaction
from cleanplate.database.tables import API_KEYS
from cleanplate.errors import BadParameter, Unauthorized

_LONGEST_NAME = 100
_BY_HASH = select(API_KEYS.c.id, API_KEYS.c.name).where(
    API_KEYS.c.sha256 == bindparam("sha256"), API_KEYS.c.revoked_at_ms.is_(None)
)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a stored key.

    Attributes:
        hint: the last four characters of the secret.
        created_at_ms, revoked_at_ms: Unix milliseconds; the second is None while the key is good.
    """

    id: str
    name: str
    hint: str
    created_at_ms: int
    revoked_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a stored key's id and name, or `static-1`, `static-2`, ... for one of the environment."""

    key_id: str
    name: str


class Access:
    """The keys of one data directory. Thread-safe; what another process creates or revokes counts at once.

    Every method raises `StorageFailed` when the database refuses.
    """

    def __init__(self, engine: Engine, static_keys: Sequence[str]) -> None:
        self._engine = engine
        self._static = [
            (Caller(f"static-{number}", f"static-{number}"), _sha256(secret))
            for number, secret in enumerate(static_keys, start=1)
        ]

    def create(self, name: str) -> tuple[KeyInfo, str]:
        """Make a key. The secret is returned this once and kept nowhere.

        Raises:
            BadParameter: the name, which may be empty, is longer than 100 characters or not printable.
        """
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise BadParameter("the name of a key must be at most 100 printable characters")
        secret = "cp-" + secrets.token_urlsafe(32)
        info = KeyInfo(str(uuid.uuid4()), name, secret[-4:], time.time_ns() // 1_000_000, None)
        row = {
            "id": info.id,
            "name": info.name,
            "hint": info.hint,
            "created_at_ms": info.created_at_ms,
            "sha256": _sha256(secret),
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(API_KEYS).values(row))
        return info, secret

    def keys(self) -> list[KeyInfo]:
        """All stored keys, revoked ones too, oldest first."""
        column = API_KEYS.c
        statement = select(column.id, column.name, column.hint, column.created_at_ms, column.revoked_at_ms)
        with transaction(self._engine) as connection:
            return [
                KeyInfo(*row)
                for row in connection.execute(statement.order_by(column.created_at_ms, column.id))
            ]

    def revoke(self, key_id: str) -> bool:
        """Make a stored key useless for ever. False: no good key has this id."""
        if not key_id.isprintable():
            return False
        good = API_KEYS.c.id == key_id, API_KEYS.c.revoked_at_ms.is_(None)
        with transaction(self._engine) as connection:
            done = connection.execute(
                update(API_KEYS).where(*good).values(revoked_at_ms=time.time_ns() // 1_000_000)
            )
            return done.rowcount == 1

    def caller(self, secret: str | None) -> Caller:
        """Who this secret belongs to.

        Raises:
            Unauthorized: no secret, or not a good one; the text says nothing more.
        """
        if not secret:
            raise Unauthorized("No API-key provided.")
        found = self._static_caller(_sha256(secret)) or self._stored_caller(_sha256(secret))
        if found is None:
            raise Unauthorized("Invalid API-key provided.")
        return found

    def has_any(self) -> bool:
        """Whether anybody could be let in."""
        return bool(self._static) or any(key.revoked_at_ms is None for key in self.keys())

    def _static_caller(self, sha256: str) -> Caller | None:
        # Every digest is compared: the time taken tells nothing about which one fits.
        fits = [caller for caller, digest in self._static if hmac.compare_digest(digest, sha256)]
        return fits[0] if fits else None

    def _stored_caller(self, sha256: str) -> Caller | None:
        with transaction(self._engine) as connection:
            row = connection.execute(_BY_HASH, {"sha256": sha256}).first()
            return None if row is None else Caller(row[0], row[1])


def _sha256(secret: str) -> str:
    # Bytes that are no UTF-8 come out of headers and environments as lone surrogates.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
