"""A database on a Postgres server: how it is reached, made and shared, and refused with one clear line."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import OperationalError
from tests.new_tasks import new_task
from tests.postgres import PostgresServer

from cleanplate.database import open_server_database, reading, transaction
from cleanplate.database.postgres import is_turned_away, server_trouble, what_to_set
from cleanplate.database.postgres_connection import ServerCursor
from cleanplate.database.tables import KEY_USES, METADATA
from cleanplate.errors import BadInput, ServiceAway, SetupError, StorageFailed
from cleanplate.tasks.store import TaskStore

OpenDatabase = Callable[[str], Engine]


@pytest.fixture
def open_at() -> Iterator[OpenDatabase]:
    """Opens databases, and closes them after the test."""
    opened: list[Engine] = []

    def open_one(url: str) -> Engine:
        opened.append(open_server_database(url, connections=4))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.dispose()


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def asked(engine: Engine, statement: str) -> object:
    with reading(engine) as connection:
        return connection.exec_driver_sql(statement).scalar_one()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://postgres@127.0.0.1:{port}/{name}",
        "postgres://postgres@localhost:{port}/{name}?sslmode=prefer",
        "postgresql+psycopg://postgres@127.0.0.1:{port}/{name}",
        "postgresql://postgres@[::1]:{port}/{name}",
        "postgresql://postgres@{escaped}:{port}/{name}",
        "postgresql:///{name}?host={sockets}&port={port}&user=postgres",
        "postgresql://postgres@127.0.0.1:1,127.0.0.1:{port}/{name}",
    ],
)
def test_every_form_of_an_address(postgres: PostgresServer, open_at: OpenDatabase, address: str) -> None:
    name, sockets = name_of(postgres.migrated_database()), str(postgres.sockets)
    escaped = sockets.replace("/", "%2F")
    engine = open_at(address.format(port=postgres.port, name=name, sockets=sockets, escaped=escaped))
    assert asked(engine, "SELECT current_database()") == name
    assert asked(engine, "SHOW lock_timeout") == "4s"


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:hunter2@host/name",
        "me:hunter2@host/name",
        "host=localhost password=hunter2",
        "postgresql://me:hunter2%zz@host/name",
        "postgresql://me:hunter2/9@host/name",
        "postgresql://me:1234/hunter2@host/name",
        "postgresql://me:hunter2@host:port/name",
        "postgresql://me@host/name?pasword=hunter2",
        "postgresql://me:hunter2@[::1/name",
    ],
)
def test_an_address_that_is_none_is_told_without_it(address: str) -> None:
    with pytest.raises(SetupError, match=r"^CLEANPLATE_DATABASE_URL: ") as caught:
        open_server_database(address)
    assert "hunter2" not in caught.value.public + caught.value.log


def test_a_wrong_password_is_told_nowhere(postgres: PostgresServer) -> None:
    postgres.sql("CREATE ROLE careful LOGIN PASSWORD 'swordfish'")
    postgres.ask_password("careful")
    address = postgres.new_database("OWNER careful").replace("postgres@", "careful:hunter2@")
    with pytest.raises(SetupError, match="password authentication failed") as caught:
        open_server_database(address)
    assert "hunter2" not in caught.value.public + caught.value.log
    engine = open_server_database(address.replace("hunter2", "swordfish"))
    assert "swordfish" not in f"{engine!r} {engine.url!r} {engine.url}"
    engine.dispose()


def test_a_server_that_is_not_there_is_told_in_one_line() -> None:
    with pytest.raises(SetupError, match=r"the database cannot be used: .*Connection refused") as caught:
        open_server_database("postgresql://me@127.0.0.1:1/name")
    assert "\n" not in caught.value.public


def test_what_tls_has_to_be_is_obeyed(postgres: PostgresServer) -> None:
    with pytest.raises(SetupError, match="server does not support SSL"):
        open_server_database(postgres.url() + "?sslmode=require")


def test_what_may_mend_itself_is_told_from_what_does_not(postgres: PostgresServer) -> None:
    with pytest.raises(ServiceAway, match="Connection refused"):
        open_server_database("postgresql://me@127.0.0.1:1/name")
    for address, why in (
        (postgres.url("none"), 'database "none" does not exist'),
        (postgres.url().replace("postgres@", "nobody@"), 'role "nobody" does not exist'),
        (postgres.url() + "?sslmode=never", 'invalid sslmode value: "never"'),
        (postgres.url() + "?sslmode=require", "does not support SSL"),
    ):
        with pytest.raises(SetupError, match=why) as caught:
            open_server_database(address)
        assert not isinstance(caught.value, ServiceAway), why


@pytest.mark.parametrize("table", ["tasks", "workers"])
def test_a_table_that_somebody_keeps_locked(
    postgres: PostgresServer, open_at: OpenDatabase, table: str
) -> None:
    url = postgres.migrated_database()
    engine = open_at(url)
    assert server_trouble(engine) == ""
    with open_at(url).connect() as holding, holding.begin():
        holding.exec_driver_sql(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        assert server_trouble(engine) == "locked"
        holding.exec_driver_sql("ROLLBACK")
    assert server_trouble(engine) == ""


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_letter_is_refused(postgres: PostgresServer, encoding: str) -> None:
    url = postgres.new_database(f"ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(SetupError, match=f"encoding is {encoding}, and has to be UTF8"):
        open_server_database(url)


def test_the_migrations_make_the_tables_of_the_code(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    with open_at(postgres.new_database()).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_processes_may_open_a_new_database_at_the_same_moment(postgres: PostgresServer) -> None:
    script = "import sys, cleanplate.database as d; d.open_server_database(sys.argv[1])"
    command = [sys.executable, "-c", script, postgres.new_database()]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [(b"", 0)] * 3


def test_a_newer_database_is_refused(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    url = postgres.migrated_database()
    with transaction(open_at(url)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE installation SET oldest_revision = '9999'"))
    with pytest.raises(SetupError, match="written by a newer version of cleanplate"):
        open_server_database(url)


def test_a_schema_of_its_own(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    url = postgres.new_database()
    postgres.sql("CREATE SCHEMA plates", name_of(url))
    engine = open_at(url + "?options=-csearch_path%3Dplates")
    TaskStore(engine).insert(new_task(1))
    open_at(url + "?options=-csearch_path%3Dplates")
    where = "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('tasks', 'alembic_version')"
    assert postgres.sql(where, name_of(url)) == "plates"
    assert asked(engine, "SHOW statement_timeout") == "8s", "one option more takes none away"


def test_a_role_that_may_not_make_tables(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    """Somebody else has to make them; then it can work."""
    postgres.sql("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
    new = postgres.new_database().replace("postgres@", "plain@")
    with pytest.raises(SetupError, match="role plain lacks CREATE on the schema public: `cleanplate keys"):
        open_server_database(new)
    made = postgres.migrated_database()
    postgres.sql(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain;"
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO plain",
        name_of(made),
    )
    store = TaskStore(open_at(made.replace("postgres@", "plain@")))
    task = new_task(1)
    store.insert(task)
    claimed = store.claim_next("w")
    assert claimed is not None
    assert claimed.id == task.id


def test_what_a_role_is_set_to_changes_no_count(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    url = postgres.migrated_database()
    postgres.sql(f"ALTER DATABASE {name_of(url)} SET default_transaction_isolation TO serializable")
    with transaction(open_at(url)) as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "read committed"


def test_a_database_that_becomes_read_only_says_so_and_comes_back(
    postgres: PostgresServer, open_at: OpenDatabase
) -> None:
    url = postgres.migrated_database()
    store, task = TaskStore(engine := open_at(url)), new_task(1)
    store.insert(task)
    postgres.sql(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only TO on")
    postgres.end_sessions(name_of(url))
    with pytest.raises(StorageFailed, match="not available"):
        store.insert(new_task(2))
    assert server_trouble(engine) == "read-only"
    assert store.get(task.id) is not None, "what is there can be read"
    postgres.sql(f"ALTER DATABASE {name_of(url)} RESET default_transaction_read_only")
    server_trouble(engine)
    store.insert(new_task(3))


@pytest.mark.parametrize(
    "values",
    [
        {"key_id": "nul\x00", "first_at_ms": 1},
        {"key_id": "half \ud800", "first_at_ms": 1},
        {"key_id": "k", "first_at_ms": 2**63},
        {"key_id": "k", "first_at_ms": 10**400},
    ],
)
def test_what_cannot_be_stored_is_the_senders_fault(
    postgres: PostgresServer, open_at: OpenDatabase, values: dict[str, object]
) -> None:
    engine = open_at(postgres.migrated_database())
    with pytest.raises(BadInput, match="cannot be stored"), transaction(engine) as connection:
        connection.execute(insert(KEY_USES), {"last_at_ms": 1, **values})


def test_a_server_with_many_descriptors(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))
    descriptors = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        engine = open_at(postgres.migrated_database())
        for _ in range(2):
            assert asked(engine, "SELECT 1") == 1
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_columns_are_named_as_the_driver_names_them(postgres: PostgresServer, open_at: OpenDatabase) -> None:
    with reading(open_at(postgres.migrated_database())) as connection:
        cursor: ServerCursor = connection.connection.cursor()  # type: ignore[assignment]
        for statement in ("SELECT * FROM tasks", "SELECT 1 AS grün, now()", "SELECT"):
            cursor.execute(statement)
            assert cursor.description is not None
            drivers = [
                (column.name, column.type_code) for column in super(ServerCursor, cursor).description or ()
            ]
            assert [each[:2] for each in cursor.description] == drivers
        cursor.execute("UPDATE tasks SET priority = 1")
        assert cursor.description is None


def test_pgbouncer_without_its_setting_is_a_mistake_that_is_named() -> None:
    """Its words are those of PgBouncer 1.18."""
    said = OperationalError("", {}, Exception("FATAL:  unsupported startup parameter: options"))
    assert is_turned_away(said)
    assert "ignore_startup_parameters = options" in what_to_set(said)
    assert what_to_set(OperationalError("", {}, Exception("no pg_hba.conf entry"))) == ""
