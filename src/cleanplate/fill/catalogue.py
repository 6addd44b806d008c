"""The engines that this installation has."""

from collections.abc import Mapping

import cleanplate.fill
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import Engine
from cleanplate.runtime.runtime import Runtime


def engines(runtime: Runtime) -> Mapping[str, Engine]:
    """Every engine by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(cleanplate.fill, "ENGINE", Engine, runtime.plugins)


def engine(name: str, runtime: Runtime) -> Engine:
    """The engine called `name`.

    Raises:
        BadParameter: there is none.
        EngineFailed: it cannot run on this machine.
    """
    known = engines(runtime)
    found = known.get(name)
    if found is None:
        raise BadParameter(f"engine: there is no {name!r}; choose one of {', '.join(sorted(known))}")
    if why := found.missing(runtime):
        raise EngineFailed(f"the engine {name} cannot run here", log=f"{name}: {why}")
    return found
