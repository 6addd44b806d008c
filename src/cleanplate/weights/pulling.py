"""Pulling what a card needs, and where its weights are: for the command line, and for a server's admins."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cleanplate.errors import StorageFailed
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights import download, hub
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, folder, path_of

Place: TypeAlias = Literal["not pulled", "in a plug-in", "pulled", "in a package"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of a pull.

    Attributes:
        files: all of the card's.
        fetched: how many of them were fetched now.
        missing: why it cannot run all the same, or "".
    """

    files: tuple[WeightFile, ...]
    fetched: int
    missing: str

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def place_of(card: Card, runtime: Runtime) -> Place:
    """Where its weights are."""
    if not card.is_here(runtime):
        return "not pulled"
    weights, home = card.weights(runtime), folder(card.name, runtime)
    if not weights:
        return "in a plug-in"
    places = [path_of(card.name, file, runtime) for file in weights]
    return "pulled" if any(place.is_relative_to(home) for place in places) else "in a package"


def with_partners(cards: Iterable[Card]) -> list[Card]:
    """Each once, behind those that it works with."""
    found = {one.name: one for card in cards for one in (*card.partners, card)}
    return list(found.values())


def has_weights(card: Card, runtime: Runtime) -> bool:
    """Whether there is anything to pull, or to have."""
    return bool(card.weights(runtime) or card.hub)


def pull_card(card: Card, report: download.Report, runtime: Runtime) -> Pulled:
    """Fetch what is not here.

    Raises:
        SetupError: downloads are switched off.
        DownloadFailed: no network, no such file or release, or not the one that the card pins.
        StorageFailed: no space, or no right to write.
    """
    try:
        files = (*card.files, *hub.resolve(card.name, card.hub, runtime))
    except OSError as error:
        raise StorageFailed(f"{card.name}: cannot write to the folder of weights: {error}") from error
    fetched = download.pull(card.name, files, report, runtime)
    return Pulled(files, fetched, card.missing(runtime))
