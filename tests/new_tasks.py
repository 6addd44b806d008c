"""Tasks that tests make, and a clock that stands still."""

import dataclasses
import uuid
from typing import Any

from sqlalchemy import update

from cleanplate.database import transaction
from cleanplate.database.tables import TASKS
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, Outcome, Standing, Stored, Submission, Task, TaskInput

RULES = PictureRules(formats=("png", "jpeg"), max_bytes=1 << 20, max_side_px=64, max_pixels=4096)
_PLAIN = Submission(
    dialect="dashscope",
    model="image-erase-completion",
    edit="paint",
    parameters={},
    inputs={"image": TaskInput(Stored(), RULES), "mask": TaskInput(Stored(), RULES)},
    key_id="static-1",
    account="static-1",
    request_id=str(uuid.uuid4()),
)


@dataclasses.dataclass
class Clock:
    """Unix milliseconds that move when a test says so."""

    now_ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


def new_task(now_ms: int, **fields: Any) -> Task:
    """A queued and staged task that is not stored yet; keywords replace single fields of its parts.

    Its key is alone in its account unless they say otherwise.
    """
    if "key_id" in fields:
        fields.setdefault("account", fields["key_id"])
    part = {
        kind: {
            field.name: fields.pop(field.name) for field in dataclasses.fields(kind) if field.name in fields
        }
        for kind in (Submission, Standing, Outcome)
    }
    assert not fields, f"no task has {fields}"
    return Task(
        str(uuid.uuid4()),
        dataclasses.replace(_PLAIN, **part[Submission]),
        Standing(**{"created_at_ms": now_ms, "staged": True} | part[Standing]),
        Outcome(**part[Outcome]),
    )


def claim(store: TaskStore, task_id: str) -> Claim:
    """Start this task, whichever is the next in line."""
    with transaction(store._engine) as connection:
        first = {"staged": True, "priority": -(10**6)}
        connection.execute(update(TASKS).where(TASKS.c.id == task_id).values(first))
    task = store.claim_next("a test's worker")
    assert task is not None
    assert task.id == task_id
    return task.claim
