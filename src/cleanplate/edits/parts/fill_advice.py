"""What an operator is told of fills: who makes them here, and what would make them better."""

from dataclasses import dataclass

from cleanplate.edits.parts.choosing import SETTING, choice
from cleanplate.edits.parts.fillers import AUTO, erasers
from cleanplate.fill.catalogue import engines
from cleanplate.models.base import Model
from cleanplate.runtime.runtime import Runtime

_GIGA, _MEGA = 1e9, 1e6


@dataclass(frozen=True, slots=True)
class Fills:
    """Who fills holes here.

    Attributes:
        names: of who does, the best first.
        state: the same in words, with what they do it for.
        gain: what one more model would make better, its size and its licence; "" where there is none.
        mend: what to type for that.
    """

    names: tuple[str, ...]
    state: str
    gain: str = ""
    mend: str = ""


def fills(runtime: Runtime) -> Fills:
    """Who fills, as the settings have it.

    Raises:
        SetupError: they name what is not known.
        EngineFailed: they name what cannot run here, or nothing can.
    """
    able = choice(runtime).able
    if runtime.fill_engine != AUTO:
        return Fills((able[0].name,), f"{able[0].name}, as {SETTING} says")
    usual = next((one for one in able if one.holes == "any"), able[-1])
    names = tuple(dict.fromkeys((able[0].name, usual.name)))
    state = f"{names[0]} for wide holes, {usual.name} for others" if len(names) > 1 else usual.name
    own = able[0].name in engines(runtime)
    wanted = _better(able[0].rank, runtime) if own and not runtime.offline else None
    if wanted is None:
        return Fills(names, state)
    mend = wanted.missing(runtime).rpartition(": ")[2]
    where = "wide holes" if wanted.holes == "wide" else "fills"
    return Fills(names, state, f"{wanted.name} ({_card(wanted, runtime)}) makes {where} better", mend)


def _better(rank: int, runtime: Runtime) -> Model | None:
    """The best model that could be pulled and would then fill."""
    able = [
        model
        for model in erasers(runtime).values()
        if (model.hub or model.files) and model.rank > max(rank, -1)
    ]
    lacking = [model for model in able if model.missing(runtime) and (not model.gpu or runtime.has_gpu)]
    return max(lacking, key=lambda model: model.rank, default=None)


def _card(model: Model, runtime: Runtime) -> str:
    size = sum(file.size_bytes for file in model.weights(runtime))
    shown = f"{size / _GIGA:.1f} GB" if size >= _GIGA else f"{size / _MEGA:.0f} MB"
    return f"{shown}, {model.licence}" if size else model.licence
