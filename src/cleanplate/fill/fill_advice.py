"""What an operator is told of fills: who makes them here, and what would make them better."""

from dataclasses import dataclass

from cleanplate.fill.base import Inpainter
from cleanplate.fill.catalogue import AUTO, inpainters
from cleanplate.fill.choosing import SETTING, choose
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card
from cleanplate.weights.size_text import size_text


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
    able = choose(runtime).able
    best = able[0].facts
    if runtime.fill_engine != AUTO:
        return Fills((best.name,), f"{best.name}, as {SETTING} says")
    usual = next((one for one in able if one.facts.holes == "any"), able[-1]).facts
    names = tuple(dict.fromkeys((best.name, usual.name)))
    state = f"{names[0]} for wide holes, {usual.name} for others" if len(names) > 1 else usual.name
    wanted = _better(best.rank, runtime) if best.card is None and not runtime.offline else None
    if wanted is None or wanted.facts.card is None:
        return Fills(names, state)
    mend = wanted.missing(runtime).rpartition(": ")[2]
    where = "wide holes" if wanted.facts.holes == "wide" else "fills"
    gain = f"{wanted.facts.name} ({_size_and_licence(wanted.facts.card, runtime)}) makes {where} better"
    return Fills(names, state, gain, mend)


def _better(rank: int, runtime: Runtime) -> Inpainter | None:
    """The best network that could be pulled and would then fill."""
    found: list[Inpainter] = []
    for one in inpainters(runtime).values():
        card = one.facts.card
        if card is None or not (card.hub or card.files) or one.facts.rank <= max(rank, -1):
            continue
        if one.missing(runtime) and (not card.gpu or runtime.has_gpu):
            found.append(one)
    return max(found, key=lambda one: one.facts.rank, default=None)


def _size_and_licence(card: Card, runtime: Runtime) -> str:
    """Its size and its licence."""
    size = sum(file.size_bytes for file in card.weights(runtime))
    return f"{size_text(size)}, {card.licence}" if size else card.licence
