"""Previews: how many there are and when, who stores them, and who takes them away."""

import dataclasses
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.new_tasks import new_task
from tests.runtimes import here

from cleanplate.edits.catalogue import edits
from cleanplate.errors import StorageFull
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Pixels
from cleanplate.settings import load
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.children import Children
from cleanplate.tasks.moderation import Moderation
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import (
    EncodedPicture,
    EncodedPreview,
    Made,
    Report,
    TaskCancelled,
)
from cleanplate.tasks.previews import PreviewMaker
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import PREVIEWS, State, Stored, Task, TaskInput, preview_key
from cleanplate.tasks.worker import Worker

AddTask = Callable[..., Task]
End = Callable[[Task], Task]
SIDE = 120
ROLES = ("image", "mask")
RULES = PictureRules(formats=("png",), max_bytes=2**24, max_side_px=999, max_pixels=999**2, means="white")
PICTURE = EncodedPicture(b"picture", 12, 8, "png", "image/png", {})


def grey(done: float) -> Pixels:
    return Pixels(np.full((1, 1, 3), round(100 * done), np.uint8))


def made_by(wanted: int, shares: Iterable[float], encode: Callable[[Pixels], bytes]) -> list[bytes]:
    said: list[bytes] = []
    maker = PreviewMaker(wanted, encode, said.append)
    for share in shares:
        maker.show(share, partial(grey, share))
    return said


def level(pixels: Pixels) -> bytes:
    return bytes(pixels.rgb[0, 0, :1])


def test_they_are_spread_evenly() -> None:
    shares = [number / 100 for number in range(100)]
    assert made_by(0, shares, level) == []
    assert made_by(1, shares, level) == [bytes([50])]
    assert made_by(3, shares, level) == [bytes([25]), bytes([50]), bytes([75])]
    assert made_by(3, [0.4, 0.9, 0.95, 1.0, 1.0], level) == [bytes([40]), bytes([90]), bytes([95])]


def test_one_that_fails_is_left_out() -> None:
    def encode(pixels: Pixels) -> bytes:
        if level(pixels) == bytes([50]):
            raise MemoryError
        return level(pixels)

    assert made_by(3, [0.25, 0.5, 0.75], encode) == [bytes([25]), bytes([75])]


def asked(previews: int, **fields: Any) -> Task:
    return new_task(
        0,
        edit="erase",
        parameters={"dilate_px": 0, "feather_px": 0},
        inputs={role: TaskInput(Stored(), RULES) for role in ROLES},
        extra={PREVIEWS: previews},
        **fields,
    )


def files() -> Mapping[str, bytes]:
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    hole = np.zeros((SIDE, SIDE), np.uint8)
    hole[30:90, 30:90] = 255
    return {
        role: cv2.imencode(".png", array)[1].tobytes()
        for role, array in zip(ROLES, (noise, hole), strict=True)
    }


def previews_of(task: Task, moderation: Moderation | None = None) -> list[bytes]:
    runtime, said = here(), list[bytes]()
    performer = LocalPerformer(edits(runtime), runtime, moderation or Moderation(), previewed=said.append)
    made = list(performer.perform(task, files(), lambda done: None))
    assert len(made) == task.submission.count
    return said


@pytest.mark.parametrize("output", ["png", "webp", "jpeg"])
def test_they_are_pictures_of_the_results_format(output: str) -> None:
    said = previews_of(asked(3, output=output))
    opened = [Image.open(io.BytesIO(file)) for file in said]
    assert [(image.format, image.size) for image in opened] == [(output.upper(), (SIDE, SIDE))] * 3


def test_never_more_than_three_and_none_of_several_results() -> None:
    assert len(previews_of(asked(9))) == 3
    assert previews_of(asked(0)) == []
    assert previews_of(asked(3, count=2)) == []


def test_nobody_sees_what_moderation_has_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Moderation, "_hits", lambda *_: False)
    assert len(previews_of(asked(2), Moderation(inputs=True))) == 2
    assert previews_of(asked(2), Moderation(outputs=True)) == []


def test_a_simulated_task_has_its_picture() -> None:
    said = previews_of(asked(2, scenario="ok"))
    assert len(said) == 2
    assert said[0] == said[1]


def test_they_come_out_of_a_process_before_the_result() -> None:
    performer = Children(1, ChildSetup(load(), ChildLimits(60, 60, 2**30)))
    try:
        made = list(performer.perform(asked(2), files(), lambda done: None))
    finally:
        performer.close()
    assert [type(one) for one in made] == [EncodedPreview, EncodedPreview, EncodedPicture]
    first, last, result = (
        np.asarray(Image.open(io.BytesIO(one.data)))
        for one in made
        if isinstance(one, EncodedPreview | EncodedPicture)
    )
    inside = (slice(30, 90), slice(30, 90))
    outside = np.ones((SIDE, SIDE), np.bool_)
    outside[inside] = False
    assert (first[outside] == result[outside]).all()
    assert (first[inside] != last[inside]).any()
    assert (last[inside] != result[inside]).any()


@dataclasses.dataclass(frozen=True)
class Says:
    """A performer that says this of every task, and then may raise something."""

    made: tuple[Made, ...]
    at_last: BaseException | None = None

    def perform(self, task: Task, inputs: Mapping[str, bytes], report: Report) -> Iterator[Made]:
        yield from self.made
        if self.at_last is not None:
            raise self.at_last

    def trouble(self) -> str:
        return ""

    def start(self) -> None:
        pass

    def close(self) -> None:
        pass


def done_by(says: Says, store: TaskStore, objects: FolderStore, task: Task, end: End) -> Task:
    worker = Worker(store, objects, says)
    worker.start()
    try:
        return end(task)
    finally:
        worker.stop(20)


def there(objects: FolderStore, task: Task) -> list[bytes]:
    keys = [preview_key(task.id, 1, number) for number in range(5)]
    return [objects.get(key) for key in keys if objects.exists(key)]


def test_a_worker_stores_as_many_as_were_asked_for(
    store: TaskStore, objects: FolderStore, add_task: AddTask, end: End
) -> None:
    says = Says((*(EncodedPreview(bytes([number])) for number in range(5)), PICTURE))
    task = done_by(says, store, objects, add_task(extra={PREVIEWS: 2}), end)
    assert there(objects, task) == [b"\0", b"\1"]
    assert len(task.outcome.results) == 1
    assert task.outcome.outputs[0].key.endswith("-1.png"), "they count as no results"


def test_a_task_that_asked_for_none_has_none(
    store: TaskStore, objects: FolderStore, add_task: AddTask, end: End
) -> None:
    task = done_by(Says((EncodedPreview(b"p"), PICTURE)), store, objects, add_task(), end)
    assert task.standing.state is State.SUCCEEDED
    assert there(objects, task) == []


class Full(FolderStore):
    """Has no room for the first preview."""

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        if data == b"first":
            raise StorageFull("no space left")
        super().put(key, data)


def test_one_that_cannot_be_stored_takes_nothing_along(
    store: TaskStore, tmp_path: Path, add_task: AddTask, end: End
) -> None:
    objects = Full(tmp_path / "objects", durable=False)
    says = Says((EncodedPreview(b"first"), EncodedPreview(b"second"), PICTURE))
    task = done_by(says, store, objects, add_task(extra={PREVIEWS: 3}), end)
    assert task.standing.state is State.SUCCEEDED
    assert there(objects, task) == [b"second"]


def test_a_cancelled_task_leaves_none(
    store: TaskStore, objects: FolderStore, add_task: AddTask, end: End
) -> None:
    says = Says((EncodedPreview(b"p"), EncodedPreview(b"q")), TaskCancelled())
    task = done_by(says, store, objects, add_task(extra={PREVIEWS: 2}), end)
    assert task.standing.state is State.CANCELLED
    assert there(objects, task) == []
