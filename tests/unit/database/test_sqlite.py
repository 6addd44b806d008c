"""What is a database's own stands in its module; SQLite's does what it says."""

import re
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

import cleanplate
from cleanplate.database import open_database, transaction
from cleanplate.database.tables import API_KEYS
from cleanplate.tasks import moves

SOURCE = Path(cleanplate.__file__).parent
PECULIAR = re.compile(r"sqlalchemy\.dialects|PRAGMA|exec_driver_sql|BEGIN IMMEDIATE|sqlite_master")


def test_no_other_module_speaks_a_dialect() -> None:
    speaking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if PECULIAR.search(path.read_text(encoding="utf-8"))
    }
    assert speaking == {f"database/{name}.py" for name in ("backend", "postgres", "sqlite", "sqlite_look")}


def test_the_claim_skips_locked_rows_where_a_database_has_them() -> None:
    claim = moves.next_claim(simulated=False)
    assert "FOR UPDATE SKIP LOCKED" in str(claim.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "FOR UPDATE" not in str(claim.compile(dialect=sqlite.dialect()))


def _key(number: int) -> dict[str, object]:
    return {"id": f"key-{number}", "name": "", "sha256": f"{number}", "hint": "", "created_at_ms": number}


def test_alone_what_is_counted_stays_true(engine: Engine) -> None:
    """Each thread counts before it writes: only a lock from the begin on keeps the counts apart."""
    together = threading.Barrier(4)
    counts: list[int] = []

    def work(first: int) -> None:
        together.wait(20)
        for number in range(first, first + 10):
            with transaction(engine, alone=("test",)) as connection:
                counts.append(connection.execute(select(func.count()).select_from(API_KEYS)).scalar_one())
                connection.execute(insert(API_KEYS), _key(number))

    threads = [threading.Thread(target=work, args=(100 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(40))


@pytest.mark.parametrize(("opened", "inside"), [("FULL", 1), ("NORMAL", 1), ("OFF", 0)])
def test_a_commit_that_need_not_last_does_not_wait(tmp_path: Path, opened: str, inside: int) -> None:
    engine = open_database(tmp_path / "a.db", synchronous=opened)
    usual = {"FULL": 2, "NORMAL": 1, "OFF": 0}[opened]
    pragma = "PRAGMA synchronous"
    for _ in range(2):
        with transaction(engine, durable=False) as connection:
            assert connection.exec_driver_sql(pragma).scalar() == inside
        with transaction(engine) as connection:
            assert connection.exec_driver_sql(pragma).scalar() == usual
    with pytest.raises(ZeroDivisionError), transaction(engine, durable=False) as connection:
        raise ZeroDivisionError
    with transaction(engine) as connection:
        assert connection.exec_driver_sql(pragma).scalar() == usual
    engine.dispose()
