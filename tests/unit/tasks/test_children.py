"""Processes that do tasks: real ones, with an edit that breaks them in every way."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.new_tasks import new_task

from cleanplate.errors import EngineFailed, NotAPicture, SetupError
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Format
from cleanplate.settings import load
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits, resident_bytes
from cleanplate.tasks.children import Children
from cleanplate.tasks.performer import EncodedPicture, Made, PerformerDied, TaskCancelled, TaskFailed
from cleanplate.tasks.pool_totals import PoolTotals
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, State, Stored, Task, TaskInput
from cleanplate.tasks.worker import Worker, WorkerOptions
from cleanplate.tracing.spans import NoTracer

PLUGINS = Path(__file__).parents[2] / "breakers"
MEMORY = 2**30
LIMITS = ChildLimits(decode_s=60, task_s=60, memory_bytes=MEMORY)
AddTask = Callable[..., Task]
End = Callable[[Task], Task]
Make = Callable[..., Children]
Png = Callable[..., bytes]


@pytest.fixture
def children() -> Iterator[Make]:
    """Makes performers of processes, and ends these after the test."""
    made: list[Children] = []

    def make(count: int = 1, limits: ChildLimits = LIMITS, plugins: Path = PLUGINS, **told: Any) -> Children:
        made.append(Children(count, ChildSetup(load(plugins=plugins), limits), **told))
        return made[-1]

    yield make
    for each in made:
        each.close()


@dataclass(frozen=True)
class Recorder(NoTracer):
    """Keeps what it is told of."""

    told: list[tuple[str, int, int]] = field(default_factory=list)

    def record(
        self, name: str, parent: object, began_ns: int, ended_ns: int, attributes: object = None
    ) -> None:
        self.told.append((name, began_ns, ended_ns))


def _task(how: str = "", **fields: object) -> Task:
    return new_task(int(1000 * time.time()), edit="break", parameters={"how": how}, **fields)


def _made(performer: Children, task: Task, png: Png) -> list[Made]:
    inputs = {"image": png((1, 2, 3)), "mask": png((255, 255, 255))}
    return list(performer.perform(task, inputs, lambda done: None))


def _pid(made: list[Made]) -> int:
    (picture,) = made
    assert isinstance(picture, EncodedPicture)
    pid = picture.recipe["pid"]
    assert isinstance(pid, int)
    return pid


def test_a_process_does_one_task_after_the_other(children: Make, png: Png) -> None:
    performer = children()
    performer.start()
    first, second = _made(performer, _task(), png), _made(performer, _task(), png)
    assert _pid(first) == _pid(second) != os.getpid()
    (picture,) = first
    assert isinstance(picture, EncodedPicture)
    assert (picture.width, picture.height, picture.media_type) == (12, 8, "image/png")
    assert picture.data.startswith(b"\x89PNG")


def test_each_result_is_made_and_one_fails_alone(children: Make, png: Png) -> None:
    made = _made(children(), _task("words", count=2), png)
    assert made == [Failure("bad-parameter", "how: not in this way")] * 2
    assert len(_made(children(), _task(count=3), png)) == 3


def test_what_is_wrong_with_a_file_is_said_in_the_same_words(children: Make, png: Png) -> None:
    performer = children()
    inputs = {"image": b"no picture", "mask": png((255, 255, 255))}
    with pytest.raises(TaskFailed) as failed:
        list(performer.perform(_task(), inputs, lambda done: None))
    assert failed.value.failure.code == "not-a-picture"
    assert _pid(_made(performer, _task(), png)), "and the process is used on"


@pytest.mark.parametrize(
    ("how", "words"),
    [("segfault", "signal SIGSEGV"), ("exit", "exit code 3"), ("killed", "signal SIGKILL")],
)
def test_a_process_that_ends_takes_its_task_along_and_is_replaced(
    children: Make, png: Png, how: str, words: str
) -> None:
    performer = children()
    before = _pid(_made(performer, _task(), png))
    with pytest.raises(PerformerDied, match=words):
        _made(performer, _task(how), png)
    assert _pid(_made(performer, _task(), png)) != before
    assert performer.trouble() == ""


@pytest.mark.parametrize("how", ["sleep", "spin"])
def test_an_edit_that_never_ends_is_ended(children: Make, png: Png, how: str) -> None:
    performer = children(limits=ChildLimits(decode_s=60, task_s=0.3, memory_bytes=MEMORY))
    with pytest.raises(EngineFailed, match=r"it took longer than 0\.3 s"):
        _made(performer, _task(how), png)
    assert _pid(_made(performer, _task(), png))


def test_a_process_without_cpu_time_left_is_told_from_one_that_died(children: Make, png: Png) -> None:
    with pytest.raises(EngineFailed, match="it took longer than 60 s"):
        _made(children(), _task("cpu"), png)


@pytest.mark.parametrize("how", ["fill", "large", "threads"])
def test_memory_has_a_limit(children: Make, png: Png, how: str) -> None:
    performer = children()
    before = _pid(_made(performer, _task(), png))
    assert _made(performer, _task(how), png) == [Failure("engine-failed", "out of memory")]
    assert _pid(_made(performer, _task(), png)) != before, "nobody knows what it has left half done"
    assert not _is_there(before)


def test_models_that_take_the_room_of_the_next_task_are_dropped(children: Make, png: Png) -> None:
    performer = children(pools=PoolTotals(["breaker"]))
    before = _pid(_made(performer, _task("keep"), png))
    assert performer.models()["breaker"].evictions == 1
    assert resident_bytes(before) < MEMORY / 2
    assert _pid(_made(performer, _task("keep"), png)) == before


def test_a_process_that_keeps_the_room_of_the_next_task_is_replaced(children: Make, png: Png) -> None:
    performer = children()
    before = _pid(_made(performer, _task("hoard"), png))
    assert _pid(_made(performer, _task(), png)) != before
    assert not _is_there(before)


def test_memory_that_the_system_does_not_limit_is_watched(
    children: Make, png: Png, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanplate.tasks.child_process.resident_bytes", lambda pid: 2 * MEMORY)
    with pytest.raises(EngineFailed, match="out of memory"):
        _made(children(), _task("sleep"), png)


def _bomb(side: int, known: Format = "png") -> tuple[Task, dict[str, bytes]]:
    """A black picture that is small as a file, and a task of which it is the picture."""
    rules = PictureRules(formats=(known,), max_bytes=2**24, max_side_px=side, max_pixels=side**2)
    file = cv2.imencode(f".{known}", np.zeros((side, side, 3), np.uint8))[1].tobytes()
    return _task(inputs={"image": TaskInput(Stored(), rules)}), {"image": file}


def test_files_that_take_too_long_to_read_are_refused(children: Make, png: Png) -> None:
    performer = children(limits=ChildLimits(decode_s=0.05, task_s=60, memory_bytes=4 * MEMORY))
    with pytest.raises(NotAPicture, match=r"reading the files takes longer than 0\.05 s"):
        list(performer.perform(*_bomb(8000), lambda done: None))


@pytest.mark.parametrize("known", ["png", "webp"])
def test_files_that_take_too_much_memory_to_read_are_refused(children: Make, png: Png, known: Format) -> None:
    performer = children(limits=ChildLimits(decode_s=60, task_s=60, memory_bytes=MEMORY // 2))
    before = _pid(_made(performer, _task(), png))
    said = f"image: this {known.upper()} takes more memory to read than there is"
    with pytest.raises(TaskFailed, match=said) as failed:
        list(performer.perform(*_bomb(9000, known), lambda done: None))
    assert failed.value.failure.code == "input-too-large"
    assert _pid(_made(performer, _task(), png)) != before


def test_a_broken_webp_is_broken_however_little_memory_there_is(children: Make, png: Png) -> None:
    performer = children(limits=ChildLimits(decode_s=60, task_s=60, memory_bytes=MEMORY // 2))
    before = _pid(_made(performer, _task(), png))
    task, inputs = _bomb(1000, "webp")
    header, stream = inputs["image"][:30], inputs["image"][30:]
    with pytest.raises(TaskFailed, match="image: this WEBP is broken or incomplete"):
        list(performer.perform(task, {**inputs, "image": header + b"\xff" * len(stream)}, lambda done: None))
    assert _pid(_made(performer, _task(), png)) == before


@pytest.mark.parametrize("how", ["sleep", "spin"])
def test_a_cancel_ends_any_code(children: Make, png: Png, how: str) -> None:
    performer, began_s = children(), time.monotonic()

    def report(_done: float) -> None:
        if time.monotonic() - began_s > 1:
            raise TaskCancelled

    inputs = {"image": png((1, 2, 3)), "mask": png((255, 255, 255))}
    with pytest.raises(TaskCancelled):
        list(performer.perform(_task(how), inputs, report))
    assert _pid(_made(performer, _task(), png))


def test_who_does_not_listen_to_the_end_costs_a_process_and_no_more(children: Make, png: Png) -> None:
    performer = children()
    inputs = {"image": png((1, 2, 3)), "mask": png((255, 255, 255))}
    results = performer.perform(_task(count=2), inputs, lambda done: None)
    first = next(results)
    results.close()  # type: ignore[attr-defined]
    assert isinstance(first, EncodedPicture)
    assert _pid(_made(performer, _task(), png)) != first.recipe["pid"]


def test_processes_that_do_not_start_are_trouble(children: Make, png: Png, tmp_path: Path) -> None:
    performer = children(plugins=tmp_path / "removed since")
    ended: list[BaseException] = []

    def run() -> None:
        try:
            _made(performer, _task(), png)
        except PerformerDied as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not performer.trouble():
        time.sleep(0.01)
    assert performer.trouble() == "its processes do not start"
    performer.close()
    thread.join()
    assert [str(error) for error in ended] == ["the server stops"]


def test_one_that_died_while_idle_is_replaced_before_it_has_a_task(children: Make, png: Png) -> None:
    performer = children()
    before = _pid(_made(performer, _task(), png))
    os.kill(before, signal.SIGKILL)
    while _is_there(before):
        time.sleep(0.01)
    time.sleep(0.1)  # until its end of the pipe is closed
    assert _pid(_made(performer, _task(), png)) != before


def test_the_process_that_forks_is_killed(children: Make, png: Png) -> None:
    performer = children()
    before = _pid(_made(performer, _task(), png))
    forking = int(Path(f"/proc/{before}/stat").read_text().rpartition(")")[2].split()[1])
    assert forking != os.getpid()
    os.kill(forking, signal.SIGKILL)
    while _is_there(forking):
        time.sleep(0.01)
    assert _pid(_made(performer, _task(), png))
    assert _pid(_made(performer, _task(), png)) != before
    while _is_there(before):
        time.sleep(0.01)


def test_the_process_that_forks_hangs(children: Make, png: Png, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and replaced; what it has forked does its task to the end, and is used on."""
    performer, second = children(2), list[Made]()
    neighbour = _pid(_made(performer, _task(), png))
    forking = int(Path(f"/proc/{neighbour}/stat").read_text().rpartition(")")[2].split()[1])
    inputs = {"image": png((1, 2, 3)), "mask": png((255, 255, 255))}
    going_on = performer.perform(_task(count=2), inputs, lambda done: None)
    first = next(iter(going_on))
    monkeypatch.setattr("cleanplate.tasks.process_start._FORK_S", 0.5)
    monkeypatch.setattr("cleanplate.tasks.children._SLOW_START_S", 0.1)
    os.kill(forking, signal.SIGSTOP)
    thread = threading.Thread(target=lambda: second.extend(_made(performer, _task(), png)))
    thread.start()
    while not performer.trouble():
        time.sleep(0.01)
    while _is_there(forking):
        time.sleep(0.01)
    monkeypatch.undo()  # the next one needs its time
    thread.join()
    assert {_pid([first]), _pid(list(going_on))} == {neighbour}
    assert _pid(second) != neighbour
    assert performer.trouble() == ""
    assert {neighbour, _pid(second)} == set(performer.pids())


def _is_there(pid: int) -> bool:
    """Whether any of its threads has not ended: the last one closes its pipe."""
    with suppress(OSError, IndexError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" or len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    return False


def test_what_models_did_is_told_with_the_task_and_outlives_the_process(children: Make, png: Png) -> None:
    performer = children(pools=PoolTotals(["breaker"]))
    assert performer.models() == {}
    for _ in range(3):
        _made(performer, _task("lend"), png)
    first = performer.models()["breaker"]
    assert (first.loaded, first.bytes, first.loads, first.hits) == (1, 1000, 1, 2)
    (child,) = performer.pids()
    os.kill(child, signal.SIGKILL)
    while _is_there(child):
        time.sleep(0.01)
    assert performer.models()["breaker"].loaded == 0, "noticed or not"
    _made(performer, _task("lend"), png)
    after = performer.models()["breaker"]
    assert (after.loaded, after.bytes, after.loads, after.hits) == (1, 1000, 2, 2)
    with pytest.raises(PerformerDied):
        _made(performer, _task("segfault"), png)
    gone = performer.models()["breaker"]
    assert (gone.loaded, gone.bytes, gone.loads, gone.hits, gone.evictions) == (0, 0, 2, 2, 0)
    assert performer.started == 3


def test_the_stages_of_a_task_are_told_once(children: Make, png: Png) -> None:
    tracer = Recorder()
    performer = children(tracer=tracer)
    began_ns = time.time_ns()
    _made(performer, _task(count=2), png)
    _made(performer, _task("words"), png)
    stages = [name for name, _, _ in tracer.told]
    assert stages == ["decode", "edit", "encode", "edit", "encode", "decode", "edit"]
    assert all(began_ns - 10**9 < began <= ended for _, began, ended in tracer.told)


def test_a_process_that_lies_about_itself_is_not_used_on(children: Make, png: Png) -> None:
    performer = children(pools=PoolTotals(["breaker"]))
    before = _pid(_made(performer, _task(), png))
    with pytest.raises(ValueError, match="stages"):
        _made(performer, _task("lie"), png)
    assert _pid(_made(performer, _task(), png)) != before


def test_a_breaker_among_neighbours(
    store: TaskStore, objects: FolderStore, children: Make, add_task: AddTask, end: End
) -> None:
    """Each breaker fails in its words; every neighbour finishes."""
    hows = ("segfault", "sleep", "large", "exit")
    limits = ChildLimits(decode_s=60, task_s=2, memory_bytes=MEMORY)
    worker = Worker(store, objects, children(2, limits), options=WorkerOptions(threads=2))
    broken = [add_task(edit="break", parameters={"how": how}) for how in hows]
    neighbours = [add_task(edit="break") for _ in range(20)]
    worker.start()
    worker.wake_all()
    assert {end(task).standing.state for task in neighbours} == {State.SUCCEEDED}
    failures = [end(task).outcome.failure for task in broken]
    worker.stop(10)
    assert [failure and (failure.code, failure.message) for failure in failures] == [
        ("worker-died", "the worker died repeatedly"),
        ("engine-failed", "it took longer than 2 s"),
        ("engine-failed", "out of memory"),
        ("worker-died", "the worker died repeatedly"),
    ]
    assert [end(task).standing.deaths for task in broken] == [3, 0, 0, 3]


SERVER = """
import sys
from pathlib import Path
from cleanplate.settings import load
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_messages import Job
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.children import Children
from tests.new_tasks import new_task

if __name__ == "__main__":
    setup = ChildSetup(load(plugins=Path(sys.argv[1])), ChildLimits(60, 60, None))
    performer = Children(1, setup)
    image = {"image": Path(sys.argv[2]).read_bytes(), "mask": Path(sys.argv[2]).read_bytes()}
    for how in "", sys.argv[3]:
        task = new_task(0, edit="break", parameters={"how": how})
        for made in performer.perform(task, image, lambda done: None):
            print(getattr(made, "recipe", {}).get("pid"), flush=True)
"""


@pytest.mark.parametrize("how", ["sleep", "spin"])
def test_no_process_outlives_the_server(png: Png, tmp_path: Path, how: str) -> None:
    (tmp_path / "image.png").write_bytes(png((255, 255, 255)))
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    arguments = [sys.executable, str(script), str(PLUGINS), str(tmp_path / "image.png"), how]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        time.sleep(0.5)
        assert _is_there(child)
        server.kill()
    deadline_s = time.monotonic() + 10
    while _is_there(child):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_a_server_that_fails_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"no picture")
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    arguments = [sys.executable, str(script), str(PLUGINS), str(tmp_path / "image.png"), ""]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # what is left of it would keep the pipe of standard error open
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 1
    assert "TaskFailed" in done.stderr


def test_a_service_manager_that_ends_all_processes_at_once_ends_no_task(children: Make, png: Png) -> None:
    performer = children()
    child = _pid(_made(performer, _task(), png))
    forking = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
    inputs = {"image": png((1, 2, 3)), "mask": png((255, 255, 255))}
    results = performer.perform(_task("nap"), inputs, lambda done: None)
    for pid in child, forking:
        threading.Timer(0.3, os.kill, (pid, signal.SIGTERM)).start()
    assert _pid(list(results)) == child
    assert _pid(_made(performer, _task(), png)) != os.getpid()


EMBEDDING = """
import os, sys
from pathlib import Path
from cleanplate.settings import load
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.children import Children
from tests.new_tasks import new_task

print("main", flush=True)
here = Path(sys.argv[1])
(here / "numpy.py").write_text("raise SystemExit('the numpy of the folder')")
os.chdir(here)
(here / "gone").mkdir()
performer = Children(1, ChildSetup(load(plugins=Path(sys.argv[2])), ChildLimits(60, 60, None)))
image = {role: Path(sys.argv[3]).read_bytes() for role in ("image", "mask")}
print(len(list(performer.perform(new_task(0, edit="break"), image, lambda done: None))))
os.chdir(here / "gone")
(here / "gone").rmdir()
performer._living.pop().kill()
print(len(list(performer.perform(new_task(0, edit="break"), image, lambda done: None))))
"""


def test_a_program_without_a_guard_in_a_folder_of_traps(png: Png, tmp_path: Path) -> None:
    """Its main module runs once, modules that lie about are not imported, and its folder may go."""
    (tmp_path / "image.png").write_bytes(png((255, 255, 255)))
    arguments = [str(tmp_path), str(PLUGINS), str(tmp_path / "image.png")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    script = tmp_path / "program.py"
    script.write_text(EMBEDDING)
    done = subprocess.run(
        [sys.executable, "-P", str(script), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["main", "1", "1"]


def test_a_temporary_folder_whose_path_is_too_long_for_a_socket(
    children: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/tmp/" + "x" * 100)  # noqa: S108 - nothing is written
    with pytest.raises(SetupError, match=r"TMPDIR: .* is too long a path, at most 70 bytes fit"):
        children()


@pytest.mark.parametrize("how", ["nan", "surrogate", "object"])
def test_a_recipe_that_nobody_could_read_fails_its_result(children: Make, png: Png, how: str) -> None:
    assert _made(children(), _task(how), png) == [Failure("engine-failed", "internal error")]
