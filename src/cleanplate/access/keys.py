"""API key to caller. Stored keys are kept as SHA-256 only; static ones come from the environment.

A key is 256 random bits, so one unsalted hash is enough: there is no list of likely keys to try.
"""

import hmac
import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Update, bindparam, insert, select, update

from cleanplate.access.audit import AuditEntry, KeyEvent, KeyUses, audit_log, record
from cleanplate.access.callers import Caller, account_for
from cleanplate.access.rates import Rates
from cleanplate.access.static_keys import StaticKey, is_of_no_static_key, sha256_of
from cleanplate.clock import unix_ms
from cleanplate.database import reading, transaction
from cleanplate.database.tables import API_KEYS, KEY_USES
from cleanplate.errors import BadParameter, Unauthorized
from cleanplate.key_limits import TEST_PREFIX, UNLIMITED, Limits, Told, ignore
from cleanplate.usage.report import AccountDay, UsageDay, usage_of, usage_of_account

_ID_CHARS = 36
_MAX_NAME_CHARS = 100
_MAX_LIMIT = 10**9
_LIMITS = API_KEYS.c.rate_per_s, API_KEYS.c.concurrent, API_KEYS.c.images
_LIMITS_BY_ID = select(*_LIMITS).where(API_KEYS.c.id == bindparam("id"))
_BY_HASH = select(API_KEYS.c.id, API_KEYS.c.name, API_KEYS.c.account).where(
    API_KEYS.c.sha256 == bindparam("sha256"), API_KEYS.c.revoked_at_ms.is_(None)
)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a stored key.

    Attributes:
        hint: the last four characters of the secret.
        created_at_ms, revoked_at_ms: Unix milliseconds; the second is None while the key is good.
        used_at_ms: when it was used last, to some seconds; None for never.
        account: whose it is; None where it is alone.
    """

    id: str
    name: str
    hint: str
    created_at_ms: int
    revoked_at_ms: int | None
    limits: Limits = UNLIMITED
    used_at_ms: int | None = None
    account: str | None = None

    @property
    def test(self) -> bool:
        """Whether its tasks are simulated instead of done."""
        return self.id.startswith(TEST_PREFIX)


_GOOD_KEY = select(API_KEYS.c.id).where(API_KEYS.c.revoked_at_ms.is_(None))


class Access:
    """The keys of one data directory. Thread-safe; what another process creates or revokes counts at once.

    Every method raises `StorageFailed` when the database refuses.

    Args:
        static: those of the environment.
        preset: the limits of static keys, and of stored ones that are made without their own.
        actor: who makes and revokes keys here, for the audit log.
        clock_ms: Unix milliseconds.

    Attributes:
        uses: when keys are used; somebody has to call its `write`.
    """

    def __init__(
        self,
        engine: Engine,
        static: Sequence[StaticKey] = (),
        *,
        preset: Limits = UNLIMITED,
        actor: str = "server",
        clock_ms: Callable[[], int] = unix_ms,
    ) -> None:
        self._engine = engine
        self._actor = actor
        self.uses = KeyUses(engine, clock_ms=clock_ms)
        self.preset = preset
        self._rates = Rates(engine, clock_ms)
        self._static = tuple(static)

    def create(
        self, name: str, *, limits: Limits | None = None, test: bool = False, account: str | None = None
    ) -> tuple[KeyInfo, str]:
        """Make a key, with the limits of the preset when none are given.

        The secret is returned this once and kept nowhere.

        Args:
            test: for client tests: its tasks are simulated instead of done.
            account: whose it is, or the id of a key that is alone, to share what that has; None is its own.

        Raises:
            BadParameter: the name, which may be empty, is longer than 100 characters or not printable; the
                account is no fit name; or a limit is out of range.
        """
        if len(name) > _MAX_NAME_CHARS or not name.isprintable():
            raise BadParameter("the name of a key must be at most 100 printable characters")
        limits = _validate(self.preset if limits is None else limits)
        account = None if account is None else self._account(account, test=test)
        info, secret, row = self._new_key(name, limits, test=test, account=account)
        with transaction(self._engine) as connection:
            self._insert(connection, info, row)
        return info, secret

    def create_first(self, name: str) -> str | None:
        """The secret of a new key where there is none at all; of several processes one makes it."""
        if self.has_any():
            return None
        with transaction(self._engine, alone=("first key",)) as connection:
            if connection.execute(_GOOD_KEY.limit(1)).first() is not None:
                return None
            info, secret, row = self._new_key(name, self.preset, test=False, account=None)
            self._insert(connection, info, row)
        return secret

    def keys(self) -> list[KeyInfo]:
        """All stored keys, revoked ones too, oldest first."""
        column = API_KEYS.c
        shown = column.id, column.name, column.hint, column.created_at_ms, column.revoked_at_ms
        used = KEY_USES.c.last_at_ms
        statement = (
            select(*shown, used, column.account, *_LIMITS)
            .outerjoin(KEY_USES, KEY_USES.c.key_id == column.id)
            .order_by(column.created_at_ms, column.id)
        )
        with transaction(self._engine) as connection:
            return [_key_info(row) for row in connection.execute(statement)]

    def revoke(self, key_id: str) -> bool:
        """Make a stored key useless for ever. False: no good key has this id."""
        if not key_id.isprintable():
            return False
        good = API_KEYS.c.id == key_id, API_KEYS.c.revoked_at_ms.is_(None)
        with transaction(self._engine) as connection:
            values = {"revoked_at_ms": unix_ms()}
            return self._changed(connection, key_id, update(API_KEYS).where(*good).values(values), "revoked")

    def limits(self, key_id: str) -> Limits:
        """The limits of a stored key; those of the preset for any other id."""
        if any(key.caller.key_id == key_id for key in self._static):
            return self.preset
        with reading(self._engine) as connection:
            row = connection.execute(_LIMITS_BY_ID, {"id": key_id}).first()
        return self.preset if row is None else Limits(*row)

    def set_limits(self, key_id: str, limits: Limits) -> bool:
        """Replace all limits of a stored key, from its next submit on. False: no good key has this id.

        Raises:
            BadParameter: a limit is out of range.
        """
        values = asdict(_validate(limits))
        if not key_id.isprintable():
            return False
        good = API_KEYS.c.id == key_id, API_KEYS.c.revoked_at_ms.is_(None)
        with transaction(self._engine) as connection:
            return self._changed(connection, key_id, update(API_KEYS).where(*good).values(values), "limited")

    def move(self, key_id: str, account: str) -> str | None:
        """Put a stored key into an account, from its next request on; its own id makes it alone again.

        Its tasks so far, and all else that it has, stay where they are.

        Returns:
            The account; None: no good key has this id.

        Raises:
            BadParameter: the account is no fit name.
        """
        account = self._account(account, test=key_id.startswith(TEST_PREFIX))
        if not key_id.isprintable():
            return None
        good = API_KEYS.c.id == key_id, API_KEYS.c.revoked_at_ms.is_(None)
        change = update(API_KEYS).where(*good).values(account=None if account == key_id else account)
        with transaction(self._engine) as connection:
            return account if self._changed(connection, key_id, change, "moved", account) else None

    def audit(self, key_id: str | None = None, *, days: int = 30) -> list[AuditEntry]:
        """What was done with one key, or with each, in the last `days` days, oldest first."""
        return audit_log(self._engine, key_id, days=days)

    def admit(self, key_id: str, told: Told = ignore) -> Limits:
        """Count one submit of this key, and say which limits its task must respect.

        Args:
            told: given what is left of the submits a second.

        Raises:
            LimitReached: too many submits in this second.
        """
        limits = self.limits(key_id)
        if limits.rate_per_s is not None:
            self._rates.take(key_id, limits.rate_per_s, told)
        return limits

    def usage(self, key_id: str | None = None, *, days: int = 30) -> list[UsageDay]:
        """What one key, or each key, used on the last `days` days (UTC, today included), newest first."""
        with transaction(self._engine) as connection:
            return usage_of(connection, key_id, days, time.time())

    def usage_of_account(self, account: str, *, days: int = 30) -> list[AccountDay]:
        """What the keys of one account used together, day by day."""
        with transaction(self._engine) as connection:
            return usage_of_account(connection, account, days, time.time())

    def caller(self, secret: str | None) -> Caller:
        """Who this secret belongs to.

        Raises:
            Unauthorized: no secret, or not a good one; the text says nothing more.
        """
        if not secret:
            raise Unauthorized("No API-key provided.")
        if (static := self.static_caller(secret)) is not None:
            return static
        found = self._stored_caller(sha256_of(secret))
        if found is None:
            raise Unauthorized("Invalid API-key provided.")
        self.uses.note(found.key_id)
        return found

    def static_caller(self, secret: str | None) -> Caller | None:
        """Who this secret belongs to, where it is one of the environment's. It asks no database."""
        sha256 = sha256_of(secret or "")
        # Every digest is compared: the time taken tells nothing about which one fits.
        fits = [key.caller for key in self._static if hmac.compare_digest(key.sha256, sha256)]
        if not fits:
            return None
        self.uses.note(fits[0].key_id)
        return fits[0]

    def has_any(self) -> bool:
        """Whether anybody could be let in."""
        if self._static:
            return True
        with reading(self._engine) as connection:
            return connection.execute(_GOOD_KEY.limit(1)).first() is not None

    def _new_key(
        self, name: str, limits: Limits, *, test: bool, account: str | None
    ) -> tuple[KeyInfo, str, dict[str, Any]]:
        """A key, its secret, and its row."""
        secret = (TEST_PREFIX if test else "cp-") + secrets.token_urlsafe(32)
        key_id = (TEST_PREFIX if test else "") + str(uuid.uuid4())
        info = KeyInfo(key_id[:_ID_CHARS], name, secret[-4:], unix_ms(), None, limits, None, account)
        row = {
            "id": info.id,
            "name": info.name,
            "hint": info.hint,
            "created_at_ms": info.created_at_ms,
            "sha256": sha256_of(secret),
            "account": account,
            **asdict(limits),
        }
        return info, secret, row

    def _insert(self, connection: Connection, info: KeyInfo, row: Mapping[str, Any]) -> None:
        connection.execute(insert(API_KEYS).values(row))
        record(connection, info.id, "made", self._actor, info.created_at_ms, info.account)

    def _account(self, account: str, *, test: bool) -> str:
        """The account of this name. Raises `BadParameter`: it cannot be one, or a later key will get it."""
        account = account_for(account, test=test)
        if is_of_no_static_key(self._engine, account):
            raise BadParameter(
                f"no key of CLEANPLATE_API_KEYS is {account} yet; one that comes would be let in"
            )
        return account

    def _changed(
        self,
        connection: Connection,
        key_id: str,
        change: Update,
        event: KeyEvent,
        account: str | None = None,
    ) -> bool:
        """Change one key, and write that into the audit log. False: there was nothing to change."""
        if connection.execute(change).rowcount != 1:
            return False
        record(connection, key_id, event, self._actor, unix_ms(), account)
        return True

    def _stored_caller(self, sha256: str) -> Caller | None:
        with reading(self._engine) as connection:
            row = connection.execute(_BY_HASH, {"sha256": sha256}).first()
            return None if row is None else Caller(row.id, row.name, row.account or row.id)


def _key_info(row: Row[*tuple[Any, ...]]) -> KeyInfo:
    key_id, name, hint, created_at_ms, revoked_at_ms, used_at_ms, account, *limits = row
    return KeyInfo(key_id, name, hint, created_at_ms, revoked_at_ms, Limits(*limits), used_at_ms, account)


def _validate(limits: Limits) -> Limits:
    rate, counts = limits.rate_per_s, (limits.concurrent, limits.images)
    if rate is not None and not 0 < rate <= _MAX_LIMIT:
        raise BadParameter("the requests per second must be more than 0")
    if any(count is not None and not 0 <= count <= _MAX_LIMIT for count in counts):
        raise BadParameter("the open tasks and the images must be 0 or more")
    return limits
