"""The inpainters that this installation has."""

from collections.abc import Mapping

import cleanplate.fill.inpainters
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import Inpainter
from cleanplate.runtime.runtime import Runtime

AUTO = "auto"
"""As a name: the best that is here, for each hole."""


def inpainters(runtime: Runtime) -> Mapping[str, Inpainter]:
    """Every inpainter by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(
        cleanplate.fill.inpainters,
        "INPAINTER",
        Inpainter,  # type: ignore[type-abstract]  # mypy wants a class that can be made
        runtime.plugins,
        name_of=_name,
        reserved=(AUTO,),
    )


def _name(inpainter: Inpainter) -> str:
    return inpainter.facts.name


def known_inpainter(name: str, runtime: Runtime) -> Inpainter:
    """The inpainter called `name`, whether it can run here or not. Raises `BadParameter`: there is none."""
    found = inpainters(runtime).get(name)
    if found is None:
        raise BadParameter(
            f"engine: there is no {name!r}; choose one of {', '.join([AUTO, *names(runtime)])}"
        )
    return found


def inpainter(name: str, runtime: Runtime) -> Inpainter:
    """The inpainter called `name`.

    Raises:
        BadParameter: there is none.
        EngineFailed: it cannot run on this machine.
    """
    found = known_inpainter(name, runtime)
    if not (why := found.missing(runtime)):
        return found
    if found.facts.card is None:
        raise EngineFailed(f"the engine {name} cannot run here", log=f"{name}: {why}")
    raise EngineFailed(f"the model {name} cannot run here: {why}")


def names(runtime: Runtime) -> list[str]:
    """Of all inpainters: first those that are no networks, each group by its letters."""
    known = inpainters(runtime)
    return sorted(known, key=lambda name: (known[name].facts.card is not None, name))


def available(runtime: Runtime) -> list[Inpainter]:
    """All that can run here and may be chosen unasked, the highest rank first; of equals networks last."""
    able = [one for one in inpainters(runtime).values() if one.facts.rank >= 0 and not one.missing(runtime)]
    return sorted(able, key=lambda one: (-one.facts.rank, one.facts.card is not None))
