"""What KEDA asks the database, on the real tables: deploy/kubernetes."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from sqlalchemy import Engine, event, text, update
from tests.cluster_files import ROOT, scaling_queries

from cleanplate.database import transaction
from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import Task

PAGE: Final = (ROOT / "docs" / "cluster.md").read_text()
QUERIES: Final = scaling_queries()
COUNT, COST = (block.strip() for block in re.findall(r"```sql\n(\s*SELECT.*?)```", PAGE, re.DOTALL))
"""As docs/cluster.md has them; the second is for those who would rather count seconds."""


@pytest.fixture
def asked(engine: Engine) -> Callable[[str], float]:
    """The answer to a query, as Postgres gives it; SQLite is lent the one function that it has not."""
    if engine.dialect.name == "sqlite":
        event.listen(
            engine,
            "checkout",
            lambda lent, *_: lent.create_function("split_part", 3, lambda of, at, n: of.split(at)[n - 1]),
        )

    def ask(query: str) -> float:
        with transaction(engine) as connection:
            return float(connection.execute(text(query)).scalar_one())

    return ask


@pytest.fixture
def put(engine: Engine, add_task: Callable[..., Task]) -> Callable[..., None]:
    """Stores a task and sets columns of its row."""

    def put(**columns: Any) -> None:
        task = add_task()
        with transaction(engine) as connection:
            connection.execute(update(TASKS).where(TASKS.c.id == task.id).values(columns))

    return put


def test_open_tasks_are_counted_in_their_queue(
    put: Callable[..., None], asked: Callable[[str], float]
) -> None:
    assert {name: asked(query) for name, query in QUERIES.items()} == dict.fromkeys(QUERIES, 0)
    put(queue="general")
    put(queue="general", state="running")
    put(queue="instruct")
    put(queue="inpaint:flux-klein", state="running")
    put(queue="find")
    for ended in ("succeeded", "failed", "cancelled"):
        put(queue="general", state=ended)
    put(queue="general", staged=False)
    put(queue="instruct", scenario="ok")
    assert {name: asked(query) for name, query in QUERIES.items()} == {
        "cleanplate-worker": 2,
        "cleanplate-gpu-worker": 2,
    }


def test_seconds_of_work_can_be_counted_too(put: Callable[..., None], asked: Callable[[str], float]) -> None:
    assert asked(COST) == 0
    put(queue="general", cost_ms=1500)
    put(queue="general", cost_ms=2000, state="running")
    put(queue="instruct", cost_ms=4000)
    assert asked(COST) == 3.5


def test_the_page_has_the_query_of_the_files() -> None:
    assert COUNT.split() == QUERIES["cleanplate-worker"].split()


def test_kedas_role_may_read_what_is_asked_for() -> None:
    (granted,) = re.findall(r"GRANT SELECT \((.*?)\) ON tasks", PAGE)
    words = set(re.findall(r"[a-z_]+\b(?!\()", " ".join([*QUERIES.values(), COST])))
    assert words & set(TASKS.c.keys()) <= set(granted.split(", ")) <= set(TASKS.c.keys())
