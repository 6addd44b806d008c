"""A process that is killed with SIGKILL in the middle of its work, and the next one on the same files."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cleanplate.edits.base import Edit, EditRequest, Parameters
from cleanplate.imaging.types import Pixels
from cleanplate.storage.filesystem import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, State, Task, input_key, output_key
from cleanplate.tasks.worker import Worker

MakeTask = Callable[..., Task]
MAX_ATTEMPTS = 3

# Runs what is unfinished; says when an edit begins, and every edit takes an hour.
SERVER = """
import sys, time
from pathlib import Path
from cleanplate.database import open_database
from cleanplate.edits.base import Edit, Parameters
from cleanplate.storage.filesystem import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.worker import Worker

def run(request):
    print("begun", flush=True)
    time.sleep(3600)

data = Path(sys.argv[1])
store = TaskStore(open_database(data / "cleanplate.db"))
worker = Worker(store, FileStore(data / "objects"), {"paint": Edit("paint", "", Parameters, run)})
for task in store.recover(3):
    worker.enqueue(task)
worker.start()
time.sleep(3600)
"""


def _run_and_kill(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(data)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"begun\n"
        server.kill()
    assert server.returncode == -signal.SIGKILL


def _same(request: EditRequest) -> Pixels:
    return request.pixels


@pytest.fixture
def tasks(store: TaskStore, objects: FileStore, make_task: MakeTask) -> list[Task]:
    """Three accepted tasks, in the order in which they shall run."""
    picture = cv2.imencode(".png", np.full((8, 12, 3), 255, np.uint8))[1].tobytes()
    accepted = [make_task(priority=number) for number in range(3)]
    for task in accepted:
        for role in task.inputs:
            objects.put(input_key(task.id, role), picture)
        store.insert(task)
    return accepted


def test_a_killed_process_loses_no_task(
    store: TaskStore, objects: FileStore, tasks: list[Task], tmp_path: Path
) -> None:
    _run_and_kill(tmp_path)
    assert [task.state for task in store.unfinished()] == [State.RUNNING, State.QUEUED, State.QUEUED]
    worker = Worker(store, objects, {"paint": Edit("paint", "", Parameters, _same)})
    for task in store.recover(MAX_ATTEMPTS):
        worker.enqueue(task)
    worker.start()
    worker.enqueue(tasks[0])
    _drain(worker, store)
    ended = [store.get(task.id) for task in tasks]
    assert [(task.state, task.attempt) for task in ended if task] == [
        (State.SUCCEEDED, 2),
        (State.SUCCEEDED, 1),
        (State.SUCCEEDED, 1),
    ]
    assert not objects.exists(output_key(tasks[0].id, 1, 1, "png"))
    assert objects.exists(output_key(tasks[0].id, 2, 1, "png"))


def test_a_task_that_is_always_killed_ends_failed(store: TaskStore, tasks: list[Task], tmp_path: Path) -> None:
    for _ in range(MAX_ATTEMPTS):
        _run_and_kill(tmp_path)
    left = store.recover(MAX_ATTEMPTS)
    assert [task.id for task in left] == [task.id for task in tasks[1:]]
    poison = store.get(tasks[0].id)
    assert poison is not None
    assert (poison.state, poison.attempt) == (State.FAILED, MAX_ATTEMPTS)
    assert poison.failure == Failure("worker-died", "the worker died repeatedly")


def _drain(worker: Worker, store: TaskStore) -> None:
    """Let the worker finish everything, then stop it."""
    while store.unfinished():
        pass
    worker.stop(10)
