"""What a test key gets instead of work, and that no other key can get it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadParameter, CleanplateError, LimitReached, Unauthorized
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Remote
from cleanplate.pixels.types import Format
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.simulation import FAILURES, NAMES, apply, read, stand_in, waits
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, State, Submission, Task, TaskInput
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
        inputs={
            "image": TaskInput(Inline(stand_in()), RULES),
            "mask": TaskInput(Inline(b"not looked at"), RULES),
        },
        key_id=key_id,
        account=key_id,
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
    magic = {"image": TaskInput(Remote(MAGIC + "internal"), RULES)}
    asked = submission("internal", key_id, inputs=magic)
    assert apply(asked) == replace(asked, scenario=None), "the magic URL is fetched, and does not exist"


def test_a_test_key_without_a_wish_is_a_test_all_the_same() -> None:
    assert apply(submission(None)).scenario == "ok"


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
    asked = submission(
        header, inputs={"image": TaskInput(Remote(image), RULES), "mask": TaskInput(Remote(mask), RULES)}
    )
    done = apply(asked)
    assert done.scenario == scenario
    for role, url in (("image", image), ("mask", mask)):
        magic = "cleanplate.invalid/" in url.lower() or ".invalid:443/" in url
        assert done.inputs[role] == TaskInput(Inline(stand_in()) if magic else Remote(url), RULES)


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
    unfinished: Callable[[], list[Task]],
    store: TaskStore,
    objects: FolderStore,
    scenario: str,
    error: type[CleanplateError],
    code: str | None,
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None)
    with pytest.raises(error) as caught:
        service.submit(submission(scenario))
    assert type(caught.value) is error
    if isinstance(caught.value, LimitReached):
        assert caught.value.kind == code
        assert caught.value.retry_after_s >= 1
    assert unfinished() == []
    assert list(objects.groups("inputs")) == []


class _Never(Exception):
    """Raised by an edit that must not run."""


def _forbidden(_request: EditRequest) -> Edited:
    raise _Never


EDITS = {"paint": Edit("paint", "must not run", Parameters, _forbidden)}


@pytest.fixture
def simulate(
    store: TaskStore, objects: FolderStore, start: Callable[..., Worker], end: Callable[[Task], Task]
) -> Callable[..., Task]:
    """Submits to a service with a worker behind it; gives the task as it ended."""
    worker = start(EDITS, simulated=True)
    service = TaskService(store, objects, ready=lambda _task: worker.wake())

    def run(scenario: str, **fields: Any) -> Task:
        return end(service.submit(submission(scenario, **fields)))

    return run


@pytest.mark.parametrize("code", FAILURES)
def test_every_failure(simulate: Callable[..., Task], code: str) -> None:
    task = simulate(code)
    assert task.standing.state is State.FAILED
    assert task.outcome.failure is not None
    assert task.outcome.failure.code == code
    assert task.outcome.failure.message


def test_ok_gives_the_picture_back(simulate: Callable[..., Task], objects: FolderStore) -> None:
    task = simulate("ok", count=2, output="jpeg")
    assert task.standing.state is State.SUCCEEDED
    assert [output.recipe["seed"] for output in task.outcome.outputs] == [5, 6]
    for output in task.outcome.outputs:
        assert output.media_type == "image/jpeg"
        pixels = decode_picture(objects.get(output.key), RULES, role="image")
        assert (pixels.width, pixels.height) == (512, 512)


def test_a_broken_picture_fails_as_it_would(simulate: Callable[..., Task]) -> None:
    task = simulate("ok", inputs={"image": TaskInput(Inline(b"no picture"), RULES)})
    assert task.outcome.failure is not None
    assert task.outcome.failure.code == "not-a-picture"


@pytest.mark.parametrize(("count", "kinds"), [(1, [Output]), (4, [Output, Failure, Output, Failure])])
def test_partial(simulate: Callable[..., Task], count: int, kinds: list[type]) -> None:
    task = simulate("partial", count=count)
    assert task.standing.state is State.SUCCEEDED
    assert [type(result) for result in task.outcome.results] == kinds


def test_cancelled(simulate: Callable[..., Task]) -> None:
    assert simulate("cancelled").standing.state is State.CANCELLED


def test_expired_ends_well_and_is_gone(
    store: TaskStore, objects: FolderStore, simulate: Callable[..., Task], clock: Any
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None, clock_ms=clock)
    task = simulate("expired")
    assert task.standing.state is State.SUCCEEDED
    assert service.get(task.id) is None
    kept = simulate("expired=2")
    clock.now_ms += 1999
    assert service.get(kept.id) is not None
    clock.now_ms += 1
    assert service.get(kept.id) is None


def test_slow_runs_until_it_is_cancelled(
    store: TaskStore,
    objects: FolderStore,
    start: Callable[..., Worker],
    wait_for: Callable[[Callable[[], bool]], None],
) -> None:
    worker = start(EDITS, simulated=True)
    service = TaskService(store, objects, ready=lambda _task: worker.wake())
    task = service.submit(submission("slow=600"))

    def state() -> State | None:
        now = store.get(task.id)
        return None if now is None else now.standing.state

    wait_for(lambda: state() is State.RUNNING)
    assert service.cancel(task.id, running=True)
    wait_for(lambda: state() is State.CANCELLED)


def test_queued_waits_for_nobody(store: TaskStore, objects: FolderStore, clock: Any) -> None:
    service = TaskService(store, objects, ready=lambda _task: None, clock_ms=clock)
    task = service.submit(submission("queued=9"))
    assert waits(task.submission)
    assert not task.standing.staged
    assert not waits(submission(key_id="static-1"))
    assert service.cancel(task.id)
    other = service.submit(submission("queued=9"))
    clock.now_ms += 8999
    assert service.get(other.id) is not None
    clock.now_ms += 1
    assert service.get(other.id) is None
    assert set(store.expired(clock(), 10)) == {task.id, other.id}


def test_not_found_has_an_id_and_nothing_else(store: TaskStore, objects: FolderStore) -> None:
    ready: list[Task] = []
    service = TaskService(store, objects, ready=ready.append)
    task = service.submit(submission("not-found"))
    assert service.get(task.id) is None
    assert ready == []
    assert list(objects.groups("inputs")) == []


def test_scenarios_stand_in_nobodys_way(
    store: TaskStore, objects: FolderStore, make_task: Callable[..., Task]
) -> None:
    service = TaskService(store, objects, ready=lambda _task: None)
    service.submit(submission("queued"))
    real = make_task(created_at_ms=2**45)
    store.insert(real)
    assert service.outlook(real).position == 0


def test_every_name_is_known_once() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert [read(name).name for name in NAMES] == list(NAMES)
