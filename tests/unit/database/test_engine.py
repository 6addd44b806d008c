"""The database file: made, migrated, shared by processes, refused with one clear line."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, select, text

from cleanplate.database import open_database, transaction
from cleanplate.database.schema import HEAD
from cleanplate.database.tables import API_KEYS, METADATA
from cleanplate.errors import SetupError, StorageFailed, StorageFull


def _pragma(engine: Engine, name: str) -> object:
    with transaction(engine) as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def _key(number: int) -> dict[str, object]:
    return {"id": f"key-{number}", "name": "", "sha256": f"{number}", "hint": "", "created_at_ms": number}


def test_makes_the_folder_and_the_settings_hold(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "cleanplate.db"
    engine = open_database(path)
    assert path.is_file()
    assert _pragma(engine, "journal_mode") == "wal"
    assert _pragma(engine, "synchronous") == 2
    assert _pragma(engine, "foreign_keys") == 1
    assert _pragma(engine, "busy_timeout") == 250  # a reader waits for nobody
    engine.dispose()


def test_synchronous_is_a_choice(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "a.db", synchronous="NORMAL")
    assert _pragma(engine, "synchronous") == 1
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "a.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "cleanplate.database:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_second_opening_keeps_the_rows_and_imports_no_alembic(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = open_database(path)
    with transaction(first) as connection:
        connection.execute(insert(API_KEYS), _key(1))
    first.dispose()
    script = (
        "import sys; from pathlib import Path; from cleanplate.access import Access\n"
        "from cleanplate.database import open_database\n"
        "listed = Access(open_database(Path(sys.argv[1])), []).keys()\n"
        "print([key.id for key in listed], 'alembic' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['key-1'] False False"


def test_processes_may_open_a_new_database_at_the_same_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    script = "import sys, pathlib, cleanplate.database as d; d.open_database(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [(b"", 0)] * 3


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engine = open_database(path)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE installation SET oldest_revision = '9999'"))
    engine.dispose()
    with pytest.raises(SetupError) as caught:
        open_database(path)
    assert caught.value.log == f"the database is at 9999, for 9999 on; this is {HEAD}"
    assert caught.value.public == "the database was written by a newer version of cleanplate"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"GIF89a" * 1000)
    with pytest.raises(SetupError) as caught:
        open_database(path)
    assert caught.value.public == "the database in the data directory cannot be used: file is not a database"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SetupError, match=r"File exists") as caught:
        open_database(tmp_path / "data" / "a.db")
    assert str(tmp_path) not in caught.value.public


def test_a_crash_in_a_migration_leaves_nothing_half_made(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as blocker:
        # The last table of the first revision is in the way.
        blocker.execute("CREATE TABLE api_keys (id)")
    with pytest.raises(SetupError, match=r"already exists"):
        open_database(path)
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("SELECT name FROM sqlite_master").fetchall() == [("api_keys",)]


def test_a_failed_transaction_is_rolled_back_and_named(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "a.db")
    with pytest.raises(StorageFailed) as caught, transaction(engine) as connection:
        connection.execute(insert(API_KEYS), _key(1))
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        for number in range(2, 5000):
            connection.execute(insert(API_KEYS), _key(number))
    assert caught.value.log == "database: database or disk is full (SQLITE_FULL)"
    assert isinstance(caught.value, StorageFull)
    assert caught.value.public == "no space left on the server"
    with transaction(engine) as connection:
        assert connection.execute(select(API_KEYS)).all() == []
    engine.dispose()


def test_a_removed_database_is_not_written_to(tmp_path: Path) -> None:
    """What is written to a file without a name is lost with the process."""
    path = tmp_path / "a.db"
    engine = open_database(path)
    path.unlink()
    with pytest.raises(StorageFailed) as caught, transaction(engine):
        pass
    assert caught.value.public == "the server's database is not available"
    engine.dispose()
