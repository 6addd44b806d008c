"""Writers stand in line; when the file is locked from outside, only one looks and nobody else waits."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select
from tests.logged import logged

from cleanplate.database import open_database, sqlite, transaction
from cleanplate.database.tables import API_KEYS
from cleanplate.database.write_turn import Writers, WriteTurn
from cleanplate.errors import StorageFailed

FOR_EVER_S = 1e6


def _key(number: int) -> dict[str, object]:
    return {"id": f"key-{number}", "name": "", "sha256": f"{number}", "hint": "", "created_at_ms": number}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _elsewhere(step: object) -> list[BaseException]:
    """What another thread gets of it."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            assert callable(step)
            step()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return raised


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(sqlite, "Writers", partial(Writers, 0.2))
    engine = open_database(tmp_path / "a.db")
    yield engine
    engine.dispose()


def test_a_lock_from_outside_refuses_writers_and_no_readers(opened: Engine, tmp_path: Path) -> None:
    with locked(tmp_path / "a.db"):
        for alone in ((), ("test",), ()):
            with logged(StorageFailed, "locked"), transaction(opened, alone=alone) as connection:
                connection.execute(insert(API_KEYS), _key(1))
            with transaction(opened) as connection:
                assert connection.execute(select(API_KEYS)).all() == []
    with transaction(opened) as connection:
        connection.execute(insert(API_KEYS), _key(1))
        assert len(connection.execute(select(API_KEYS)).all()) == 1


def test_nobody_waits_while_one_looks_at_a_locked_file() -> None:
    writers = Writers(FOR_EVER_S)
    looking = WriteTurn(writers)
    looking.take()
    looking.found(locked=True)
    assert [type(error) for error in _elsewhere(WriteTurn(writers).take)] == [StorageFailed]
    looking.end()
    again = WriteTurn(writers)
    left_s = again.take()
    assert left_s is not None
    assert left_s < 1
    again.found(locked=False)
    again.end()
    assert WriteTurn(writers).take() == pytest.approx(FOR_EVER_S, abs=100)


def test_the_turn_is_given_on_after_an_error(opened: Engine) -> None:
    for number in (1, 1, 1):
        with pytest.raises(ZeroDivisionError), transaction(opened) as connection:
            connection.execute(insert(API_KEYS), _key(number))
            raise ZeroDivisionError
    with transaction(opened) as connection:
        connection.execute(insert(API_KEYS), _key(1))


def test_readers_have_no_turn(opened: Engine) -> None:
    """One writes and does not end; others read, and the next writer is refused."""
    with transaction(opened) as writing:
        writing.execute(insert(API_KEYS), _key(1))

        def read() -> None:
            with transaction(opened) as reading:
                assert reading.execute(select(API_KEYS)).all() == []

        def write() -> None:
            with transaction(opened) as second:
                second.execute(insert(API_KEYS), _key(2))

        assert _elsewhere(read) == []
        assert [type(error) for error in _elsewhere(write)] == [StorageFailed]
    write()
