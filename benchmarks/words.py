"""Models that follow words, on whatever device there is: time and memory for 1, 4 and 8 pictures at once.

    python -m benchmarks.words [--pixels 1024] [--batches 1 4 8] [NAME...]

Only models whose weights are here are measured. One that takes no batches makes several pictures of one here;
the server never asks for that, and it shows what the device would have to give.
"""

import argparse
import gc
import resource
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.report import store, table
from cleanplate.models import flux_klein, qwen_edit, sdxl_inpaint
from cleanplate.models.parts import diffusion
from cleanplate.models.parts.pipeline import Pipeline, PipelineInput
from cleanplate.runtime.runtime import default_runtime
from cleanplate.runtime.torch_runtime import generator, make_room, network
from cleanplate.weights.files import folder

KNOWN = {it.name: it for it in (flux_klein.PIPELINE, qwen_edit.PIPELINE, sdxl_inpaint.PIPELINE)}
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; seconds are the least of the rounds, for one picture of the batch.

    They are None when the memory of the device did not suffice.
    """

    model: str
    device: str
    pixels: int
    batch: int
    seconds_each: float | None
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(KNOWN)}; all that are here"
    )
    parser.add_argument("--pixels", type=int, default=1024, help="side of the picture")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 8])
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    runtime = default_runtime()
    for name in arguments.names or KNOWN:
        why = diffusion.model(KNOWN[name]).card.missing(runtime)
        if why:
            print(f"{name}: {why}")
            continue
        rows += [asdict(row) for row in measured(KNOWN[name], arguments.pixels, arguments.batches)]
        make_room(runtime)
    if rows:
        print(table(list(rows[0]), rows))
        print(store("words", rows))


def measured(pipeline: Pipeline, pixels: int, batches: list[int]) -> list[Row]:
    """One row for each batch."""
    rows = []
    runtime = default_runtime()
    load = partial(diffusion._load, pipeline, folder(pipeline.name, runtime))
    with network(pipeline.name, pipeline.memory_bytes, load, runtime) as loaded:
        for batch in batches:
            _reset()
            seconds = _least(pipeline, loaded, pixels, batch)
            each = None if seconds is None else seconds / batch
            rows.append(Row(pipeline.name, runtime.device, pixels, batch, each, _peak_bytes()))
    return rows


def _least(pipeline: Pipeline, loaded: Any, pixels: int, batch: int) -> float | None:
    import torch

    try:
        return min(_once(pipeline, loaded, pixels, batch) for _ in range(ROUNDS))
    except torch.OutOfMemoryError:
        return None


def _once(pipeline: Pipeline, loaded: Any, pixels: int, batch: int) -> float:
    from PIL.Image import fromarray

    noise = np.random.default_rng(0).integers(0, 256, (pixels // 8, pixels // 8, 3)).astype(np.uint8)
    image = fromarray(noise).resize((pixels, pixels))
    mask = fromarray(np.full((pixels, pixels), 255, np.uint8))
    count = batch if pipeline.batch_limit > 1 else 1
    given = PipelineInput(
        images=[image] * count,
        masks=[mask] * count,
        prompts=["a red barn under a blue sky"] * count,
        negative_prompts=[""] * count,
        strength=1.0,
        generators=[generator(number) for number in range(count)],
        on_step=lambda *_: {},
    )
    began_s = time.perf_counter()
    pipeline.call(partial(loaded, num_images_per_prompt=batch // count), given)
    return time.perf_counter() - began_s


def _reset() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak_bytes() -> int:
    """On the device; without one, of the process."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
