"""The engines that this installation has."""

import cleanplate.fill
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import Engine


def engines() -> dict[str, Engine]:
    """Every engine by name, plug-ins included."""
    return discover(cleanplate.fill, "ENGINE", Engine)


def engine(name: str) -> Engine:
    """The engine called `name`.

    Raises:
        BadParameter: there is none.
        EngineFailed: it cannot run on this machine.
    """
    found = engines().get(name)
    if found is None:
        raise BadParameter(f"engine: there is no {name!r}; choose one of {', '.join(sorted(engines()))}")
    if why := found.missing():
        raise EngineFailed(f"the engine {name} cannot run here", log=f"{name}: {why}")
    return found
