"""A process that is killed with SIGKILL in the middle of its work, and the next one on the same files."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Task, output_key
from cleanplate.tasks.worker import Worker

# Runs what is unfinished; says when an edit begins, and every edit takes an hour.
SERVER = """
import sys, time
from pathlib import Path
from cleanplate.database import open_database
from cleanplate.edits.base import Edit, Parameters
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import load
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.worker import Worker

def run(request):
    print("begun", flush=True)
    time.sleep(3600)

data = Path(sys.argv[1])
store = TaskStore(open_database(data / "cleanplate.db"))
edits = {"paint": Edit("paint", "", Parameters, run)}
worker = Worker(store, FolderStore(data / "objects"), LocalPerformer(edits, Runtime.from_settings(load())))
store.reap(owner=True)
worker.start()
time.sleep(3600)
"""


def _run_and_kill(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(data)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"begun\n"
        server.kill()
    assert server.returncode == -signal.SIGKILL


def _same(request: EditRequest) -> Edited:
    return Edited(request.pixels, {})


@pytest.fixture
def tasks(add_task: Callable[..., Task]) -> list[Task]:
    """Three accepted tasks, in the order in which they shall run."""
    return [add_task(priority=number) for number in range(3)]


def test_a_killed_process_loses_no_task(
    unfinished: Callable[[], list[Task]],
    store: TaskStore,
    objects: FolderStore,
    end: Callable[[Task], Task],
    tmp_path: Path,
    tasks: list[Task],
) -> None:
    _run_and_kill(tmp_path)
    assert [task.standing.state for task in unfinished()] == [State.RUNNING, State.QUEUED, State.QUEUED]
    worker = Worker(store, objects, LocalPerformer({"paint": Edit("paint", "", Parameters, _same)}, here()))
    assert store.reap(owner=True) == 1
    worker.start()
    assert [(task.standing.state, task.standing.attempt) for task in map(end, tasks)] == [
        (State.SUCCEEDED, 2),
        (State.SUCCEEDED, 1),
        (State.SUCCEEDED, 1),
    ]
    assert not objects.exists(output_key(tasks[0].id, 1, 1, "png"))
    assert objects.exists(output_key(tasks[0].id, 2, 1, "png"))
    worker.stop(10)


def test_a_crash_loop_of_the_server_is_no_fault_of_its_tasks(
    unfinished: Callable[[], list[Task]], store: TaskStore, tmp_path: Path, tasks: list[Task]
) -> None:
    for _ in range(4):
        _run_and_kill(tmp_path)
    assert store.reap(owner=True) == 1
    assert [task.id for task in unfinished()] == [task.id for task in tasks]
    assert [task.standing.attempt for task in unfinished()] == [4, 0, 0]
