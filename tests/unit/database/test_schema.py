"""Which schemas this version works on: its own, and later ones that allow it; what migrations promise."""

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from tests.next_version import EXPANDING, NEXT, make_next_version
from tests.old_database import make_database
from tests.postgres import PostgresServer

from cleanplate.database import Purpose, open_database, open_server_database, transaction
from cleanplate.database.engine import backend_of
from cleanplate.database.schema import HEAD, read_schema
from cleanplate.errors import SetupError

Open = Callable[[], Engine]


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens one database as a server does."""
    if request.param == "sqlite":
        return lambda: open_database(tmp_path / "a.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.new_database()
    return lambda: open_server_database(url, connections=2)


def at(engine: Engine, revision: str, oldest: str) -> None:
    """What a later version has made of it."""
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        connection.execute(text("UPDATE installation SET oldest_revision = :oldest"), {"oldest": oldest})
    engine.dispose()


def revision(engine: Engine) -> str | None:
    with transaction(engine) as connection:
        return read_schema(connection, backend_of(engine)).revision


def test_a_later_schema_that_allows_it(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    at(opened(), NEXT, HEAD)
    with caplog.at_level(logging.WARNING):
        engine = opened()
    assert revision(engine) == NEXT, "it is left as it is"
    assert f"({NEXT}, this one knows {HEAD})" in caplog.text
    engine.dispose()


def test_a_later_schema_that_does_not(opened: Open) -> None:
    at(opened(), "9999", NEXT)
    with pytest.raises(SetupError) as caught:
        opened()
    assert caught.value.public == "the database was written by a newer version of cleanplate"
    assert "9999" in caught.value.log


def test_one_that_is_not_filled_is_for_the_move_alone(opened: Open) -> None:
    engine = opened()
    with transaction(engine) as connection:
        connection.execute(text("UPDATE installation SET unfinished = 'a store'"))
    engine.dispose()
    with pytest.raises(SetupError, match="`cleanplate migrate` has not filled this database to its end"):
        opened()


def test_a_purpose_that_makes_nothing(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with pytest.raises(SetupError, match="there is no cleanplate in this database"):
        open_server_database(url, connections=2, purpose=Purpose.MOVE_FROM)
    assert (
        postgres.sql("SELECT count(*) FROM pg_class WHERE relname = 'tasks'", url.rpartition("/")[2]) == "0"
    )


def test_an_older_one_is_migrated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_database(tmp_path / "a.db", "0007")
    engine = open_database(tmp_path / "a.db")
    assert revision(engine) == HEAD
    assert caplog.text == ""
    engine.dispose()


# What a program of the oldest revision knows is still there, and what it does not know asks nothing of it


def broken_promises(old: Path, new: Path) -> list[str]:
    """What of a new schema a program of the old one cannot work with."""
    columns: dict[Path, dict[str, dict[str, bool]]] = {}
    for path in (old, new):
        engine = create_engine(f"sqlite:///{path}")
        found = inspect(engine)
        columns[path] = {
            table: {
                column["name"]: bool(column["nullable"] or column["default"])
                for column in found.get_columns(table)
            }
            for table in found.get_table_names()
        }
        engine.dispose()
    broken = [
        f"{table}.{name} is gone"
        for table, names in columns[old].items()
        for name in names.keys() - columns[new].get(table, {}).keys()
    ]
    broken += [
        f"{table}.{name} has no default"
        for table, names in columns[new].items()
        for name in names.keys() - columns[old].get(table, names).keys()
        if not names[name]
    ]
    return sorted(broken)


def schemas(folder: Path, new: Path) -> tuple[Path, Path]:
    """A database at the oldest revision that this one says, and this one."""
    with closing(sqlite3.connect(new)) as file:
        oldest = str(file.execute("SELECT oldest_revision FROM installation").fetchone()[0])
    make_database(folder / "old.db", oldest)
    return folder / "old.db", new


def test_programs_of_the_oldest_revision_can_work_on_the_newest(tmp_path: Path) -> None:
    """Who takes something away, or adds what has to be given, raises `oldest_revision` in that migration."""
    open_database(tmp_path / "new.db").dispose()
    assert broken_promises(*schemas(tmp_path, tmp_path / "new.db")) == []


MAKE = "import sys, pathlib, cleanplate.database as d; d.open_database(pathlib.Path(sys.argv[1])).dispose()"


@pytest.mark.parametrize(
    ("lines", "broken"),
    [
        (EXPANDING, []),
        (('op.drop_column("tasks", "canvas")',), ["tasks.canvas is gone"]),
        (
            ('op.drop_table("rates")',),
            ["rates.at_ms is gone", "rates.key_id is gone", "rates.tokens is gone"],
        ),
        (
            ('op.create_table("n", sa.Column("a", sa.Integer, primary_key=True))', *EXPANDING[:1]),
            [],
        ),
        (
            (
                'with op.batch_alter_table("uploads") as t:',
                '    t.add_column(sa.Column("must", sa.String, nullable=False))',
            ),
            ["uploads.must has no default"],
        ),
    ],
)
def test_promises_that_are_broken_are_seen(tmp_path: Path, lines: tuple[str, ...], broken: list[str]) -> None:
    path = make_next_version(tmp_path / "next", lines)
    command = [sys.executable, "-c", MAKE, str(tmp_path / "new.db")]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=True)
    assert broken_promises(*schemas(tmp_path, tmp_path / "new.db")) == broken
