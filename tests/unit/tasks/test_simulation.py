"""What a test key gets instead of work, and that no other key can get it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadParameter, CleanplateError, LimitReached, Unauthorized
from cleanplate.intake.decode import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Remote
from cleanplate.pixels.types import Format
from cleanplate.storage.folder import FileStore
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.simulation import FAILURES, NAMES, read, staged, stand_in, waits
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, State, Submission, Task
from cleanplate.tasks.worker import Worker

MAGIC = "https://test.cleanplate.invalid/"
KINDS: tuple[Format, ...] = ("png", "jpeg")
RULES = PictureRules(formats=KINDS, max_bytes=1 << 20, min_side_px=512, max_side_px=4096, max_pixels=1 << 24)


def submission(scenario: str | None = None, key_id: str = "test-1", **fields: Any) -> Submission:
    plain = Submission(
        dialect="dashscope",
        model="m",
        edit="paint",
        parameters={"seed": 5},
        inputs={"image": (Inline(stand_in()), RULES), "mask": (Inline(b"not looked at"), RULES)},
        key_id=key_id,
        request_id="r",
        scenario=scenario,
    )
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", "ok"),
        (" OK ", "ok"),
        ("slow", "slow=5"),
        ("slow=0", "slow=0"),
        ("Slow=600", "slow=600"),
        ("expired", "expired=0"),
        ("queued=3", "queued=3"),
        ("engine-failed", "engine-failed"),
    ],
)
def test_scenarios_are_read_and_written(text: str, stored: str) -> None:
    assert read(text).text == stored
    assert read(read(text).text) == read(text)


@pytest.mark.parametrize(
    "text",
    ["okay", "slow=601", "slow=-1", "slow=1.5", "slow=", "ok=1", "partial=2", "a" * 10_000, "\ud800", "=5"],
)
def test_anything_else_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(BadParameter) as caught:
        read(text)
    assert "engine-failed" in caught.value.public or "600" in caught.value.public


@pytest.mark.parametrize(
    "key_id", ["static-1", "", "testing", "TEST-1", "c9a64b9c-0000-4000-8000-000000000000"]
)
def test_other_keys_have_no_scenarios(key_id: str) -> None:
    magic = {"image": (Remote(MAGIC + "internal"), RULES)}
    asked = submission("internal", key_id, inputs=magic)
    assert staged(asked) == replace(asked, scenario=None), "the magic URL is fetched, and does not exist"


def test_a_test_key_without_a_wish_is_a_test_all_the_same() -> None:
    assert staged(submission(None)).scenario == "ok"


@pytest.mark.parametrize(
    ("header", "image", "mask", "scenario"),
    [
        (None, MAGIC + "partial", MAGIC + "ok", "partial"),
        (None, MAGIC, MAGIC + "slow=2", "slow=2"),
        ("", MAGIC + "slow%3D7/", "https://example.com/engine-failed", "slow=7"),
        ("cancelled", MAGIC + "partial", MAGIC + "ok", "cancelled"),
        ("ok", "https://TEST.cleanplate.invalid:443/partial?x#y", MAGIC, "partial"),
        (None, "https://test.cleanplate.invalid.example.com/partial", "https://example.com/", "ok"),
    ],
)
def test_magic_urls(header: str | None, image: str, mask: str, scenario: str) -> None:
    asked = submission(header, inputs={"image": (Remote(image), RULES), "mask": (Remote(mask), RULES)})
    done = staged(asked)
    assert done.scenario == scenario
    for role, url in (("image", image), ("mask", mask)):
        magic = "cleanplate.invalid/" in url.lower() or ".invalid:443/" in url
        assert done.inputs[role] == ((Inline(stand_in()) if magic else Remote(url)), RULES)


def test_the_stand_in_is_a_picture_that_vendors_accept() -> None:
    pixels = decode_picture(stand_in(), RULES, role="image")
    assert (pixels.width, pixels.height) == (512, 512)
    assert len(stand_in()) < 10_000


@pytest.mark.parametrize(
    ("scenario", "error", "code"),
    [
        ("rate-limit", LimitReached, "rate"),
        ("concurrency-limit", LimitReached, "concurrency"),
        ("quota", LimitReached, "quota"),
        ("unauthorized", Unauthorized, None),
        ("internal", CleanplateError, None),
        ("no-such", BadParameter, None),
    ],
)
def test_submits_that_are_refused(
    store: TaskStore, objects: FileStore, scenario: str, error: type[CleanplateError], code: str | None
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None)
    with pytest.raises(error) as caught:
        service.submit(submission(scenario))
    assert type(caught.value) is error
    if isinstance(caught.value, LimitReached):
        assert caught.value.kind == code
        assert caught.value.retry_after_s >= 1
    assert store.unfinished() == []
    assert list(objects.groups("inputs")) == []


class _Never(Exception):
    """Raised by an edit that must not run."""


def _forbidden(_request: EditRequest) -> Edited:
    raise _Never


EDITS = {"paint": Edit("paint", "must not run", Parameters, _forbidden)}


@pytest.fixture
def play(
    store: TaskStore, objects: FileStore, start: Callable[..., Worker], end: Callable[[Task], Task]
) -> Callable[..., Task]:
    """Submits to a service with a worker behind it; gives the task as it ended."""
    worker = start(EDITS)
    service = TaskService(store, objects, ready=worker.enqueue)

    def run(scenario: str, **fields: Any) -> Task:
        return end(service.submit(submission(scenario, **fields)))

    return run


@pytest.mark.parametrize("code", FAILURES)
def test_every_failure(play: Callable[..., Task], code: str) -> None:
    task = play(code)
    assert task.state is State.FAILED
    assert task.failure is not None
    assert task.failure.code == code
    assert task.failure.message


def test_ok_gives_the_picture_back(play: Callable[..., Task], objects: FileStore) -> None:
    task = play("ok", count=2, output="jpeg")
    assert task.state is State.SUCCEEDED
    assert [output.recipe["seed"] for output in task.outputs] == [5, 6]
    for output in task.outputs:
        assert output.media_type == "image/jpeg"
        pixels = decode_picture(objects.get(output.key), RULES, role="image")
        assert (pixels.width, pixels.height) == (512, 512)


def test_a_broken_picture_fails_as_it_would(play: Callable[..., Task]) -> None:
    task = play("ok", inputs={"image": (Inline(b"no picture"), RULES)})
    assert task.failure is not None
    assert task.failure.code == "not-a-picture"


@pytest.mark.parametrize(("count", "kinds"), [(1, [Output]), (4, [Output, Failure, Output, Failure])])
def test_partial(play: Callable[..., Task], count: int, kinds: list[type]) -> None:
    task = play("partial", count=count)
    assert task.state is State.SUCCEEDED
    assert [type(result) for result in task.results] == kinds


def test_cancelled(play: Callable[..., Task]) -> None:
    assert play("cancelled").state is State.CANCELLED


def test_expired_ends_well_and_is_gone(
    store: TaskStore, objects: FileStore, play: Callable[..., Task], clock: Any
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None, clock_ms=clock)
    task = play("expired")
    assert task.state is State.SUCCEEDED
    assert service.get(task.id) is None
    kept = play("expired=2")
    clock.now_ms += 1999
    assert service.get(kept.id) is not None
    clock.now_ms += 1
    assert service.get(kept.id) is None


def test_slow_runs_until_it_is_cancelled(
    store: TaskStore,
    objects: FileStore,
    start: Callable[..., Worker],
    wait_for: Callable[[Callable[[], bool]], None],
) -> None:
    worker = start(EDITS)
    service = TaskService(store, objects, ready=worker.enqueue)
    task = service.submit(submission("slow=600"))

    def state() -> State | None:
        now = store.get(task.id)
        return None if now is None else now.state

    wait_for(lambda: state() is State.RUNNING)
    assert service.cancel(task.id, running=True)
    wait_for(lambda: state() is State.CANCELLED)


def test_queued_waits_for_nobody(store: TaskStore, objects: FileStore, clock: Any) -> None:
    service = TaskService(store, objects, ready=lambda _task: None, clock_ms=clock)
    task = service.submit(submission("queued=9"))
    assert waits(task)
    assert not waits(replace(task, scenario=None))
    assert service.cancel(task.id)
    other = service.submit(submission("queued=9"))
    clock.now_ms += 8999
    assert service.get(other.id) is not None
    clock.now_ms += 1
    assert service.get(other.id) is None
    assert set(store.expired(clock(), 10)) == {task.id, other.id}


def test_not_found_has_an_id_and_nothing_else(store: TaskStore, objects: FileStore) -> None:
    told: list[Task] = []
    service = TaskService(store, objects, ready=told.append)
    task = service.submit(submission("not-found"))
    assert service.get(task.id) is None
    assert told == []
    assert list(objects.groups("inputs")) == []


def test_scenarios_stand_in_nobodys_way(
    store: TaskStore, objects: FileStore, make_task: Callable[..., Task]
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None)
    service.submit(submission("queued"))
    real = make_task(created_at_ms=2**45)
    store.insert(real)
    assert service.position(real) == 0


def test_every_name_is_known_once() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert [read(name).name for name in NAMES] == list(NAMES)
