"""One stored key: what may be shown of it, and what a new one is made of."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select

from cleanplate.access.static_keys import sha256_of
from cleanplate.clock import unix_ms
from cleanplate.database.tables import API_KEYS, KEY_USES
from cleanplate.errors import BadParameter
from cleanplate.key_limits import TEST_PREFIX, UNLIMITED, Limits

LIMITS: Final = API_KEYS.c.rate_per_s, API_KEYS.c.concurrent, API_KEYS.c.images
MOST_LIMIT: Final = 10**9
MOST_NAME_CHARS: Final = 100
_ID_CHARS: Final = 36
_ROW: Final = API_KEYS.c


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a stored key.

    Attributes:
        hint: the last four characters of the secret.
        created_at_ms, revoked_at_ms: Unix milliseconds; the second is None while the key is good.
        used_at_ms: when it was used last, to some seconds; None for never.
        account: whose it is; None where it is alone.
        admin: whether it may look after the server.
    """

    id: str
    name: str
    hint: str
    created_at_ms: int
    revoked_at_ms: int | None
    limits: Limits = UNLIMITED
    used_at_ms: int | None = None
    account: str | None = None
    admin: bool = False

    @property
    def test(self) -> bool:
        """Whether its tasks are simulated instead of done."""
        return self.id.startswith(TEST_PREFIX)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is not stored yet.

    Attributes:
        row: of the table; the secret is in it as SHA-256 alone.
    """

    info: KeyInfo
    secret: str
    row: dict[str, Any]


def new_key(name: str, limits: Limits, *, test: bool, account: str | None, admin: bool) -> NewKey:
    """Make one.

    Raises:
        BadParameter: the name is longer than 100 characters or not printable, a limit is out of range, or a
            key for tests were an admin's.
    """
    if len(name) > MOST_NAME_CHARS or not name.isprintable():
        raise BadParameter("the name of a key must be at most 100 printable characters")
    if test and admin:
        raise BadParameter("a key for tests cannot be an admin key: its work is not real")
    checked_limits(limits)
    secret = (TEST_PREFIX if test else "cp-") + secrets.token_urlsafe(32)
    key_id = ((TEST_PREFIX if test else "") + str(uuid.uuid4()))[:_ID_CHARS]
    info = KeyInfo(key_id, name, secret[-4:], unix_ms(), None, limits, None, account, admin)
    row = {
        "id": info.id,
        "name": info.name,
        "hint": info.hint,
        "created_at_ms": info.created_at_ms,
        "sha256": sha256_of(secret),
        "account": account,
        "admin": admin,
        **asdict(limits),
    }
    return NewKey(info, secret, row)


def checked_limits(limits: Limits) -> Limits:
    """The same. Raises `BadParameter`: one is out of range."""
    rate, counts = limits.rate_per_s, (limits.concurrent, limits.images)
    if rate is not None and not 0 < rate <= MOST_LIMIT:
        raise BadParameter("the requests per second must be more than 0")
    if any(count is not None and not 0 <= count <= MOST_LIMIT for count in counts):
        raise BadParameter("the open tasks and the images must be 0 or more")
    return limits


def select_keys(order: Sequence[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    """All stored keys, as `key_info` reads them."""
    shown = _ROW.id, _ROW.name, _ROW.hint, _ROW.created_at_ms, _ROW.revoked_at_ms
    last_use = KEY_USES.c.last_at_ms
    found = select(*shown, last_use, _ROW.account, _ROW.admin, *LIMITS)
    return found.outerjoin(KEY_USES, KEY_USES.c.key_id == _ROW.id).order_by(*order)


def key_info(row: Row[*tuple[Any, ...]]) -> KeyInfo:
    """One row of `select_keys`."""
    key_id, name, hint, made_ms, revoked_ms, used_ms, account, admin, *limits = row
    return KeyInfo(key_id, name, hint, made_ms, revoked_ms, Limits(*limits), used_ms, account, admin)
