"""The database: one SQLite file in WAL mode, its tables, and the migrations that make them."""

from cleanplate.database.engine import open_database, reading, transaction

__all__ = ["open_database", "reading", "transaction"]
