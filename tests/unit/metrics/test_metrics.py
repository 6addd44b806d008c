"""What is counted, and that no stranger makes a new value of a label."""

import asyncio
import os
import re
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cleanplate.errors import DownloadFailed, StorageFailed
from cleanplate.metrics.metrics import Metrics
from cleanplate.metrics.state_collector import StateCollector
from cleanplate.tasks.ended import EndedTask
from cleanplate.tasks.pool_totals import ModelTotals
from cleanplate.tasks.queue_state import QueueState
from cleanplate.tasks.task import State


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(dialects=["native"], edits=["erase"], engines=["patchmatch", "lama"])


def _labels(registry: CollectorRegistry, name: str) -> set[tuple[str, ...]]:
    """The values of the labels of all samples of this name, in order of the labels' names."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        tuple(value for _, value in sorted(sample.labels.items()))
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def _task(**changed: object) -> EndedTask:
    fields: dict[str, object] = {
        "edit": "erase",
        "state": State.SUCCEEDED,
        "simulated": False,
        "engines": ("patchmatch",),
        "wait_s": 0.2,
        "compute_s": 1.5,
    }
    return EndedTask(**{**fields, **changed})  # type: ignore[arg-type]


def test_requests_have_a_bounded_number_of_labels(metrics: Metrics) -> None:
    for number in range(200):
        metrics.request(f"made-up-{number}", f"METHOD{number}", 404)
    metrics.request("native", "POST", 202)
    metrics.request(None, "GET", 200)
    found = _labels(metrics.registry, "cleanplate_requests_total")
    assert found == {("404", "other", "other"), ("202", "native", "POST"), ("200", "none", "GET")}


def test_tasks_by_edit_and_engine(metrics: Metrics) -> None:
    metrics.task(_task())
    metrics.task(_task(engines=("patchmatch", "lama")))
    metrics.task(_task(engines=()))
    metrics.task(_task(edit="plug-in", engines=("somebody's",)))
    metrics.task(_task(simulated=True, edit="of a test key"))
    metrics.task(_task(state=State.CANCELLED, wait_s=None, compute_s=None))
    assert _labels(metrics.registry, "cleanplate_task_seconds_count") == {
        ("erase", "patchmatch"),
        ("erase", "several"),
        ("erase", "none"),
        ("other", "other"),
    }
    value = metrics.registry.get_sample_value
    assert value("cleanplate_tasks_total", {"edit": "erase", "state": "succeeded"}) == 3
    assert value("cleanplate_tasks_total", {"edit": "erase", "state": "cancelled"}) == 1
    assert value("cleanplate_task_wait_seconds_count", {"edit": "erase"}) == 3
    bucket = {"edit": "erase", "engine": "patchmatch", "le": "1.0"}
    assert value("cleanplate_task_seconds_bucket", bucket) == 0
    assert value("cleanplate_task_seconds_bucket", {**bucket, "le": "2.5"}) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (DownloadFailed("no"), "download-failed"),
        (asyncio.CancelledError(), "dropped"),
        (ZeroDivisionError(), "other"),
    ],
)
def test_downloads_by_outcome(metrics: Metrics, error: BaseException | None, outcome: str) -> None:
    async def fetch(url: str, max_bytes: int, key: str) -> bytes:
        if error is not None:
            raise error
        return b"x"

    try:
        assert asyncio.run(metrics.watched(fetch)("https://example.com", 9, "k")) == b"x"
    except BaseException as raised:
        assert type(raised) is type(error)
    assert _labels(metrics.registry, "cleanplate_downloads_total") == {(outcome,)}
    assert metrics.registry.get_sample_value("cleanplate_download_seconds_count") == 1


def _state(queue: Callable[[], QueueState]) -> CollectorRegistry:
    registry = CollectorRegistry()
    models = {"lama": ModelTotals(2, 1000, 3, 5, 1.5, 1), "span": ModelTotals(loads=1)}
    processes = [os.getpid(), os.getppid()]
    registry.register(StateCollector(queue, lambda: 77, lambda: processes, lambda: 4, lambda: models))
    return registry


def test_the_line_is_read_when_somebody_asks() -> None:
    lengths = iter([1, 5])
    registry = _state(lambda: QueueState(next(lengths), 2, 3, 4.5, 6, {"general": 7}))
    for queued in (1, 5):
        text = generate_latest(registry).decode()
        assert f'cleanplate_queue_tasks{{state="queued"}} {queued}.0' in text
    assert "cleanplate_queue_age_seconds 4.5" in text
    assert "cleanplate_callbacks_due 6.0" in text
    assert 'cleanplate_queue_waiting{queue="general"} 7.0' in text
    assert "cleanplate_database_up 1.0" in text
    assert "cleanplate_disk_free_bytes 77.0" in text
    assert "cleanplate_processes 2.0" in text
    assert "cleanplate_processes_started_total 4.0" in text
    for sample in (
        'models_loaded{model="lama"} 2.0',
        'models_loaded{model="span"} 0.0',
        'model_bytes{model="lama"} 1000.0',
        'model_loads_total{model="lama"} 3.0',
        'model_hits_total{model="lama"} 5.0',
        'model_load_seconds_total{model="lama"} 1.5',
        'model_evictions_total{model="lama"} 1.0',
    ):
        assert f"cleanplate_{sample}" in text
    held = float(re.findall(r"^cleanplate_processes_resident_bytes (.+)$", text, re.MULTILINE)[0])
    assert held > 2**20


def test_a_database_that_is_gone_is_told() -> None:
    def refuse() -> QueueState:
        raise StorageFailed("no")

    text = generate_latest(_state(refuse)).decode()
    assert "cleanplate_database_up 0.0" in text
    assert "cleanplate_queue_tasks" not in text
