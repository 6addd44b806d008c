"""What the role of a server may do in its database, and what it has to: docs/cluster.md lists it."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, text

from cleanplate.database.schema import HEAD
from cleanplate.database.tables import METADATA
from cleanplate.errors import SetupError

_ALL: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
_NO_DELETE: Final = ("SELECT", "INSERT", "UPDATE")
_FEWER: Final[Mapping[str, tuple[str, ...]]] = {
    "installation": ("SELECT", "UPDATE"),
    "key_events": ("SELECT", "INSERT"),
    "worker_queues": ("SELECT", "INSERT", "DELETE"),
    **dict.fromkeys(("api_keys", "key_uses", "rates", "rounds", "static_keys", "usage"), _NO_DELETE),
}
"""Tables whose rows are never removed, changed or made by who serves and works."""
_VERSION: Final = "alembic_version"
_SEQUENCE: Final = ("key_events", "id")
_MISSING: Final = text("""
    SELECT wanted.right, wanted.name
    FROM unnest(CAST(:names AS text[]), CAST(:rights AS text[])) AS wanted(name, "right")
    WHERE NOT has_table_privilege(to_regclass(wanted.name), wanted.right)
""")
"""Nothing of a table that is not there."""
_MISSING_SEQUENCE: Final = text("""
    SELECT sequence FROM pg_get_serial_sequence(CAST(to_regclass(:name) AS text), :column) AS found(sequence)
    WHERE NOT has_sequence_privilege(sequence, 'USAGE')
""")
_PLACE: Final = text("""
    SELECT current_user, current_schema(),
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
""")
_OTHERS_TABLES: Final = text("""
    SELECT pg_get_userbyid(relowner) FROM pg_class
    WHERE oid = ANY (SELECT to_regclass(name) FROM unnest(CAST(:names AS text[])) AS ours(name))
      AND NOT pg_has_role(relowner, 'USAGE')
    LIMIT 1
""")
_SETTING: Final = "CLEANPLATE_DATABASE_URL"
_SEE: Final = 'docs/cluster.md, "Roles in Postgres"'
_MIGRATE: Final = "`cleanplate keys list` as a role that may does nothing else"


def missing_rights(connection: Connection) -> list[str]:
    """What the role may not and has to, each as "INSERT, UPDATE on tasks, usage"; of those that are there."""
    wanted = [(table, right) for table, rights in _wanted().items() for right in rights]
    names, rights = zip(*wanted, strict=True)
    lacking: dict[str, list[str]] = {}
    for right, name in connection.execute(_MISSING, {"names": list(names), "rights": list(rights)}):
        lacking.setdefault(name, []).append(right)
    together: dict[str, list[str]] = {}
    for name, of_table in lacking.items():
        together.setdefault(", ".join(right for right in _ALL if right in of_table), []).append(name)
    found = [f"{rights} on {', '.join(sorted(tables))}" for rights, tables in together.items()]
    name, column = _SEQUENCE
    sequence = connection.execute(_MISSING_SEQUENCE, {"name": name, "column": column}).scalar()
    return [*found, *([f"USAGE on the sequence {sequence}"] if sequence else [])]


def check_rights(connection: Connection) -> None:
    """Raises `SetupError`, which names role, rights and tables, where some are missing."""
    if lacking := missing_rights(connection):
        role = connection.execute(_PLACE).one()[0]
        raise SetupError(f"{_SETTING}: the role {role} lacks {'; '.join(lacking)}: GRANT it ({_SEE})")


def check_may_migrate(connection: Connection, revision: str | None) -> None:
    """Whether the role may bring the schema from `revision`, None for a new one, to `schema.HEAD`.

    Raises:
        SetupError: it may not; the text says what is missing, and who may.
    """
    role, schema, may_create = connection.execute(_PLACE).one()
    if schema is None:
        raise SetupError(
            f"{_SETTING}: the role {role} may use no schema: GRANT USAGE ON SCHEMA public TO {role} ({_SEE})"
        )
    if not may_create:
        what = f"is at {revision}, and this version needs {HEAD}" if revision else "has no tables yet"
        raise SetupError(
            f"{_SETTING}: the database {what}, and the role {role} lacks CREATE on the schema {schema}: "
            f"{_MIGRATE} ({_SEE})"
        )
    owner = connection.execute(_OTHERS_TABLES, {"names": [*METADATA.tables, _VERSION]}).scalar()
    if owner is not None:
        raise SetupError(
            f"{_SETTING}: the database is at {revision}, and this version needs {HEAD}: its tables are "
            f"{owner}'s, whom {role} is not: {_MIGRATE} ({_SEE})"
        )


def _wanted() -> dict[str, Iterable[str]]:
    return {**{name: _FEWER.get(name, _ALL) for name in METADATA.tables}, _VERSION: ("SELECT",)}
