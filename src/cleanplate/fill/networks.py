"""All networks of this installation, models and inpainters: what can be pulled, and what each is for."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cleanplate.errors import SetupError
from cleanplate.fill.catalogue import inpainters
from cleanplate.models.catalogue import models
from cleanplate.models.roles import RoleName
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card

NetworkRole: TypeAlias = RoleName | Literal["erase"]
"""What a network is for: the roles of models, and filling holes."""


@dataclass(frozen=True, slots=True)
class Network:
    """One entry of the list.

    Attributes:
        rank: of all that have one role, the highest does it; below 0 only when it is named.
    """

    card: Card
    roles: frozenset[NetworkRole]
    rank: int


def networks(runtime: Runtime) -> dict[str, Network]:
    """Every network by name, plug-ins included. One that is both model and inpainter is one entry.

    Raises:
        SetupError: a model and an inpainter have one name and different cards.
    """
    found = {
        model.name: Network(model.card, frozenset[NetworkRole](model.roles), model.rank)
        for model in models(runtime).values()
    }
    for inpainter in inpainters(runtime).values():
        card, rank = inpainter.facts.card, inpainter.facts.rank
        if card is not None:
            model = found.get(card.name)
            if model is not None and model.card != card:
                raise SetupError(f"{card.name!r} is the name of a model and of another inpainter")
            roles: frozenset[NetworkRole] = frozenset() if model is None else model.roles
            found[card.name] = Network(card, roles | {"erase"}, rank)
    return found


def candidates(role: NetworkRole, runtime: Runtime) -> list[Network]:
    """All for `role`, here or elsewhere, the best first; none of negative rank."""
    able = [network for network in networks(runtime).values() if role in network.roles and network.rank >= 0]
    return sorted(able, key=lambda network: -network.rank)
