"""Every column of the table is one field of one part of a task, and the other way round."""

from collections.abc import Callable
from dataclasses import fields

from sqlalchemy import Engine, select, update

from cleanplate.database import transaction
from cleanplate.database.tables import TASKS
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Outcome, Standing, Submission, Task


def test_columns_are_the_fields_of_the_parts() -> None:
    names = [field.name for part in (Submission, Standing, Outcome) for field in fields(part)]
    in_line = "turn"
    assert sorted(["id", in_line, *names]) == sorted(TASKS.c.keys())


def test_a_row_with_a_format_that_is_none_stays_readable(
    engine: Engine, store: TaskStore, make_task: Callable[..., Task]
) -> None:
    task = make_task()
    store.insert(task)
    with transaction(engine) as connection:
        inputs = connection.execute(select(TASKS.c.inputs)).scalar_one()
        for given in inputs.values():
            given["rules"]["formats"] = ["jpg", "png"]
        connection.execute(update(TASKS).values(inputs=inputs))
    found = store.get(task.id)
    assert found is not None
    assert {given.rules.formats for given in found.submission.inputs.values()} == {("png",)}
