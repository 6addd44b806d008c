"""The database: a SQLite file in WAL mode or a Postgres server; its tables, and what makes them."""

from cleanplate.database.backend import Upsert
from cleanplate.database.engine import (
    changes_together,
    identity,
    insert_or_update,
    open_database,
    open_server_database,
    read_first,
    reading,
    set_identity,
    transaction,
    upsert_of,
)
from cleanplate.database.schema import Purpose

__all__ = [
    "Purpose",
    "Upsert",
    "changes_together",
    "identity",
    "insert_or_update",
    "open_database",
    "open_server_database",
    "read_first",
    "reading",
    "set_identity",
    "transaction",
    "upsert_of",
]
