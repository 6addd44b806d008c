"""Loads the models of a worker before its first task: each does the smallest job of its role."""

import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from cleanplate.errors import CleanplateError
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.fill.networks import candidates, networks
from cleanplate.fill.options import FillOptions
from cleanplate.models import jobs, roles
from cleanplate.models.jobs import ModelJob
from cleanplate.models.roles import AnyRole
from cleanplate.models.run_model import run_model
from cleanplate.runtime.runtime import Runtime

LOG = logging.getLogger(__name__)

_SIDE_PX: Final = 64
_ERASE: Final = "erase"

_JOBS: Final[Mapping[str, tuple[AnyRole, Callable[..., ModelJob]]]] = MappingProxyType(
    {
        role.name: (role, job)
        for role, job in (
            (roles.INPAINT, lambda **given: jobs.InpaintJob(mask=_alpha(), prompt="a wall", **given)),
            (roles.OUTPAINT, lambda **given: jobs.OutpaintJob(mask=_alpha(), prompt="a wall", **given)),
            (roles.INSTRUCT, lambda **given: jobs.InstructJob(prompt="make it brighter", **given)),
            (roles.STYLIZE, lambda **given: jobs.StylizeJob(prompt="a watercolour", **given)),
            (roles.TRANSFER, lambda **given: jobs.TransferJob(style=given["rgb"], **given)),
            (roles.COLORIZE, jobs.ColorizeJob),
            (roles.DOODLE, lambda **given: jobs.DoodleJob(prompt="a house", **given)),
            (roles.CHARACTER, lambda **given: jobs.CharacterJob(prompt="on a beach", **given)),
            (roles.UPSCALE, lambda **given: jobs.UpscaleJob(factor=2, **given)),
            (roles.RESTORE, lambda **given: jobs.RestoreJob(quality=30, **given)),
            (roles.FIND, lambda **given: jobs.FindJob(prompt="a door", **given)),
            (roles.DETECT, lambda **given: jobs.DetectJob(prompt="a door", **given)),
            (roles.SELECT, lambda **given: jobs.SelectJob(points=((32, 32),), **given)),
            (roles.FIND_TEXT, jobs.FindTextJob),
            (roles.SUBJECT, jobs.SubjectJob),
            (roles.MODERATE, jobs.ModerateJob),
        )
    }
)


def warm_models(runtime: Runtime, queues: Sequence[str]) -> list[str]:
    """Load what these queues need (`tasks.queues`), as many of the first as there is memory for.

    A model that fails now is told of in the log, and fails again with the first task that wants it.

    Returns:
        The names of those that are loaded.
    """
    loaded: list[str] = []
    room = runtime.budget_bytes(runtime.device)
    for role, name in dict.fromkeys(_network(queue, runtime) for queue in queues):
        if not name or name in loaded:
            continue
        room -= networks(runtime)[name].card.memory_bytes
        if room < 0:
            LOG.info("there is no memory to load %s and what comes after it beforehand", name)
            break
        try:
            _run(role, name, runtime)
            loaded.append(name)
        except CleanplateError as error:
            LOG.warning("%s cannot be loaded: %s", name, error.log)
        except Exception:
            LOG.exception("%s cannot be loaded", name)
    return loaded


def _network(queue: str, runtime: Runtime) -> tuple[str, str]:
    """Role and name of what does a queue's tasks; "" where that is nothing in particular."""
    role, _, name = queue.partition(":")
    if name or (role != _ERASE and role not in _JOBS):
        return role, name
    able = [network for network in candidates(role, runtime) if not network.card.missing(runtime)]  # type: ignore[arg-type]
    return role, able[0].card.name if able else ""


def _run(role: str, name: str, runtime: Runtime) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3)).astype(np.uint8)
    if role == _ERASE:
        hole = _alpha() > 0
        inpainter(name, runtime).fill(FillJob(rgb, hole, np.zeros_like(hole), FillOptions(), runtime=runtime))
        return
    known, job = _JOBS[role]
    run_model(known, job(rgb=rgb, runtime=runtime), name)


def _alpha() -> Any:
    alpha = np.zeros((_SIDE_PX, _SIDE_PX), np.float32)
    alpha[24:40, 24:40] = 1
    return alpha
