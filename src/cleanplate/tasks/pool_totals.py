"""What models did in all processes that do tasks, those that are gone included."""

import threading
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from cleanplate.tasks.child_figures import ModelFigures

OTHER: Final = "other"
"""Stands for every model whose name is not known."""


@dataclass(slots=True)
class ModelTotals:
    """Of one model.

    Attributes:
        loaded: processes that hold it now.
        bytes: what it takes in all of them together.
        loads, hits, load_s, evictions: as in `runtime.pool.PoolFigures`; they never fall.
    """

    loaded: int = 0
    bytes: int = 0
    loads: int = 0
    hits: int = 0
    load_s: float = 0.0
    evictions: int = 0


class PoolTotals:
    """Thread-safe.

    Args:
        known: the models that are told apart.
    """

    def __init__(self, known: Collection[str] = ()) -> None:
        self._known = frozenset(known)
        self._gone: defaultdict[str, ModelTotals] = defaultdict(ModelTotals)
        self._now: dict[int, Mapping[str, ModelFigures]] = {}
        self._lock = threading.Lock()

    def update(self, pid: int, models: Mapping[str, ModelFigures]) -> None:
        """So much since the process began."""
        with self._lock:
            self._now[pid] = models

    def end(self, pid: int) -> None:
        """The process has ended: it holds nothing any more; what it did remains done."""
        with self._lock:
            self._add(self._gone, self._now.pop(pid, {}))

    def read(self, living: Collection[int]) -> dict[str, ModelTotals]:
        """By model. Processes that are not `living` hold nothing, also where `end` is still to come."""
        found: defaultdict[str, ModelTotals] = defaultdict(ModelTotals)
        with self._lock:
            for name, totals in self._gone.items():
                self._add(found, {name: totals})
            for pid, models in self._now.items():
                self._add(found, models)
                for name, figures in models.items() if pid in living else ():
                    held = found[self._label(name)]
                    held.bytes += figures.bytes
                    held.loaded += figures.bytes > 0
        return dict(found)

    def _add(
        self, totals: defaultdict[str, ModelTotals], models: Mapping[str, ModelFigures | ModelTotals]
    ) -> None:
        for name, more in models.items():
            sums = totals[self._label(name)]
            sums.loads += more.loads
            sums.hits += more.hits
            sums.load_s += more.load_s
            sums.evictions += more.evictions

    def _label(self, name: str) -> str:
        return name if name in self._known else OTHER
