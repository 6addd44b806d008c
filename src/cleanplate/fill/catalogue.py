"""The inpainters that this installation has."""

import cleanplate.fill.inpainters
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import Inpainter

AUTO = "auto"
"""As a name: the best that is here, for each hole."""


def inpainters() -> dict[str, Inpainter]:
    """Every inpainter by name, plug-ins included."""
    return discover(
        cleanplate.fill.inpainters,
        "INPAINTER",
        Inpainter,  # type: ignore[type-abstract]  # mypy wants a class that can be made
        name=lambda inpainter: inpainter.facts.name,
    )


def inpainter(name: str) -> Inpainter:
    """The inpainter called `name`.

    Raises:
        BadParameter: there is none.
        EngineFailed: it cannot run on this machine.
    """
    found = inpainters().get(name)
    if found is None:
        raise BadParameter(f"engine: there is no {name!r}; choose one of {', '.join([AUTO, *names()])}")
    if not (why := found.missing()):
        return found
    if found.facts.card is None:
        raise EngineFailed(f"the engine {name} cannot run here", log=f"{name}: {why}")
    raise EngineFailed(f"the model {name} cannot run here: {why}")


def names() -> list[str]:
    """Of all inpainters: first those that are no networks, each group by its letters."""
    return sorted(inpainters(), key=lambda name: (is_network(name), name))


def is_network(name: str) -> bool:
    """True when the inpainter called `name` has weights of its own."""
    return inpainters()[name].facts.card is not None


def available() -> list[Inpainter]:
    """All that can run here and may be chosen unasked, the highest rank first; of equals networks last."""
    able = [one for one in inpainters().values() if one.facts.rank >= 0 and not one.missing()]
    return sorted(able, key=lambda one: (-one.facts.rank, one.facts.card is not None))
