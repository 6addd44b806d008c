"""All networks of this installation, models and inpainters: what can be pulled, and what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
        ranks: what it is for, and its rank there: of all for one role the highest does it; one below 0 only
            when it is named.
    """

    card: Card
    ranks: Mapping[NetworkRole, int]

    @property
    def only_named(self) -> bool:
        """True when nothing chooses it by itself."""
        return all(rank < 0 for rank in self.ranks.values())


def networks(runtime: Runtime) -> Mapping[str, Network]:
    """Every network by name, plug-ins included. One that is both model and inpainter is one entry.

    Raises:
        SetupError: a plug-in is none, or a model and an inpainter have one name and different cards.
    """
    found = {
        model.name: Network(model.card, dict.fromkeys(model.roles, model.rank))
        for model in models(runtime).values()
    }
    for inpainter in inpainters(runtime).values():
        if (card := inpainter.facts.card) is not None:
            known = found.get(card.name, Network(card, {}))
            if known.card != card:
                raise SetupError(f"{card.name!r} is the name of a model and of another inpainter")
            found[card.name] = Network(card, {**known.ranks, "erase": inpainter.facts.rank})
    return MappingProxyType(found)


def candidates(role: NetworkRole, runtime: Runtime) -> list[Network]:
    """All for `role`, here or elsewhere, the best first; none of negative rank."""
    able = [network for network in networks(runtime).values() if network.ranks.get(role, -1) >= 0]
    return sorted(able, key=lambda network: -network.ranks[role])


def batch_limit(role: NetworkRole, runtime: Runtime, name: str = "") -> int:
    """Tasks that a worker should take at once: as many as the network that does them takes in one run here.

    Args:
        name: of the network; "" is the best for the role that can run.

    Returns:
        At least 1, which is also what no network and one of another name have.
    """
    known = candidates(role, runtime) if not name else [*filter(None, [networks(runtime).get(name)])]
    able = (network.card for network in known if not network.card.missing(runtime))
    return next((card.at_once(runtime) for card in able), 1)
