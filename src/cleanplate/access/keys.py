"""API key to caller. Stored keys are kept as SHA-256 only; static ones come from the environment.

A key is 256 random bits, so one unsalted hash is enough: there is no list of likely keys to try.
"""

import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Engine, Select, bindparam, select

from cleanplate.access.audit import KeyUses
from cleanplate.access.callers import Caller
from cleanplate.access.key_book import GOOD_KEY, KeyBook
from cleanplate.access.key_info import LIMITS
from cleanplate.access.rates import Rates
from cleanplate.access.sign_in import KeySession, Sessions, SignInLinks
from cleanplate.access.static_keys import StaticKey, sha256_of
from cleanplate.clock import unix_ms
from cleanplate.database import reading, transaction
from cleanplate.database.tables import API_KEYS
from cleanplate.errors import StorageFailed, Unauthorized
from cleanplate.key_limits import TEST_PREFIX, UNLIMITED, Limits, Told, ignore
from cleanplate.usage.report import AccountDay, AccountTotal, UsageDay, totals, usage_of, usage_of_account

_LIMITS_BY_ID: Final = select(*LIMITS).where(API_KEYS.c.id == bindparam("id"))
_CALLER: Final = select(API_KEYS.c.id, API_KEYS.c.name, API_KEYS.c.account, API_KEYS.c.admin)
_BY_HASH: Final = _CALLER.where(API_KEYS.c.sha256 == bindparam("sha256"), API_KEYS.c.revoked_at_ms.is_(None))
_BY_ID: Final = _CALLER.where(API_KEYS.c.id == bindparam("id"), API_KEYS.c.revoked_at_ms.is_(None))


class Access(KeyBook):
    """The keys of one data directory. Thread-safe; what another process creates or revokes counts at once.

    Every method raises `StorageFailed` when the database refuses.

    Args:
        static: those of the environment.
        preset: the limits of static keys, and of stored ones that are made without their own.
        actor: who makes and revokes keys here, for the audit log.
        sessions: what may stand in for a key; without it nothing does.
        clock_ms: Unix milliseconds.

    Attributes:
        uses: when keys are used; somebody has to call its `write`.
        links: by which somebody can sign in.
    """

    def __init__(
        self,
        engine: Engine,
        static: Sequence[StaticKey] = (),
        *,
        preset: Limits = UNLIMITED,
        actor: str = "server",
        sessions: Sessions | None = None,
        clock_ms: Callable[[], int] = unix_ms,
    ) -> None:
        super().__init__(engine, preset=preset, actor=actor)
        self._sessions = sessions
        self.links = SignInLinks(clock_ms)
        self.uses = KeyUses(engine, clock_ms=clock_ms)
        self._rates = Rates(engine, clock_ms)
        self._static = tuple(static)

    def limits(self, key_id: str) -> Limits:
        """The limits of a stored key; those of the preset for any other id."""
        if any(key.caller.key_id == key_id for key in self._static):
            return self.preset
        with reading(self._engine) as connection:
            row = connection.execute(_LIMITS_BY_ID, {"id": key_id}).first()
        return self.preset if row is None else Limits(*row)

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

    def totals(self, *, days: int, page_no: int, page_size: int) -> tuple[list[AccountTotal], int]:
        """What each account used in the last `days` days, those with most images first: one page from 1 on.

        Returns:
            The page, and how many accounts there are in all.
        """
        with transaction(self._engine) as connection:
            return totals(connection, days, time.time(), page_no=page_no, page_size=page_size)

    def caller(self, secret: str | None) -> Caller:
        """Who this secret belongs to.

        Raises:
            Unauthorized: no secret, or not a good one; the text says nothing more.
        """
        if not secret:
            raise Unauthorized("No API-key provided.")
        if (static := self.static_caller(secret)) is not None:
            return static
        key_id = None if self._sessions is None else self._sessions.key_id(secret)
        found = self._by_hash(sha256_of(secret)) if key_id is None else self._by_id(key_id)
        if found is None:
            raise Unauthorized("Invalid API-key provided.")
        self.uses.note(found.key_id)
        return found

    def key_to_sign_in(self, name: str) -> str | None:
        """The id of the key that a link of this server is for; None where there is none.

        The oldest good one of this name, else the first of the environment's; none that is for tests.
        """
        named = GOOD_KEY.where(API_KEYS.c.name == name, ~API_KEYS.c.id.startswith(TEST_PREFIX))
        with reading(self._engine) as connection:
            found = connection.execute(named.order_by(API_KEYS.c.created_at_ms).limit(1)).scalar()
        static = (key.caller.key_id for key in self._static if not key.caller.test)
        return next(static, None) if found is None else str(found)

    def sign_in(self, word: str) -> KeySession:
        """A session, for the word of a link.

        Raises:
            LimitReached: too many words were tried.
            Unauthorized: it is none, was used, or is too old; or the key is revoked.
        """
        key_id = self.links.take(word)
        try:
            found = self._by_id(key_id)
        except StorageFailed:
            self.links.give_back(word)
            raise
        if self._sessions is None or found is None:
            raise Unauthorized("The key of this link has been revoked.")
        return self._sessions.make(key_id)

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
        return bool(self._static) or super().has_any()

    def _by_id(self, key_id: str) -> Caller | None:
        """Whose good key has this id, be it stored or one of the environment's."""
        static = (key.caller for key in self._static if key.caller.key_id == key_id)
        return next(static, None) or self._stored_caller(_BY_ID, id=key_id)

    def _by_hash(self, sha256: str) -> Caller | None:
        return self._stored_caller(_BY_HASH, sha256=sha256)

    def _stored_caller(self, by: Select[tuple[str, str, str | None, bool]], **wanted: str) -> Caller | None:
        with reading(self._engine) as connection:
            row = connection.execute(by, wanted).first()
            return None if row is None else Caller(row.id, row.name, row.account or row.id, row.admin)
