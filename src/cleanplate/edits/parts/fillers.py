"""Everything that can fill a hole, as engines: those of the package, those of plug-ins, and networks."""

from functools import partial
from math import ceil

import numpy as np

from cleanplate.errors import BadParameter, CleanplateError, EngineFailed
from cleanplate.fill.base import Engine, FillJob
from cleanplate.fill.catalogue import engine, engines
from cleanplate.models.base import Model, ModelJob
from cleanplate.models.catalogue import models
from cleanplate.models.run_model import run_model
from cleanplate.pixels import masks
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import Runtime

AUTO = "auto"
PLAIN = "patchmatch"
"""Fills where nothing is pulled, makes the detail of a network's answer, and measures what is quick."""
BESIDE_PX = 8
"""A model makes so many pixels round the hole too, of those it sees: their tone tells how its own is off."""


def filler(name: str, runtime: Runtime) -> Engine:
    """The engine called `name`, or the model of that name that can erase, as one.

    Raises:
        BadParameter: there is neither.
        EngineFailed: it cannot run on this machine.
    """
    own = engines(runtime)
    if name in own:
        return engine(name, runtime)
    able = erasers(runtime)
    if name not in able:
        names = ", ".join([AUTO, *sorted(own), *sorted(able)])
        raise BadParameter(f"engine: there is no {name!r}; choose one of {names}")
    if why := able[name].missing(runtime):
        raise EngineFailed(f"the model {name} cannot run here: {why}")
    return _as_engine(able[name], own[PLAIN])


def known(runtime: Runtime) -> list[Engine]:
    """All that could fill, here or elsewhere."""
    own = engines(runtime)
    return [*own.values(), *(_as_engine(model, own[PLAIN]) for model in erasers(runtime).values())]


def fillers(runtime: Runtime) -> list[Engine]:
    """All that can run here and may be chosen unasked, the highest rank first; of equals engines first."""
    able = [one for one in known(runtime) if one.rank >= 0 and not one.missing(runtime)]
    return sorted(able, key=lambda one: -one.rank)


def model_facts(name: str, runtime: Runtime) -> dict[str, str] | None:
    """What a recipe says of the model that fills under this name; None when it is an engine."""
    return None if name in engines(runtime) else models(runtime)[name].facts(runtime)


def erasers(runtime: Runtime) -> dict[str, Model]:
    """Models that can fill, by name; an engine of the same name is meant where there is one."""
    able = (model for model in models(runtime).values() if "erase" in model.roles)
    own = engines(runtime)
    return {model.name: model for model in able if model.name not in own}


def _as_engine(model: Model, plain: Engine) -> Engine:
    return Engine(
        name=model.name,
        summary=model.summary,
        missing=model.missing,
        fill=partial(_fill_by, model),
        predict_ms=lambda hole_px, fast: model.crop_ms + plain.predict_ms(hole_px, fast),
        least_px=model.side_px,
        rank=model.rank,
        holes=model.holes,
    )


def _fill_by(model: Model, job: FillJob) -> Rgb8:
    """Structure from the model, tone, grain and, where it sees a crop shrunk, texture from the photo."""
    from cleanplate.fill.patchmatch.fill import fill as fill_patches
    from cleanplate.fill.patchmatch.prior import Prior

    side_px = model.side_px or max(job.hole.shape)
    prior = Prior(_answer(model, job, side_px), side_px)
    return fill_patches(
        job.rgb, job.hole, job.excluded, job.options, lambda done: job.progress((1 + done) / 2), prior
    )


def _answer(model: Model, job: FillJob, side_px: int) -> Rgb8:
    """What the model makes of the crop.

    Raises:
        EngineFailed: it failed, in whatever way; what `job.progress` raises comes through as it is.
    """
    stops: list[Exception] = []

    def report(done: float) -> None:
        try:
            job.progress(done / 2)
        except Exception as stop:
            stops.append(stop)
            raise

    mask = _with_beside(job.hole | job.excluded, side_px).astype(np.float32)
    asked = ModelJob(rgb=job.rgb, mask=mask, seed=job.options.seed, progress=report, runtime=job.runtime)
    try:
        made: Rgb8 = run_model("erase", asked, model.name).made
    except CleanplateError:
        raise
    except Exception as error:
        if error in stops:
            raise
        told = f"{model.name}: {type(error).__name__}: {error}"
        raise EngineFailed(f"the model {model.name} failed", log=told) from error
    return made


def _with_beside(closed: Hole, side_px: int) -> Hole:
    """What the model is to make; no more than the hole when otherwise it would see nothing."""
    scale = max(1.0, max(closed.shape) / side_px)
    wider = masks.dilate(closed, ceil(BESIDE_PX * scale))
    return closed if wider.all() else wider
