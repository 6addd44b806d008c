"""Which schema a database has, and whether this version of the program can work on it.

Migrations that only add (docs/upgrade.md) leave `installation.oldest_revision` as it is: then the version before
goes on working beside the one that migrated, and can be started again.
"""

import logging
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from cleanplate.database.backend import Backend
from cleanplate.database.tables import INSTALLATION
from cleanplate.errors import SetupError

_log = logging.getLogger(__name__)

HEAD: Final = "0008"
"""Newest revision in `migrations/versions`; a test holds it there. A start-up at HEAD imports no Alembic."""
_FIRST_TOLD: Final = "0008"
"""The first that says which versions of the program can work on it."""
_ROW = INSTALLATION.c


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database says of its schema.

    Attributes:
        revision: of its schema, four digits; None for a new database.
        oldest_revision: programs whose newest revision is this one, or a later one, can work on it.
        unfinished: `cleanplate migrate` is still filling it, or was killed.
    """

    revision: str | None
    oldest_revision: str
    unfinished: bool

    @property
    def is_behind(self) -> bool:
        """Whether it has to be migrated before this version can work on it."""
        return self.revision is None or self.revision < HEAD

    @property
    def is_too_new(self) -> bool:
        """Whether a later version has made of it what this one does not know."""
        return self.oldest_revision > HEAD


def read_schema(connection: Connection, backend: Backend) -> Schema:
    """What the database says now."""
    revision = backend.revision(connection)
    if revision is None or revision < _FIRST_TOLD:
        return Schema(revision, revision or "", unfinished=False)
    said = connection.execute(select(_ROW.oldest_revision, _ROW.unfinished)).first()
    return Schema(revision, revision, unfinished=False) if said is None else Schema(revision, *said)


def check_usable(schema: Schema, *, filling: bool) -> None:
    """Whether this version may work on it, which is not behind; a schema of a later one is told in the log.

    Args:
        filling: this is the `cleanplate migrate` that fills it.

    Raises:
        SetupError: it may not.
    """
    if schema.is_too_new:
        raise SetupError(
            "the database was written by a newer version of cleanplate",
            log=f"the database is at {schema.revision}, for {schema.oldest_revision} and later; this is {HEAD}",
        )
    if schema.unfinished and not filling:
        raise SetupError(
            "`cleanplate migrate` has not filled this database to its end: run it again, or delete what it "
            "has made and go on where the tasks are still"
        )
    if schema.revision != HEAD:
        _log.warning(
            "a newer version of cleanplate has migrated the database (%s, this one knows %s): this one can "
            "work on it, until that one is everywhere",
            schema.revision,
            HEAD,
        )
