"""What `cleanplate doctor` says of database and store: reached, of which version, whose. Nothing stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cleanplate.cli.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cleanplate.settings import Settings
    from cleanplate.storage.base import BlobStore

_REACH: Final = "start it, or mend CLEANPLATE_DATABASE_URL, PGPASSWORD or what lies between"
_ROLES: Final = 'docs/cluster.md, "Roles in Postgres"'
_MIGRATE: Final = "the next start does it, or `cleanplate keys list`"
_MIGRATE_AGAIN: Final = (
    "run the same `cleanplate migrate --to` again, or delete this database and go on where it came from"
)
_NEWER: Final = "install that version; going back needs the backup made before it"
_STORES: Final = "see docs/object-storage.md"
_WHOSE: Final = 'docs/cluster.md, "Whose a store is"'


@dataclass(frozen=True, slots=True)
class _Database:
    """What is known of it.

    Attributes:
        number: which one it is; 0: nobody has said so yet; None: not known.
    """

    findings: list[Finding]
    number: int | None = None


def places(chosen: "Settings") -> Iterator[Finding]:
    """The database, then the store; each is asked, which may take some seconds."""
    database = _server(chosen) if chosen.database_url else _file(chosen.data / "cleanplate.db")
    yield from database.findings
    yield from _store(chosen, database.number)


def _file(path: Path) -> _Database:
    from cleanplate.database.sqlite_look import file_state
    from cleanplate.errors import SetupError

    if not path.is_file():
        return _Database([], 0)
    try:
        state = file_state(path)
    except SetupError as error:
        mend = "put the backup back: docs/operations.md"
        return _Database([Finding("database", error.public, mend, well=False)])
    return _Database([Finding("database", str(path)), _version(state.revision)], state.number)


def _server(chosen: "Settings") -> _Database:
    from cleanplate.database import Purpose, open_server_database
    from cleanplate.errors import SetupError, StorageFailed

    try:
        engine = open_server_database(
            chosen.database_url, connections=2, pooler=chosen.database_pooler, purpose=Purpose.LOOK
        )
    except SetupError as error:
        why = error.public.removeprefix("CLEANPLATE_DATABASE_URL: ")
        return _Database([Finding("database", why, _REACH, well=False)])
    try:
        return _server_state(engine)
    except StorageFailed as error:
        return _Database([Finding("database", error.log, _REACH, well=False)])
    finally:
        engine.dispose()


def _server_state(engine: "Engine") -> _Database:
    from cleanplate.database import Purpose, identity, reading
    from cleanplate.database.engine import schema_of
    from cleanplate.database.postgres_rights import check_may_migrate, check_rights
    from cleanplate.database.schema import check_usable
    from cleanplate.errors import SetupError

    findings = [Finding("database", "Postgres answers")]
    with reading(engine) as connection:
        try:
            check_rights(connection)
        except SetupError as error:
            return _Database([*findings, _refused("database rights", error, _ROLES)])
        findings.append(Finding("database rights", "the role has all that it needs"))
        schema = schema_of(engine)
        try:
            if schema.is_behind:
                check_may_migrate(connection, schema.revision)
            else:
                check_usable(schema, Purpose.WORK)
        except SetupError as error:
            mend = _NEWER if schema.is_too_new else _MIGRATE_AGAIN if schema.unfinished else _MIGRATE
            return _Database([*findings, _refused("database schema", error, mend)])
        findings.append(_version(schema.revision))
        return _Database(findings, identity(connection) if schema.has_number else 0)


def _refused(what: str, error: Exception, mend: str) -> Finding:
    return Finding(what, str(error).removeprefix("CLEANPLATE_DATABASE_URL: "), mend, well=False)


def _version(revision: str | None) -> Finding:
    from cleanplate.database.schema import HEAD

    if revision is None:
        return Finding("database schema", "there are no tables yet", _MIGRATE)
    if revision < HEAD:
        return Finding("database schema", f"{revision}; this version migrates it to {HEAD}", _MIGRATE)
    return Finding(
        "database schema", revision if revision == HEAD else f"{revision}, a newer one than {HEAD}"
    )


def _store(chosen: "Settings", number: int | None) -> Iterator[Finding]:
    """Whether what is to hold the files of tasks takes one, and whose they are."""
    from cleanplate.errors import SetupError
    from cleanplate.storage.open_blobs import open_blobs

    if chosen.database_url and not chosen.store:
        state = "CLEANPLATE_DATABASE_URL needs one, where all machines keep the files"
        yield Finding("store", state, "set CLEANPLATE_STORE", well=False)
        return
    if not (chosen.store or number):
        return
    try:
        blobs = open_blobs(chosen)
    except SetupError as error:
        yield Finding("store", error.public.removeprefix("CLEANPLATE_STORE: "), _STORES, well=False)
        return
    if chosen.store:
        yield Finding("store", f"{chosen.store}; result links lead to the {chosen.result_links}")
    if number is not None:
        yield _whose(chosen, blobs, number)


def _whose(chosen: "Settings", blobs: "BlobStore", number: int) -> Finding:
    from cleanplate.errors import SetupError, StorageFailed
    from cleanplate.storage.nested_stores import check_apart
    from cleanplate.tasks.belonging import number_of_files

    what = "files"
    try:
        known = number_of_files(blobs)
        if known is None and chosen.store:
            check_apart(chosen.store, timeout_s=chosen.store_timeout_s)
    except (SetupError, StorageFailed) as error:
        return Finding(what, error.log.removeprefix("CLEANPLATE_STORE: "), _STORES, well=False)
    if known == number:
        return Finding(what, "they are those of the database")
    if known is not None:
        state = "they belong to another database"
        mend = (
            f"see {_WHOSE}" if chosen.store else "put its backup back, or `cleanplate serve --new-database`"
        )
        return Finding(what, state, mend, well=False)
    if number and chosen.store:
        state = "there are none of the database's, which has them in another store"
        mend = f"mend CLEANPLATE_STORE or its mount, or `cleanplate serve --new-store` once: {_WHOSE}"
        return Finding(what, state, mend, well=False)
    return Finding(what, "there are none yet: the next start takes the place for its database")
