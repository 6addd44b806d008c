"""What is done to a database on a Postgres server as a whole: looked at, frozen, filled from another one."""

import hashlib
from typing import Final

from sqlalchemy import Connection, func, select, text

from cleanplate.database.postgres_address import NAME
from cleanplate.database.tables import METADATA, WORKERS

_NUL: Final = "\0"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_DIGEST_DIGITS: Final = 16
_LASTING: Final = ("statement_timeout", "idle_in_transaction_session_timeout")
_NOW_MS: Final = func.extract("epoch", func.clock_timestamp()) * 1000
_SESSIONS: Final = text("""
    SELECT coalesce(nullif(application_name, ''), 'somebody') || coalesce(' at ' || host(client_addr), '')
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (application_name = :ours OR (usename = current_user AND backend_type = 'client backend'))
    ORDER BY 1
""")


def others(connection: Connection) -> list[str]:
    """Who else works on it: sessions of servers, workers and whoever has the same name; workers that live.

    Behind a pooler sessions tell little: ask the server itself.
    """
    sessions = connection.execute(_SESSIONS, {"ours": NAME}).scalars()
    living = select(WORKERS.c.id).where(WORKERS.c.lease_until_ms > _NOW_MS).order_by(WORKERS.c.id)
    workers = connection.execute(living).scalars()
    return [*sessions, *(f"worker {worker}" for worker in workers)]


def storable(text: str) -> str:
    """The text; one with a NUL, which no text may have here, becomes another that nothing else is called."""
    if _NUL not in text:
        return text
    return f"{text.replace(_NUL, _REPLACEMENT)} {hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]}"


def freeze(connection: Connection) -> None:
    """Nobody writes to any table until this transaction ends, which may take as long as it likes."""
    last(connection)
    names = ", ".join(table.name for table in METADATA.sorted_tables)
    connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def last(connection: Connection) -> None:
    """This transaction may take as long as it likes."""
    for name in _LASTING:
        connection.execute(select(func.set_config(name, "0", True)))


def settle(connection: Connection) -> None:
    """Rows were written with their numbers: the next ones begin behind them. Then count, for plans."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            next_number = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, next_number, False)))
    connection.execute(text("ANALYZE"))
