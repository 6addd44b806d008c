"""The stored keys of one database, as whoever looks after them makes, changes and revokes them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, Engine, Update, func, insert, select, update

from cleanplate.access.audit import AuditEntry, KeyEvent, audit_log, record
from cleanplate.access.callers import account_for
from cleanplate.access.key_info import KeyInfo, NewKey, checked_limits, key_info, new_key, select_keys
from cleanplate.access.static_keys import is_of_no_static_key
from cleanplate.clock import unix_ms
from cleanplate.database import reading, transaction
from cleanplate.database.tables import API_KEYS
from cleanplate.errors import BadParameter
from cleanplate.key_limits import TEST_PREFIX, UNLIMITED, Limits

_ROW: Final = API_KEYS.c
GOOD_KEY: Final = select(_ROW.id).where(_ROW.revoked_at_ms.is_(None))
_GOOD_ADMIN: Final = GOOD_KEY.where(_ROW.admin)


class LastAdminKey(BadParameter):
    """Without this key nobody could look after the server any more."""


class KeyBook:
    """The stored keys. Thread-safe; what another process creates or revokes counts at once.

    Every method raises `StorageFailed` when the database refuses. `by`: who does it, for the audit log; None
    is `actor`.

    Args:
        preset: the limits of keys that are made without their own.
        actor: who makes and revokes keys here.
    """

    def __init__(self, engine: Engine, *, preset: Limits = UNLIMITED, actor: str = "server") -> None:
        self._engine = engine
        self._actor = actor
        self.preset = preset

    def create(
        self,
        name: str,
        *,
        limits: Limits | None = None,
        test: bool = False,
        account: str | None = None,
        admin: bool = False,
        by: str | None = None,
    ) -> tuple[KeyInfo, str]:
        """Make a key, with the limits of the preset when none are given.

        The secret is returned this once and kept nowhere.

        Args:
            test: for client tests: its tasks are simulated instead of done.
            account: whose it is, or the id of a key that is alone, to share what that has; None is its own.
            admin: it may look after the server.

        Raises:
            BadParameter: the name, which may be empty, is longer than 100 characters or not printable; the
                account is no fit name; a limit is out of range; or it were for tests and an admin's.
        """
        account = None if account is None else self._account(account, test=test)
        chosen = self.preset if limits is None else limits
        made = new_key(name, chosen, test=test, account=account, admin=admin)
        with transaction(self._engine) as connection:
            self._insert(connection, made, by)
        return made.info, made.secret

    def create_first(self, name: str) -> str | None:
        """The secret of a new admin key where there is no key at all; of several processes one makes it."""
        if self.has_any():
            return None
        with transaction(self._engine, alone=("first key",)) as connection:
            if connection.execute(GOOD_KEY.limit(1)).first() is not None:
                return None
            made = new_key(name, self.preset, test=False, account=None, admin=True)
            self._insert(connection, made, None)
        return made.secret

    def keys(self) -> list[KeyInfo]:
        """All stored keys, revoked ones too, oldest first."""
        with transaction(self._engine) as connection:
            return [key_info(row) for row in connection.execute(select_keys((_ROW.created_at_ms, _ROW.id)))]

    def key_page(self, *, page_no: int, page_size: int) -> tuple[list[KeyInfo], int]:
        """One page of them, from 1 on, good ones first and of these the newest; and how many there are."""
        order = _ROW.revoked_at_ms.is_not(None), _ROW.created_at_ms.desc(), _ROW.id
        rows = select_keys(order).limit(page_size).offset((page_no - 1) * page_size)
        with transaction(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(API_KEYS)).scalar_one()
            return [key_info(row) for row in connection.execute(rows)], total

    def key(self, key_id: str) -> KeyInfo | None:
        """The stored key of this id, be it good or revoked."""
        if not key_id.isprintable():
            return None
        with transaction(self._engine) as connection:
            row = connection.execute(select_keys(()).where(_ROW.id == key_id)).first()
        return None if row is None else key_info(row)

    def revoke(self, key_id: str, *, by: str | None = None, keeps_admin: bool = False) -> bool:
        """Make a stored key useless for ever. False: no good key has this id.

        Args:
            keeps_admin: not the last admin key.

        Raises:
            LastAdminKey: it is.
        """
        if not key_id.isprintable():
            return False
        with transaction(self._engine, alone=("admin keys",)) as connection:
            if keeps_admin and list(connection.execute(_GOOD_ADMIN.limit(2)).scalars()) == [key_id]:
                raise LastAdminKey(
                    "this is the last admin key: make another one first, or revoke it on the machine of the "
                    "server by `cleanplate keys revoke`"
                )
            return self._change(connection, key_id, {"revoked_at_ms": unix_ms()}, "revoked", by=by)

    def set_admin(self, key_id: str, admin: bool) -> bool:
        """Give a stored key the right to look after the server, or take it. False: no good key has this id.

        Raises:
            BadParameter: a key for tests cannot have it.
        """
        if admin and key_id.startswith(TEST_PREFIX):
            raise BadParameter("a key for tests cannot be an admin key: its work is not real")
        if not key_id.isprintable():
            return False
        with transaction(self._engine, alone=("admin keys",)) as connection:
            return self._change(connection, key_id, {"admin": admin}, "admin" if admin else "not admin")

    def has_admin(self) -> bool:
        """Whether any good key may look after the server."""
        with reading(self._engine) as connection:
            return connection.execute(_GOOD_ADMIN.limit(1)).first() is not None

    def set_limits(self, key_id: str, limits: Limits) -> bool:
        """Replace all limits of a stored key, from its next submit on. False: no good key has this id.

        Raises:
            BadParameter: a limit is out of range.
        """
        values = asdict(checked_limits(limits))
        if not key_id.isprintable():
            return False
        with transaction(self._engine) as connection:
            return self._change(connection, key_id, values, "limited")

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
        values = {"account": None if account == key_id else account}
        with transaction(self._engine) as connection:
            return account if self._change(connection, key_id, values, "moved", account=account) else None

    def audit(self, key_id: str | None = None, *, days: int = 30) -> list[AuditEntry]:
        """What was done with one key, or with each, in the last `days` days, oldest first."""
        return audit_log(self._engine, key_id, days=days)

    def note(self, key_id: str, event: KeyEvent, about: str) -> None:
        """Write into the audit log what this admin key did with something else than keys."""
        with transaction(self._engine) as connection:
            record(connection, AuditEntry(unix_ms(), key_id, event, actor_of(key_id), about=about))

    def has_any(self) -> bool:
        """Whether there is a good key."""
        with reading(self._engine) as connection:
            return connection.execute(GOOD_KEY.limit(1)).first() is not None

    def _insert(self, connection: Connection, made: NewKey, by: str | None) -> None:
        info, actor = made.info, by or self._actor
        connection.execute(insert(API_KEYS).values(made.row))
        record(connection, AuditEntry(info.created_at_ms, info.id, "made", actor, info.account))
        if info.admin:
            record(connection, AuditEntry(info.created_at_ms, info.id, "admin", actor))

    def _account(self, account: str, *, test: bool) -> str:
        """The account of this name. Raises `BadParameter`: it cannot be one, or a later key will get it."""
        account = account_for(account, test=test)
        if is_of_no_static_key(self._engine, account):
            raise BadParameter(
                f"no key of CLEANPLATE_API_KEYS is {account} yet; one that comes would be let in"
            )
        return account

    def _change(
        self,
        connection: Connection,
        key_id: str,
        values: Mapping[str, Any],
        event: KeyEvent,
        *,
        account: str | None = None,
        by: str | None = None,
    ) -> bool:
        """Change one good key, and write that into the audit log. False: there is none of this id."""
        if connection.execute(_change_of(key_id).values(values)).rowcount != 1:
            return False
        record(connection, AuditEntry(unix_ms(), key_id, event, by or self._actor, account))
        return True


def actor_of(key_id: str) -> str:
    """How the audit log names a key that did something."""
    return f"key {key_id}"


def _change_of(key_id: str) -> Update:
    return update(API_KEYS).where(_ROW.id == key_id, _ROW.revoked_at_ms.is_(None))
