"""Databases as earlier versions left them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from cleanplate.database import sqlite


def make_database(path: Path, revision: str) -> None:
    """A new file at this revision."""
    engine, config = sqlite.open_file(path, "OFF"), Config()
    config.set_main_option("script_location", "cleanplate.database:migrations")
    sqlite.use_wal(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def add_row(path: Path, table: str, **values: Any) -> None:
    """Write a row of a table as the version of the file did."""
    row = {
        name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in values.items()
    }
    marks = ", ".join("?" * len(row))
    with closing(sqlite3.connect(path)) as file:
        insert = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 - names of tests
        file.execute(insert, list(row.values()))
        file.commit()
