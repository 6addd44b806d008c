"""Loaded models within a memory budget: one user at a time each; the least recently used leaves first.

A GPU has memory of its own, so each device has a budget of its own.
"""

import gc
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from cleanplate.memory import give_back
from cleanplate.runtime.devices import Device

T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    """One model: `users` hold it or wait for it; `has_room` from just before it is loaded."""

    bytes: int
    device: Device
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    has_room: bool = False
    loaded: Any = None


@dataclass(slots=True)
class PoolFigures:
    """What became of one model, of all its networks together, since the pool was made.

    Attributes:
        bytes: of those that are in memory.
        loads, hits: how often one was loaded, and how often it was there already.
        load_s: seconds that loading took.
        evictions: how often one left memory to make room.
    """

    bytes: int = 0
    loads: int = 0
    hits: int = 0
    load_s: float = 0.0
    evictions: int = 0


class Pool:
    """Keeps what was loaded until something else needs the room.

    Args:
        budget_bytes: device -> what all models on it together may take. A model that is larger than that is
            loaded alone.
    """

    def __init__(self, budget_bytes: Callable[[Device], int]) -> None:
        self._budget_bytes = budget_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # the most recently used last
        self._figures: defaultdict[str, PoolFigures] = defaultdict(PoolFigures)
        self._room = threading.Condition()
        self._here = threading.local()

    @contextmanager
    def lend(
        self, name: str, size_bytes: int, load: Callable[[], T], device: Device = "cpu", more_bytes: int = 0
    ) -> Iterator[T]:
        """Have a model for oneself; it is loaded when it is not there.

        Args:
            name: the same name is the same network. A model of several says which after its own name and a
                slash: "ppocr-v6/reader".
            size_bytes: about what it takes while it is loaded.
            load: called with no lock but the model's own; what it raises leaves nothing behind.
            device: whose memory it takes.
            more_bytes: what this use takes beside that; models that are idle leave for it.
        """
        with self._room:
            entry = self._entries.setdefault(name, _Entry(size_bytes, device))
            entry.users += 1
        try:
            with entry.lock:
                self._make_room(name, entry, more_bytes)
                self._load(name, entry, load)
                self._here.lent = self.lent_here() + 1
                try:
                    yield cast(T, entry.loaded)
                finally:
                    self._here.lent -= 1
        finally:
            with self._room:
                entry.users -= 1
                entry.has_room = entry.loaded is not None
                if not (entry.users or entry.has_room):
                    del self._entries[name]
                self._room.notify_all()

    def lent_here(self) -> int:
        """How many models the calling thread has for itself now."""
        lent: int = getattr(self._here, "lent", 0)
        return lent

    def loaded(self) -> list[str]:
        """Names of the models in memory, the least recently used first."""
        with self._room:
            return [name for name, entry in self._entries.items() if entry.loaded is not None]

    def figures(self) -> dict[str, PoolFigures]:
        """By model: each that was ever lent."""
        with self._room:
            found = {model: replace(figures) for model, figures in self._figures.items()}
            for name, entry in self._entries.items():
                if entry.loaded is not None:
                    found[_model_of(name)].bytes += entry.bytes
        return found

    def clear(self) -> None:
        """Drop what nobody uses, and what nobody refers to but itself."""
        with self._room:
            self._drop([name for name, entry in self._entries.items() if not entry.users])

    def _load(self, name: str, entry: _Entry, load: Callable[[], Any]) -> None:
        """Have it loaded; its lock is held."""
        began_s, hit = time.perf_counter(), entry.loaded is not None
        if not hit:
            entry.loaded = load()
        with self._room:
            figures = self._figures[_model_of(name)]
            figures.hits += hit
            figures.loads += not hit
            figures.load_s += 0.0 if hit else time.perf_counter() - began_s

    def _make_room(self, name: str, entry: _Entry, more_bytes: int) -> None:
        """Wait until the model fits; idle ones beside it leave, the least recently used first.

        Nobody waits for what is wanted beside a model that is there: two in use would wait for each other.
        """
        with self._room:
            self._entries.move_to_end(name)
            while (more_bytes or not entry.has_room) and self._too_full(entry, more_bytes):
                idle = [other for other, it in self._beside(entry) if not it.users]
                if idle:
                    self._drop(idle[:1])
                elif entry.has_room or not any(self._beside(entry)):
                    break  # it may not be enough; or alone, and larger than the budget
                else:
                    self._room.wait()
            entry.has_room = True

    def _too_full(self, entry: _Entry, more_bytes: int) -> bool:
        taken = sum(it.bytes for _, it in self._beside(entry))
        return taken + entry.bytes + more_bytes > self._budget_bytes(entry.device)

    def _beside(self, entry: _Entry) -> Iterator[tuple[str, _Entry]]:
        """All others that have room on its device, the least recently used first; nothing here keeps them."""
        return (
            (name, it)
            for name, it in self._entries.items()
            if it.has_room and it.device == entry.device and it is not entry
        )

    def _drop(self, names: list[str]) -> None:
        for name in names:
            del self._entries[name]
            self._figures[_model_of(name)].evictions += 1
        gc.collect()  # a pipeline refers to itself: without this its tensors stay until some later day
        give_back()


def _model_of(name: str) -> str:
    return name.partition("/")[0]
