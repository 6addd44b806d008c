"""What is told of an attempt, and of the wait before it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import pytest
from tests.new_tasks import new_task

from cleanplate.tasks.attempt import AttemptEnd
from cleanplate.tasks.attempt_span import attempt_span, tell_end
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import TRACE, Failure, Outcome, Output, State, Task
from cleanplate.tracing.spans import NO_TRACE, Attributes, Kind, NoSpan, NoTracer, TraceContext, TraceSpan

HERE = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
DIED = Failure("worker-died", "the worker died repeatedly")


@dataclass(frozen=True)
class OneSpan(NoSpan):
    said: dict[str, object] = field(default_factory=dict)

    def set(self, attributes: Attributes) -> None:
        self.said.update(attributes)

    def fail(self, kind: str) -> None:
        self.said["failed"] = kind


@dataclass(frozen=True)
class Told(NoTracer):
    """Keeps what it is told of."""

    spans: dict[str, tuple[TraceContext, Mapping[str, object]]] = field(default_factory=dict)
    times: list[tuple[int, int]] = field(default_factory=list)

    def span(
        self, name: str, parent: TraceContext, *, kind: Kind = "internal", attributes: Attributes = NO_TRACE
    ) -> AbstractContextManager[TraceSpan]:
        self.spans[name] = parent, attributes
        return nullcontext(OneSpan())

    def record(
        self, name: str, parent: TraceContext, began_ns: int, ended_ns: int, attributes: Attributes = NO_TRACE
    ) -> None:
        self.spans[name] = parent, attributes
        self.times.append((began_ns, ended_ns))


def _started(attempt: int, extra: Mapping[str, object]) -> Task:
    return new_task(1_000, started_at_ms=3_500, attempt=attempt, extra=extra)


def test_the_first_attempt_tells_of_the_wait_too() -> None:
    told, task = Told(), _started(1, {TRACE: HERE})
    attempt_span(told, task)
    about = {"cleanplate.task.id": task.id, "cleanplate.dialect": "dashscope", "cleanplate.edit": "paint"}
    attempt = {**about, "cleanplate.task.attempt": 1}
    assert told.spans == {"queue": (HERE, about), "attempt": (HERE, attempt)}
    assert told.times == [(1_000_000_000, 3_500_000_000)]


def test_a_later_one_belongs_to_the_same_trace() -> None:
    told = Told()
    attempt_span(told, _started(2, {TRACE: HERE}))
    assert {name: parent for name, (parent, _) in told.spans.items()} == {"attempt": HERE}


def test_a_task_of_a_request_without_a_trace() -> None:
    told = Told()
    attempt_span(told, _started(1, {}))
    assert told.spans["attempt"][0] == NO_TRACE


def test_the_row_keeps_it(store: TaskStore) -> None:
    task = new_task(1_000, extra={TRACE: HERE, "base_url": "x"})
    store.insert(task)
    found = store.get(task.id)
    assert found is not None
    assert found.submission.trace == HERE


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            AttemptEnd(
                State.SUCCEEDED, Outcome((Output("k", 1, 1, "image/png", {"engine": "lama+span"}), DIED))
            ),
            {"cleanplate.task.state": "succeeded", "cleanplate.engine": "lama+span"},
        ),
        (
            AttemptEnd(State.FAILED, Outcome((), Failure("engine-failed", "words"))),
            {"cleanplate.task.state": "failed", "failed": "engine-failed"},
        ),
        (
            AttemptEnd(State.QUEUED, Outcome((), DIED)),
            {"cleanplate.task.state": "queued", "failed": "worker-died"},
        ),
        (AttemptEnd(State.CANCELLED), {"cleanplate.task.state": "cancelled"}),
    ],
)
def test_how_it_ended(end: AttemptEnd, said: dict[str, object]) -> None:
    span = OneSpan()
    tell_end(span, end)
    assert span.said == said
