"""The span of one attempt at a task, and that of the wait before it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from cleanplate.tasks.attempt import AttemptEnd
from cleanplate.tasks.ended import engines_of
from cleanplate.tasks.task import State, Task
from cleanplate.tracing.spans import Tracer, TraceSpan

_NS_PER_MS: Final = 1_000_000


def attempt_span(tracer: Tracer, task: Task) -> AbstractContextManager[TraceSpan]:
    """Be in the span of an attempt that has just begun.

    The first one tells how long the task was in line, too: from its submit, downloads included.
    """
    standing, trace = task.standing, task.submission.trace
    if standing.attempt == 1 and standing.started_at_ms is not None:
        waited = standing.created_at_ms * _NS_PER_MS, standing.started_at_ms * _NS_PER_MS
        tracer.record("queue", trace, *waited, task.attributes)
    number = {"cleanplate.task.attempt": standing.attempt}
    return tracer.span("attempt", trace, attributes={**task.attributes, **number})


def tell_end(span: TraceSpan, end: AttemptEnd) -> None:
    """How it ended, who filled, and the code of a failure."""
    recipes: list[Mapping[str, Any]] = [output.recipe for output in end.outcome.outputs]
    span.set({"cleanplate.task.state": end.state.value})
    if engines := engines_of(recipes):
        span.set({"cleanplate.engine": "+".join(engines)})
    if end.state in (State.FAILED, State.QUEUED) and end.outcome.failure is not None:
        span.fail(end.outcome.failure.code)
