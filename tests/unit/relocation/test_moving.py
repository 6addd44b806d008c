"""All that an installation has is in its new place; what is there already, or at work, is left alone."""

import hashlib
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, update
from tests.old_database import make_database
from tests.postgres import PostgresServer
from tests.unit.relocation.conftest import BLOBS, contents, filled, moved, opened, serving

from cleanplate.app.data_directory import DATABASE
from cleanplate.clock import unix_ms
from cleanplate.database import Purpose, open_database, transaction
from cleanplate.database.tables import API_KEYS, KEY_EVENTS, UPLOADS, WORKERS
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.settings import Settings
from cleanplate.storage.folder import FolderStore

ROWS = 2100
"""Three batches."""


def tree(folder: Path) -> dict[str, bytes]:
    """Every file, by what is in it; SQLite's own beside a database that was read are left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def new_folder(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"data": settings.data.with_name(name)})


def test_there_and_back(here: Settings, there: Settings) -> None:
    before, back = filled(here, ROWS), new_folder(here, "back")
    files = tree(here.data)
    went = moved(here, there)
    assert tree(here.data) == files, "the source is only read"
    assert set(went.rows.values()) == {ROWS}
    assert went.files is not None
    assert (went.files.count, went.files.size_bytes) == (4, sum(map(len, BLOBS.values())))
    assert (went.secret, went.resumed) == (True, False)
    assert contents(there) == before
    moved(there, back)
    assert contents(back) == before
    assert contents(there) == before


def test_numbers_go_on_behind_the_last(here: Settings, there: Settings) -> None:
    filled(here)
    moved(here, there)
    with ExitStack() as opening, transaction(serving(there, opening).engine) as connection:
        new = insert(KEY_EVENTS).values(at_ms=1, key_id="k", event="made", actor="a")
        assert connection.execute(new.returning(KEY_EVENTS.c.id)).scalar_one() == 31


def test_tables_that_are_empty(here: Settings, there: Settings) -> None:
    before = contents(here)
    assert before.rows == []
    went = moved(here, there)
    assert (sum(went.rows.values()), went.files and went.files.count) == (0, 0)
    assert contents(there) == before
    with ExitStack() as opening, transaction(serving(there, opening).engine) as connection:
        new = insert(KEY_EVENTS).values(at_ms=1, key_id="k", event="made", actor="a")
        assert connection.execute(new.returning(KEY_EVENTS.c.id)).scalar_one() == 1


def test_a_move_that_has_ended_is_not_made_again(here: Settings, there: Settings) -> None:
    before = filled(here)
    moved(here, there)
    with pytest.raises(SetupError, match="has been moved there already"):
        moved(here, there)
    with pytest.raises(SetupError, match="has been moved there already"):
        moved(there, here)
    assert contents(there) == before


def test_a_target_that_is_in_use(here: Settings, there: Settings) -> None:
    filled(here)
    theirs = filled(there)
    with pytest.raises(SetupError, match="the cluster is not empty"):
        moved(here, there)
    assert contents(there) == theirs
    other = new_folder(here, "other")
    others = filled(other)
    with pytest.raises(SetupError, match=r"the data folder .* is not empty"):
        moved(there, other)
    assert contents(other) == others


@pytest.mark.parametrize("key", ["results/x/1/0.png", "uploads/x/file", "database", "secret"])
def test_a_store_that_is_in_use(here: Settings, there: Settings, key: str) -> None:
    filled(here)
    FolderStore(Path(there.store)).put(key, b"theirs")
    with pytest.raises(SetupError, match=r"the store .* is not empty"):
        moved(here, there)
    assert set(tree(Path(there.store))) == {key}


def test_keys_that_were_made_in_the_target(here: Settings, there: Settings) -> None:
    filled(here)
    with ExitStack() as opening:
        target = opened(there, opening, Purpose.MOVE_INTO)
        with transaction(target.engine) as connection:
            key = {"id": "k", "name": "", "sha256": "s", "hint": "", "created_at_ms": 1}
            connection.execute(insert(API_KEYS), key)
    with pytest.raises(SetupError, match="the cluster is not empty"):
        moved(here, there)


def test_a_folder_in_which_a_server_works(here: Settings, there: Settings) -> None:
    filled(here)
    with ExitStack() as server:
        serving(here, server)
        with pytest.raises(SetupError, match="another cleanplate already uses the data directory"):
            moved(here, there)


def test_a_folder_without_a_database(here: Settings, there: Settings) -> None:
    with pytest.raises(SetupError, match=r"there is no database in .*: is --data right"):
        moved(here, there)
    assert not here.data.exists()


def test_a_database_without_cleanplate(here: Settings, there: Settings) -> None:
    with pytest.raises(SetupError, match="there is no cleanplate in this database"):
        moved(there, here)


@pytest.fixture
def stranger(there: Settings) -> Iterator[None]:
    """A program that is connected to the cluster's database."""
    engine = create_engine(there.database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect():
        yield
    engine.dispose()


@pytest.mark.usefixtures("stranger")
def test_a_cluster_to_which_somebody_is_connected(here: Settings, there: Settings) -> None:
    filled(here)
    with pytest.raises(SetupError, match=r"others work on the cluster: somebody at 127\.0\.0\.1; stop every"):
        moved(here, there)


def test_a_cluster_in_which_a_server_works(here: Settings, there: Settings) -> None:
    filled(there)
    with ExitStack() as server:
        serving(there, server)
        with pytest.raises(SetupError, match=r"others work on the cluster: cleanplate at 127\.0\.0\.1"):
            moved(there, here)


def test_a_cluster_with_a_worker_that_lives(here: Settings, there: Settings) -> None:
    filled(there)
    with ExitStack() as opening, transaction(serving(there, opening).engine) as connection:
        living = update(WORKERS).where(WORKERS.c.id.in_([f"{number:05}" for number in range(7)]))
        connection.execute(living.values(lease_until_ms=unix_ms() + 60_000))
    with pytest.raises(SetupError, match=r"worker 00000, .* worker 00004, \.\.\.; stop every"):
        moved(there, here)


def test_nobody_writes_to_the_source_meanwhile(
    here: Settings, there: Settings, postgres: PostgresServer
) -> None:
    filled(here)
    back, refused = new_folder(here, "back"), list[str]()

    def write_to_folder(*_: object) -> None:
        if not refused:
            engine = open_database(here.data / DATABASE)
            with pytest.raises(StorageFailed) as caught, transaction(engine) as connection:
                connection.execute(update(API_KEYS).values(name="x"))
            engine.dispose()
            refused.append(caught.value.log)

    def write_to_cluster(*_: object) -> None:
        if len(refused) == 1:
            name = there.database_url.rpartition("/")[2]
            with pytest.raises(subprocess.CalledProcessError) as caught:
                postgres.sql("SET lock_timeout = '50ms'; UPDATE api_keys SET name = 'x'", name)
            refused.append(caught.value.stderr)

    moved(here, there, write_to_folder)
    moved(there, back, write_to_cluster)
    assert ["locked" in refused[0], "lock timeout" in refused[1]] == [True, True]


def test_a_schema_of_another_version(here: Settings, there: Settings, postgres: PostgresServer) -> None:
    here.data.mkdir()
    make_database(here.data / DATABASE, "0007")
    files = tree(here.data)
    with pytest.raises(SetupError, match="has the schema 0007 of another version"):
        moved(here, there)
    assert tree(here.data) | files == tree(here.data)
    filled(there)
    name = there.database_url.rpartition("/")[2]
    postgres.sql("UPDATE alembic_version SET version_num = '0900'", name)
    with pytest.raises(SetupError, match="has the schema 0900 of another version"):
        moved(there, new_folder(here, "new"))
    new = new_folder(here, "newer")
    filled(new)
    with pytest.raises(SetupError, match="has the schema 0900 of another version"):
        moved(new, there)


def test_a_secret_that_is_lost(here: Settings, there: Settings) -> None:
    before = filled(here)
    (here.data / "secret").unlink()
    assert not moved(here, there).secret
    after = contents(there)
    assert (after.rows, after.blobs) == (before.rows, before.blobs)
    assert after.mac != before.mac


def test_a_store_that_both_places_have(here: Settings, there: Settings) -> None:
    before = filled(here)
    shared = there.model_copy(update={"store": str(here.data / "objects")})
    went = moved(here, shared)
    assert went.files is None
    assert contents(shared) == before
    with ExitStack() as opening:
        cluster = opened(shared, opening, Purpose.MOVE_FROM)
        assert cluster.secrets.get("secret") == (here.data / "secret").read_bytes()


def test_stores_one_within_the_other(here: Settings, there: Settings) -> None:
    filled(here)
    inner = there.model_copy(update={"store": str(here.data / "objects" / "inputs")})
    with pytest.raises(
        SetupError, match=r"lie one within the other|lies within .*objects, the store of another"
    ):
        moved(here, inner)


def test_files_of_another_installation(here: Settings, there: Settings) -> None:
    filled(here)
    other = new_folder(here, "other")
    filled(other)
    shutil.rmtree(here.data / "objects")
    shutil.copytree(other.data / "objects", here.data / "objects")
    with pytest.raises(SetupError, match="belong to a database that is not there"):
        moved(here, there)


def test_a_row_that_comes_out_otherwise(here: Settings, there: Settings, postgres: PostgresServer) -> None:
    """Something in the target changes what is written: nothing is kept, and no server takes it for whole."""
    filled(here)
    with ExitStack() as opening:
        opened(there, opening, Purpose.MOVE_INTO)
    name = there.database_url.rpartition("/")[2]
    postgres.sql(
        "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.id = ''00007'' THEN NEW.hint = ''odd''; END IF; RETURN NEW; END';"
        "CREATE TRIGGER odd BEFORE INSERT ON api_keys FOR EACH ROW EXECUTE FUNCTION odd()",
        name,
    )
    with pytest.raises(SetupError, match="the copy of the table api_keys differs"):
        moved(here, there)
    assert postgres.sql("SELECT count(*) FROM tasks", name) == "0"
    with ExitStack() as opening, pytest.raises(SetupError, match="has not filled this database to its end"):
        serving(there, opening)
    postgres.sql("DROP TRIGGER odd ON api_keys", name)
    assert moved(here, there).resumed
    assert contents(there) == contents(here)


def test_names_that_the_target_cannot_hold(here: Settings, there: Settings) -> None:
    """A client chose them. Nobody can ask for them there: their files go when their time is over."""
    filled(here)
    names = ["a\0b", "a\N{REPLACEMENT CHARACTER}b", "a\0\0b"]
    row = {"account": "a", "model": "m", "size_bytes": 1, "created_at_ms": 1, "expires_at_ms": 2}
    with ExitStack() as opening, transaction(serving(here, opening).engine) as connection:
        rows = [
            row | {"name": name, "object_key": f"uploads/{number}/file"} for number, name in enumerate(names)
        ]
        connection.execute(insert(UPLOADS), rows)
    moved(here, there)
    there_are = {row["object_key"]: row["name"] for row in contents(there).rows if row["table"] == "uploads"}
    kept = [there_are[f"uploads/{number}/file"] for number in range(3)]
    assert kept[1] == names[1]
    assert len(set(kept)) == 3
    assert kept[0].startswith("a\N{REPLACEMENT CHARACTER}b ")


def test_a_source_with_half_of_an_installation(here: Settings, there: Settings) -> None:
    filled(here)
    with closing(sqlite3.connect(here.data / DATABASE)) as file:
        file.execute("UPDATE installation SET unfinished = 'x'")
        file.commit()
    with pytest.raises(SetupError, match="has not filled this database to its end"):
        moved(here, there)
