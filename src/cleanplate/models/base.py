"""What a model is: the card of a network, and what it can do."""

from dataclasses import dataclass
from typing import cast

from cleanplate.models.roles import AnyAbility, AnyRole, Job, Performer, Result, Role, RoleName
from cleanplate.weights.card import Card


@dataclass(frozen=True, slots=True)
class Model:
    """One network.

    Attributes:
        card: what is known of its files, and whether it can run here.
        abilities: what it can do, a role at most once.
        rank: of all that can do something here, the highest does; below 0 only when it is named.
    """

    card: Card
    abilities: tuple[AnyAbility, ...]
    rank: int = 0

    @property
    def name(self) -> str:
        """Of the card."""
        return self.card.name

    @property
    def roles(self) -> frozenset[RoleName]:
        """Names of all that it can do."""
        return frozenset(ability.role.name for ability in self.abilities)

    def can(self, role: AnyRole) -> bool:
        """True when it can do that."""
        return role.name in self.roles

    def performer(self, role: Role[Job, Result]) -> Performer[Job, Result]:
        """What does it. Raises `KeyError` when it cannot."""
        found = {ability.role.name: ability.perform for ability in self.abilities}
        return cast(Performer[Job, Result], found[role.name])
