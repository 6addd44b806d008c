"""What a kind of database does in its own way. `sqlite` and `postgres` are modules of these functions."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sqlalchemy import Connection, Engine, TableClause
from sqlalchemy.exc import DatabaseError

if TYPE_CHECKING:  # whoever has one of them does not wait for the other
    from sqlalchemy.dialects import postgresql, sqlite

Upsert: TypeAlias = "sqlite.Insert | postgresql.Insert"


class Backend(Protocol):
    """One kind of database."""

    def connect(self, engine: Engine) -> Connection:
        """A connection for one transaction. A database that is away for a moment is waited for."""

    def begun(
        self, connection: Connection, *, alone: Collection[str], durable: bool, single: bool
    ) -> AbstractContextManager[object]:
        """The transaction itself: see `engine.transaction`."""

    def connect_to_read(self, engine: Engine) -> Connection:
        """A connection on which each statement stands for itself, without a transaction round it."""

    def insert_or_update(self, table: TableClause) -> Upsert:
        """An INSERT that can say what happens where the row is there already."""

    def changes_together(self) -> bool:
        """Whether one statement can change several tables (a change in a `WITH`)."""

    def is_full(self, error: DatabaseError) -> bool:
        """Whether no space is left."""

    def is_away(self, error: DatabaseError) -> bool:
        """Whether it is not reached just now."""

    def is_cut_off(self, error: DatabaseError) -> bool:
        """Whether the connection was lost, and a statement that only reads may be sent again."""

    def is_unsure(self, error: DatabaseError) -> bool:
        """Whether what was asked for may have been done all the same."""

    def error_text(self, error: DatabaseError) -> str:
        """What the database says, without the statement and its values."""

    def revision(self, connection: Connection) -> str | None:
        """The revision of the schema that the database says it has; None for a new one."""

    def identity(self, connection: Connection) -> int:
        """Which database this is, also in a copy of it; 0 when nobody has said so yet."""

    def set_identity(self, connection: Connection, identity: int) -> None:
        """Say which database this is: 1 to 2**31 - 1. It comes with the commit."""
