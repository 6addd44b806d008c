"""What batches bring: eight pictures one after the other, and as one run of the network.

Each network is the real one where it is here; pipelines of diffusers are tiny ones of the same classes, where
torch is. The last row is a model that waits as a GPU would, from eight tasks to eight files through a process
of the server's: what that adds shows beside what the model allows.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias
from unittest import mock

import cv2
import numpy as np

from benchmarks import picture, report
from benchmarks.stand_in import waits
from cleanplate.fill.base import FillJob
from cleanplate.fill.inpainters import lama
from cleanplate.models import flux_klein, opennsfw, sdxl_inpaint
from cleanplate.models.jobs import InpaintJob, ModerateJob
from cleanplate.models.parts.diffusion import model
from cleanplate.models.roles import INPAINT, MODERATE
from cleanplate.runtime.runtime import Runtime, default_runtime
from cleanplate.settings import load
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.children import Children
from cleanplate.weights.card import Card

COUNT = 8
SIDE_PX = 512
ROUNDS = 3
COLUMNS = ("network", "pictures", "one by one s", "together s", "factor", "allowed", "differ")

Make: TypeAlias = Callable[[int], Any]
"""(number of the picture) -> what the network makes of it."""


def _together(make: Make, runtime: Runtime) -> list[Any]:
    places = runtime.batcher.group(COUNT)

    def one(number: int) -> Any:
        with places[number]:
            return make(number)

    with ThreadPoolExecutor(COUNT) as pool:
        return list(pool.map(one, range(COUNT)))


def _alone(make: Make) -> list[Any]:
    return [make(number) for number in range(COUNT)]


def _seconds(run: Callable[[], object], rounds: int) -> float:
    """The least of some rounds, after one that loads."""
    taken = []
    for _ in range(rounds + 1):
        began_s = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began_s)
    return min(taken[1:])


def _row(name: str, alone: Callable[[], Any], together: Callable[[], Any], rounds: int) -> dict[str, Any]:
    one_by_one_s, together_s = _seconds(alone, rounds), _seconds(together, rounds)
    return {
        "network": name,
        "pictures": COUNT,
        "one by one s": round(one_by_one_s, 3),
        "together s": round(together_s, 3),
        "factor": round(one_by_one_s / together_s, 2),
        "allowed": "",
        "differ": _differ(alone(), together()),
    }


def _differ(first: list[Any], second: list[Any]) -> str:
    """By how much at most, and in what share of all values."""
    off = [np.abs(np.asarray(a, np.float64) - np.asarray(b)) for a, b in zip(first, second, strict=True)]
    most, share = max(float(one.max()) for one in off), float(np.mean([(one > 0).mean() for one in off]))
    return f"by {most:g}, {100 * share:.3f} %" if most else "no"


def _photo(number: int) -> Any:
    return np.roll(picture.photo(SIDE_PX)[..., ::-1], 16 * number, axis=1)


def _hole(number: int) -> Any:
    return np.roll(picture.mask(SIDE_PX, 0.05), 16 * number, axis=1)


def _score(runtime: Runtime, number: int) -> Any:
    return opennsfw.MODEL.performer(MODERATE)(ModerateJob(rgb=_photo(number), runtime=runtime))


def _structure(runtime: Runtime, number: int) -> Any:
    hole = _hole(number) > 0
    return lama.structure(FillJob(_photo(number), hole, np.zeros_like(hole), runtime=runtime))


def _networks(runtime: Runtime) -> Iterator[tuple[str, Make]]:
    for card, make in ((opennsfw.CARD, _score), (lama.CARD, _structure)):
        if why := card.missing(runtime):
            print(f"{card.name}: {why}")
        else:
            yield card.name, partial(make, runtime)


@contextmanager
def _tiny_pipelines() -> Iterator[tuple[Runtime, list[tuple[str, Make]]]]:
    """FLUX.2 klein and SDXL with random weights, so few that a second thread would only be waited for."""
    import torch
    from tests.unit.models import tiny
    from tests.unit.models.conftest import tiny as shrink

    torch.set_num_threads(1)
    saves: dict[ModuleType, Callable[[Path], None]] = {
        flux_klein: tiny.save_flux,
        sdxl_inpaint: tiny.save_sdxl,
    }
    with tempfile.TemporaryDirectory() as folder:
        runtime = replace(default_runtime(), weights=Path(folder))
        makes: list[tuple[str, Make]] = []
        for module, save in saves.items():
            pipeline = shrink(module.PIPELINE)
            save(Path(folder) / pipeline.name)
            performer = model(pipeline).performer(INPAINT)

            def make(number: int, performer: Any = performer) -> Any:
                rgb, mask = (cv2.resize(one, (96, 96)) for one in (_photo(number), _hole(number)))
                job = InpaintJob(
                    rgb=rgb,
                    mask=np.asarray(mask > 0, np.float32),
                    prompt="grass",
                    seed=number,
                    runtime=runtime,
                )
                return performer(job)

            makes.append((pipeline.name, make))
        yield runtime, makes


def _through_a_process(rounds: int) -> dict[str, Any]:
    """Eight tasks of the stand-in, decoded, edited and encoded in a process of the server's."""
    from tests.new_tasks import new_task

    from cleanplate.intake.picture_rules import PictureRules
    from cleanplate.tasks.task import Stored, TaskInput

    settings = load(plugins=Path(waits.__file__).parent, device="cpu")
    children = Children(1, ChildSetup(settings, ChildLimits(60.0, 60.0, None)))
    rules = PictureRules(formats=("jpeg",), max_bytes=2**24, max_side_px=SIDE_PX, max_pixels=SIDE_PX**2)
    files = [cv2.imencode(".jpg", _photo(number))[1].tobytes() for number in range(COUNT)]

    def task() -> Any:
        told = {"image": TaskInput(Stored(), rules)}
        parameters = {"prompt": "wait", "strength": 1}
        return new_task(int(1000 * time.time()), edit="instruct", parameters=parameters, inputs=told)

    def pixels(perform: Any, number: int) -> Any:
        (made,) = perform(task(), {"image": files[number]}, lambda done: None)
        return cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_COLOR)

    def together() -> list[Any]:
        members = children.group(COUNT)
        with ThreadPoolExecutor(COUNT) as pool:
            return list(pool.map(lambda number: pixels(members[number].perform, number), range(COUNT)))

    try:
        row = _row("one that waits", lambda: _alone(partial(pixels, children.perform)), together, rounds)
    finally:
        children.close()
    allowed = COUNT * (waits.RUN_S + waits.PICTURE_S) / (waits.RUN_S + COUNT * waits.PICTURE_S)
    return {**row, "allowed": round(allowed, 2)}


def main(*, quick: bool = False) -> None:
    rounds = 1 if quick else ROUNDS
    rows = []
    with mock.patch.object(Card, "at_once", lambda card, runtime: card.batch_limit):  # on a CPU too
        runtime = default_runtime()
        for name, make in _networks(runtime):
            rows.append(_row(name, partial(_alone, make), partial(_together, make, runtime), rounds))
        if find_spec("torch") and find_spec("diffusers"):
            with _tiny_pipelines() as (own, makes):
                for name, make in makes:
                    rows.append(_row(name, partial(_alone, make), partial(_together, make, own), rounds))
    rows.append(_through_a_process(rounds))
    print(f"on {os.cpu_count()} cores, {COUNT} pictures")
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('batches', rows)}\n")


if __name__ == "__main__":
    main()
