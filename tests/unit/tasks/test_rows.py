"""Every column of the table is one field of one part of a task, and the other way round."""

from dataclasses import fields

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import Outcome, Standing, Submission


def test_columns_are_the_fields_of_the_parts() -> None:
    names = [field.name for part in (Submission, Standing, Outcome) for field in fields(part)]
    assert sorted(["id", *names]) == sorted(TASKS.c.keys())
