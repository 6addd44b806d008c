"""A task as a row of the table `tasks`, and back: the one place where the two meet."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Row

from cleanplate.intake.picture_rules import FORMATS, PictureRules
from cleanplate.intake.sources import Remote
from cleanplate.tasks.task import (
    Failure,
    Outcome,
    Output,
    Standing,
    State,
    Stored,
    Submission,
    Task,
    TaskInput,
)

_SUBMISSION: Final = tuple(field.name for field in fields(Submission))
_STANDING: Final = tuple(field.name for field in fields(Standing))
_OUTCOME: Final = tuple(field.name for field in fields(Outcome))


def row_of(task: Task) -> dict[str, Any]:
    """The values of every column. Columns bear the names of the fields of the three parts."""
    outcome = task.outcome
    return {
        "id": task.id,
        **_values(task.submission, _SUBMISSION),
        **_values(task.standing, _STANDING),
        **_values(outcome, _OUTCOME),
        "parameters": dict(task.submission.parameters),
        "inputs": {role: _stored_input(given) for role, given in task.submission.inputs.items()},
        "extra": dict(task.submission.extra),
        "state": task.standing.state.value,
        "results": [asdict(result) for result in outcome.results],
        "failure": None if outcome.failure is None else asdict(outcome.failure),
    }


def task_of(row: Row[Any]) -> Task:
    """The task of a row that has every column."""
    values = dict(row._mapping)
    values["inputs"] = {role: _input(stored) for role, stored in values["inputs"].items()}
    values["state"] = State(values["state"])
    values["results"] = tuple(_result(stored) for stored in values["results"])
    values["failure"] = None if values["failure"] is None else Failure(**values["failure"])
    return Task(
        values["id"],
        Submission(**_chosen(values, _SUBMISSION)),
        Standing(**_chosen(values, _STANDING)),
        Outcome(**_chosen(values, _OUTCOME)),
    )


def _values(part: Submission | Standing | Outcome, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names}


def _chosen(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names}


def _stored_input(given: TaskInput) -> dict[str, Any]:
    url = given.source.url if isinstance(given.source, Remote) else None
    return {"url": url, "rules": asdict(given.rules)}


def _input(stored: Mapping[str, Any]) -> TaskInput:
    url, rules = stored["url"], stored["rules"]
    # Rules that an earlier version stored may name what is none: a row must stay readable.
    formats = tuple(name for name in rules["formats"] if name in FORMATS)
    arrays = {"formats": formats, "colours": tuple(map(tuple, rules["colours"]))}
    return TaskInput(Stored() if url is None else Remote(url), PictureRules(**rules | arrays))


def _result(stored: Mapping[str, Any]) -> Output | Failure:
    return Output(**stored) if "key" in stored else Failure(**stored)
