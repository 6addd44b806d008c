"""A database of the first version, with tasks in every state, comes to the newest one as it was."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.old_database import add_row, make_database

from cleanplate.access import Access, Caller
from cleanplate.access.static_keys import sha256_of
from cleanplate.database import open_database
from cleanplate.intake.sources import Remote
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Stored
from cleanplate.webhooks.outbox import Outbox

RULES = {"formats": ["png"], "max_bytes": 9, "max_side_px": 64, "max_pixels": 4096, "colours": [[1, 2, 3]]}
HERE = {"image": {"url": None, "rules": RULES}}
AWAY = {"image": {"url": "https://example.com/a.png", "rules": RULES}, **{"mask": HERE["image"]}}
NOW_MS = 1_700_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file at revision 0001."""
    path = tmp_path / "cleanplate.db"
    make_database(path, "0001")
    return path


@pytest.fixture
def add(path: Path) -> Callable[..., None]:
    """Writes a row of a table as the first version did."""
    return partial(add_row, path)


def task(
    task_id: str, state: str, inputs: dict[str, Any] = HERE, scenario: str | None = None
) -> dict[str, Any]:
    """A row of `tasks` at revision 0001."""
    return {
        "id": task_id,
        "dialect": "native",
        "model": "",
        "edit": "erase",
        "parameters": {"seed": 1},
        "inputs": inputs,
        "key_id": "static-1",
        "request_id": "r",
        "priority": 0,
        "state": state,
        "attempt": 0 if state == "queued" else 1,
        "created_at_ms": NOW_MS,
        "results": [],
        "progress": 0.0,
        "cancel_wanted": False,
        "count": 1,
        "output": "png",
        "scenario": scenario,
        "extra": {},
    }


def test_tasks_go_on_where_they_were(path: Path, add: Callable[..., None]) -> None:
    add("tasks", **task("here", "queued"))
    add("tasks", **task("away", "queued", AWAY))
    add("tasks", **task("waits", "queued", scenario="queued=9"))
    add("tasks", **task("ran", "running"))
    add("tasks", **task("done", "cancelled", AWAY))
    engine = open_database(path)
    store = TaskStore(engine)
    assert [found.id for found in store.take_unstaged("s")] == ["away", "waits"]
    assert store.reap() == 1, "nobody holds a lease of the old version"
    claimed = {found.id: found for _ in range(2) if (found := store.claim_next("w")) is not None}
    assert {name: found.standing.attempt for name, found in claimed.items()} == {"here": 1, "ran": 2}
    assert store.claim_next("w") is None
    assert store.claim_next("w", simulated=True) is None
    away, done = store.get("away"), store.get("done")
    assert away is not None
    assert done is not None
    assert [type(given.source) for given in away.submission.inputs.values()] == [Remote, Stored]
    assert away.submission.inputs["image"].rules.colours == ((1, 2, 3),)
    assert (done.standing.state, done.submission.parameters) == (State.CANCELLED, {"seed": 1})
    engine.dispose()


def test_what_is_in_line_stays_in_order(path: Path, add: Callable[..., None]) -> None:
    for number in range(3):
        add("tasks", **task(f"old-{number}", "queued") | {"created_at_ms": NOW_MS + number})
    engine = open_database(path)
    store = TaskStore(engine)
    claimed = [store.claim_next("w") for _ in range(3)]
    assert [found and found.id for found in claimed] == ["old-0", "old-1", "old-2"]
    engine.dispose()


def test_callbacks_and_usage_are_kept(path: Path, add: Callable[..., None]) -> None:
    add("tasks", **task("t", "cancelled"))
    add("deliveries", task_id="t", attempt=2, next_at_ms=NOW_MS)
    add("deliveries", task_id="of a task that is gone", attempt=0, next_at_ms=NOW_MS + 1)
    add("usage", key_id="k", day="2026-01-01", tasks=1, images=2, compute_ms=3)
    engine = open_database(path)
    due, lost = Outbox(engine).claim("s", NOW_MS + 1, limit=5, lease_ms=1000)
    assert (due.task_id, due.tried, due.account, lost.account) == ("t", 2, "static-1", "")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM usage").all() == [("k", "k", "2026-01-01", 1, 2, 3)]
    engine.dispose()


def test_an_upgrade_that_fails_leaves_the_first_version(path: Path, add: Callable[..., None]) -> None:
    add("tasks", **task("broken", "queued") | {"inputs": "no JSON"})
    with pytest.raises(ValueError, match="Expecting value"):
        open_database(path)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        columns = {row[1] for row in file.execute("PRAGMA table_info(tasks)")}
    assert "staged" not in columns


def all_of(path: Path, columns: Sequence[str]) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return set(file.execute(f"SELECT {', '.join(columns)} FROM tasks"))  # noqa: S608 - names of columns


def test_the_last_version_before_queues(tmp_path: Path) -> None:
    """Every row is as it was, in the one queue that there is, and who was next is next."""
    path = tmp_path / "cleanplate.db"
    make_database(path, "0007")
    for number in range(300):
        state = ("queued", "succeeded", "running")[number % 3]
        row = task(f"{number:03}", state) | {"account": f"a{number % 7}", "turn": float(number * 37 % 11)}
        add_row(path, "tasks", **row | {"interactive": number % 5 == 0, "started_at_ms": None})
    with closing(sqlite3.connect(path)) as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(tasks)")]
        line = (
            "SELECT id FROM tasks WHERE state = 'queued' AND interactive = ? "
            "ORDER BY priority, turn, created_at_ms, id"
        )
        in_line = [[row[0] for row in file.execute(line, (interactive,))] for interactive in (1, 0)]
    before = all_of(path, columns)
    engine = open_database(path)
    assert all_of(path, columns) == before
    assert {row[1:] for row in all_of(path, ["id", "queue", "canvas"])} == {("general", "")}
    store = TaskStore(engine)
    claimed = [found for _ in range(100) if (found := store.claim_next("w")) is not None]
    of_each = [
        [one.id for one in claimed if one.submission.interactive is waited] for waited in (True, False)
    ]
    assert of_each == in_line
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    engine.dispose()


def test_no_key_of_an_earlier_version_is_an_admin(tmp_path: Path) -> None:
    path = tmp_path / "cleanplate.db"
    make_database(path, "0008")
    add_row(
        path, "api_keys", id="k", name="first", sha256=sha256_of("cp-old"), hint="-old", created_at_ms=NOW_MS
    )
    access = Access(open_database(path))
    assert access.caller("cp-old") == Caller("k", "first", "k", admin=False)
    assert access.create_first("first") is None
    assert access.set_admin("k", admin=True)
    assert access.caller("cp-old").admin
