"""Which schema a database has, and whether this version of the program can work on it.

Migrations that only add (docs/upgrade.md) leave `installation.oldest_revision` as it is: then the version
before goes on working beside the one that migrated, and can be started again.
"""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy import Connection, select

from cleanplate.database.backend import Backend
from cleanplate.database.tables import INSTALLATION
from cleanplate.errors import SetupError

_log = logging.getLogger(__name__)

HEAD: Final = "0009"
"""Newest revision in `migrations/versions`; a test holds it there. A start-up at HEAD imports no Alembic."""
_FIRST_TOLD: Final = "0008"
"""The first that says which versions of the program can work on it."""
_ROW = INSTALLATION.c


class Purpose(Enum):
    """What a database is opened for.

    LOOK changes nothing, and takes any. MOVE_FROM and MOVE_INTO are `cleanplate migrate`'s, which copies what
    this version knows: it neither reads nor fills the schema of another one. Only what it moves into may be
    unfinished.
    """

    WORK = "work"
    LOOK = "look"
    MOVE_FROM = "move from"
    MOVE_INTO = "move into"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database says of its schema.

    Attributes:
        revision: of its schema, four digits; None for a new database.
        oldest_revision: programs whose newest revision is this one, or a later one, can work on it.
        unfinished: the store that `cleanplate migrate` fills beside it, or filled until it was killed; None:
            it is whole.
    """

    revision: str | None
    oldest_revision: str
    unfinished: str | None

    @property
    def is_behind(self) -> bool:
        """Whether it has to be migrated before this version can work on it."""
        return self.revision is None or self.revision < HEAD

    @property
    def has_number(self) -> bool:
        """Whether it is one that can say which database it is."""
        return self.revision is not None and self.revision >= _FIRST_TOLD

    @property
    def is_too_new(self) -> bool:
        """Whether a later version has made of it what this one does not know."""
        return self.oldest_revision > HEAD


def read_schema(connection: Connection, backend: Backend) -> Schema:
    """What the database says now."""
    revision = backend.revision(connection)
    if revision is None or revision < _FIRST_TOLD:
        return Schema(revision, revision or "", None)
    said = connection.execute(select(_ROW.oldest_revision, _ROW.unfinished)).first()
    return Schema(revision, revision, None) if said is None else Schema(revision, *said)


def is_to_be_upgraded(schema: Schema, purpose: Purpose) -> bool:
    """Whether it has to be migrated first."""
    if purpose is Purpose.WORK:
        return schema.is_behind
    return schema.revision is None and purpose is Purpose.MOVE_INTO


def check_usable(schema: Schema, purpose: Purpose) -> None:
    """Whether this version may do that with a database; a schema of a later one is told in the log.

    Raises:
        SetupError: it may not.
    """
    if schema.revision is None:
        raise SetupError("there is no cleanplate in this database")
    if schema.is_too_new:
        raise SetupError(
            "the database was written by a newer version of cleanplate",
            log=f"the database is at {schema.revision}, for {schema.oldest_revision} on; this is {HEAD}",
        )
    if schema.unfinished and purpose is not Purpose.MOVE_INTO:
        raise SetupError(
            "`cleanplate migrate` has not filled this database to its end: run it again, or go on where the "
            "tasks came from and delete this one"
        )
    if schema.revision != HEAD and purpose is not Purpose.WORK:
        raise SetupError(
            f"the database has the schema {schema.revision} of another version of cleanplate, this one has "
            f"{HEAD}: start and stop a server of this version on it first"
        )
    if schema.revision != HEAD:
        _log.warning(
            "a newer version of cleanplate has migrated the database (%s, this one knows %s): this one can "
            "work on it, until that one is everywhere",
            schema.revision,
            HEAD,
        )
