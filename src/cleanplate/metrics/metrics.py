"""Counters and histograms, each with labels that no stranger can add a value to."""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from cleanplate.errors import CleanplateError
from cleanplate.tasks.ended import EndedTask
from cleanplate.tasks.pool_totals import OTHER

Fetch: TypeAlias = Callable[[str, int, str], Coroutine[Any, Any, bytes]]
"""(url, most bytes) -> the bytes."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OK: Final = "ok"
_SEVERAL: Final = "several"
_NONE: Final = "none"

# Upper bounds in seconds: a submit is a matter of milliseconds, an edit of seconds, a wait of minutes
_SUBMIT_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COMPUTE_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_WAIT_S: Final = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_DOWNLOAD_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one application. Thread-safe.

    Args:
        dialects, edits, engines: the names that labels may have. Engines are fills and models.

    Attributes:
        registry: what Prometheus is given.
    """

    def __init__(
        self, *, dialects: Collection[str], edits: Collection[str], engines: Collection[str]
    ) -> None:
        self._dialects, self._edits, self._engines = frozenset(dialects), frozenset(edits), frozenset(engines)
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "cleanplate_requests", "Answered requests.", ("dialect", "method", "code"), registry=registry
        )
        self._submit_s = _histogram(registry, "submit", "Submits, from head to reply.", _SUBMIT_S, "dialect")
        self._tasks = Counter("cleanplate_tasks", "Tasks that ended.", ("edit", "state"), registry=registry)
        self._compute_s = _histogram(registry, "task", "Work on a task.", _COMPUTE_S, "edit", "engine")
        self._wait_s = _histogram(registry, "task_wait", "A task's time in line.", _WAIT_S, "edit")
        self._downloads = Counter("cleanplate_downloads", "Fetched URLs.", ("outcome",), registry=registry)
        self._download_s = _histogram(registry, "download", "One download.", _DOWNLOAD_S)
        self._callbacks = Counter("cleanplate_callbacks", "Sent callbacks.", ("outcome",), registry=registry)

    def request(self, dialect: str | None, method: str, status: int) -> None:
        """A request was answered; None is no dialect's."""
        known = _NONE if dialect is None else _known(dialect, self._dialects)
        self._requests.labels(known, _known(method, _METHODS), str(status)).inc()

    def submit(self, dialect: str, seconds: float) -> None:
        """A submit was answered with a task."""
        self._submit_s.labels(_known(dialect, self._dialects)).observe(seconds)

    def task(self, ended: EndedTask) -> None:
        """A task has ended. Simulated ones, which do no work, are not told."""
        if ended.simulated:
            return
        edit = _known(ended.edit, self._edits)
        self._tasks.labels(edit, ended.state.value).inc()
        if ended.wait_s is not None:
            self._wait_s.labels(edit).observe(ended.wait_s)
        if ended.compute_s is not None:
            self._compute_s.labels(edit, self._engine(ended.engines)).observe(ended.compute_s)

    def callback(self, outcome: str) -> None:
        """A callback was tried: "delivered", "postponed" or "given up"."""
        self._callbacks.labels(outcome).inc()

    def watched(self, fetch: Fetch) -> Fetch:
        """The same fetch, counted by how it ended: "ok", a code of `errors.py`, "dropped" or "other"."""

        async def watched_fetch(url: str, max_bytes: int, key: str) -> bytes:
            began_s, outcome = time.perf_counter(), OTHER
            try:
                data = await fetch(url, max_bytes, key)
                outcome = _OK
            except CleanplateError as error:
                outcome = error.code
                raise
            except asyncio.CancelledError:
                outcome = "dropped"
                raise
            finally:
                self._downloads.labels(outcome).inc()
                self._download_s.observe(time.perf_counter() - began_s)
            return data

        return watched_fetch

    def _engine(self, engines: Collection[str]) -> str:
        if len(engines) > 1:
            return _SEVERAL
        return next((_known(engine, self._engines) for engine in engines), _NONE)


def _histogram(
    registry: CollectorRegistry, name: str, what: str, bounds_s: tuple[float, ...], *labels: str
) -> Histogram:
    return Histogram(f"cleanplate_{name}_seconds", what, labels, registry=registry, buckets=bounds_s)


def _known(name: str, names: Collection[str]) -> str:
    return name if name in names else OTHER
