"""Data folders and clusters that are opened for a move, and what is in them."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.postgres import PostgresServer
from tests.unit.relocation.made_up_rows import fill

from cleanplate.app.data_directory import DataDirectory, open_data_directory
from cleanplate.database import Purpose, identity, transaction
from cleanplate.relocation import Moved, Place, move, open_cluster, open_folder
from cleanplate.relocation.row_copy import TABLES
from cleanplate.settings import Settings
from cleanplate.tasks.belonging import KINDS

BLOBS = {
    "inputs/a/image": b"x" * 300_000,
    "inputs/a/mask": b"",
    "results/a/1/0.png": b"result",
    "uploads/u/file": b"upload",
}


@dataclass(frozen=True)
class Contents:
    """What a server finds at its start."""

    rows: list[dict[str, Any]]
    blobs: dict[str, bytes]
    mac: bytes
    number: int


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Of a data folder, which is not there yet."""
    return Settings(data=tmp_path / "data", sqlite_synchronous="NORMAL")


@pytest.fixture
def there(tmp_path: Path, postgres: PostgresServer) -> Settings:
    """Of a cluster whose database and store are empty."""
    (tmp_path / "store").mkdir()
    return Settings(
        data=tmp_path / "machine",
        database_url=postgres.new_database(),
        store=str(tmp_path / "store"),
        sqlite_synchronous="NORMAL",
    )


def opened(settings: Settings, opening: ExitStack, purpose: Purpose) -> Place:
    """A place for a move."""
    return (open_cluster if settings.database_url else open_folder)(settings, opening, purpose)


def moved(
    source: Settings, target: Settings, tell: Callable[[str, int, int], None] = lambda *_: None
) -> Moved:
    """Moves from the place of the first settings to that of the second."""
    with ExitStack() as opening:
        first = opened(source, opening, Purpose.MOVE_FROM)
        return move(first, opened(target, opening, Purpose.MOVE_INTO), tell)


def serving(settings: Settings, opening: ExitStack) -> DataDirectory:
    """As a server opens it."""
    return open_data_directory(settings, opening, new_database=False)


def contents(settings: Settings) -> Contents:
    """All that is in a place."""
    with ExitStack() as opening:
        data = serving(settings, opening)
        blobs = {key: data.objects.get(key) for kind in KINDS for key, _ in data.objects.blobs(kind)}
        with transaction(data.engine) as connection:
            return Contents(all_rows(connection), blobs, data.secret.mac("x"), identity(connection))


def all_rows(connection: Connection) -> list[dict[str, Any]]:
    """Of every table, in the order of its key."""
    found: list[dict[str, Any]] = []
    for table in TABLES:
        rows = connection.execute(select(table)).mappings()
        keys = [column.name for column in table.primary_key]
        found += sorted(
            ({"table": table.name, **row} for row in rows), key=lambda row: [row[name] for name in keys]
        )
    return found


def filled(settings: Settings, rows: int = 30) -> Contents:
    """Makes a place that was served, with something of everything."""
    with ExitStack() as opening:
        data = serving(settings, opening)
        for key, blob in BLOBS.items():
            data.objects.put(key, blob)
        with transaction(data.engine) as connection:
            fill(connection, rows, seed=1)
    return contents(settings)
