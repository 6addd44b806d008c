"""What an admin may look at and do, as the API layer sees it: plain values, and no pixels behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from cleanplate.admin.all_lines import TaskLine, WorkerSeen
from cleanplate.tasks.queue_state import QueueState

PullPhase: TypeAlias = Literal["running", "stopping", "succeeded", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class PullState:
    """The last pull of a model since this process began.

    Attributes:
        fetching: name of the model that is fetched now: it, or one that it works with.
        done_bytes, total_bytes: of that one's files. The second is 0 while it is not known, and where pip
            fetches a package, which tells nothing meanwhile.
        error: why it failed, or ""; what is here is kept, and the next pull goes on from there.
        started_at_ms, ended_at_ms: Unix milliseconds; the second is None while it goes on.
    """

    state: PullPhase
    fetching: str
    done_bytes: int
    total_bytes: int
    error: str
    started_at_ms: int
    ended_at_ms: int | None = None

    @property
    def goes_on(self) -> bool:
        return self.ended_at_ms is None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model of this installation.

    Attributes:
        size_bytes: of its weights; 0 where that is learnt when they are pulled, or it has none.
        memory_bytes: about what it takes while it works; 0 where nobody has measured it.
        place: where its weights are: "not pulled", "pulled", "in a package", "in a plug-in".
        missing: why it cannot run here and what to type, or "".
        roles: what it is for.
        edits: those that ask for one of its roles.
        only_named: nothing chooses it by itself.
        pullable: there are weights to pull.
    """

    name: str
    summary: str
    licence: str
    size_bytes: int
    memory_bytes: int
    place: str
    missing: str
    roles: Sequence[str]
    edits: Sequence[str]
    only_named: bool
    pullable: bool
    pull: PullState | None


class PullUnderWay(Exception):
    """This model is being pulled already."""


class ModelShelf(Protocol):
    """The models of this machine. Thread-safe.

    Attributes:
        host: name of the machine.
    """

    host: str

    def models(self) -> list[ModelFacts]:
        """All, by name."""

    def named(self, name: str) -> ModelFacts | None:
        """One; None: there is none of this name."""

    def pull(self, name: str) -> None:
        """Begin to fetch the weights of one that there is, and go on in a thread.

        Raises:
            PullUnderWay: that goes on already.
        """

    def stop(self, name: str) -> bool:
        """Stop that, at the next piece that comes. False: nothing goes on."""


@dataclass(frozen=True, slots=True)
class Administration:
    """What admins are told, and what does what they ask for.

    Attributes:
        queue: the line of all tasks.
        lines: the same by account and queue; given how many at most.
        workers: who does them.
        shelf: the models of this machine.
    """

    queue: Callable[[], QueueState]
    lines: Callable[[int], Sequence[TaskLine]]
    workers: Callable[[], Sequence[WorkerSeen]]
    shelf: ModelShelf
