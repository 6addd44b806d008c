"""Run a model: choose the one for a role, run it, and make sure that it returned what its role promises."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.models.catalogue import model_for


@dataclass(frozen=True, slots=True)
class ModelResult:
    """What a model made, as `models.base.Role` says, and what a recipe says of the model."""

    made: NDArray[Any]
    facts: dict[str, str]


def run_model(role: Role, job: ModelJob, name: str = "") -> ModelResult:
    """Run the best installed model that can play `role`, or the one called `name`.

    Raises:
        BadParameter: no such model.
        EngineFailed: there is none, it failed, or what it returned is not what the role promises.
        BadInput: the model cannot do this job with this picture.
    """
    model = model_for(role, job.runtime, name)
    made = model.run(role, job)
    height, width = job.rgb.shape[:2]
    match role:
        case "find" | "find-text" | "subject":
            _check(model, made, (height, width), np.float32)
        case "moderate":
            _check(model, made, (1,), np.float32)
        case "upscale":
            factor = int(job.options["factor"])
            _check(model, made, (height * factor, width * factor, 3), np.uint8)
        case _:
            _check(model, made, (height, width, 3), np.uint8)
    return ModelResult(made, model.facts(job.runtime))


def _check(model: Model, made: NDArray[Any], shape: tuple[int, ...], kind: type) -> None:
    if made.shape != shape or made.dtype != kind:
        raise EngineFailed(
            "the model returned something else than was asked for",
            log=f"{model.name}: {made.dtype} {made.shape}, wanted {np.dtype(kind)} {shape}",
        )
