"""A simulated fleet: tasks that come, wait, and are done by workers that start, die and are scaled.

Events in order of their time, with seconds as floats and a seed, so that each run is the same. One line,
first come first served: what a whole fleet does, whatever its accounts.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

DAY_S: Final = 86_400.0
_BLOCK: Final = 65_536
_ARRIVES, _ENDS, _BACK, _READY, _SCALES, _DIES = range(6)


@dataclass(frozen=True, slots=True)
class Keda:
    """Its rule, as in `deploy/kubernetes`: so many workers as there are times `target` among the open tasks.

    Attributes:
        least, most: workers.
        target: open tasks for each worker.
        start_s: from the wish for a worker to its first task.
        every_s: how often it looks.
        calm_s: fewer are wished for only when so few were enough for so long.
        up: at one look at most so many times those that are there, or `up_least` more.
        down, down_s: at most this share of them leaves in so many seconds.
    """

    least: int
    most: int
    target: float
    start_s: float
    every_s: float = 15.0
    calm_s: float = 300.0
    up: float = 2.0
    up_least: int = 4
    down: float = 0.25
    down_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Deaths:
    """Workers that die at once, each with what it does.

    Attributes:
        back_s: until the task of a dead one is in line again: what is left of its lease, and the next look.
    """

    at_s: float
    number: int
    back_s: tuple[float, float] = (6.7, 11.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        arrivals, services: of each task, in seconds; arrivals in their order.
        workers: at the start.
        gap_s: from the end of a task to the next claim.
    """

    arrivals: Times
    services: Times
    workers: int
    gap_s: float = 0.0
    keda: Keda | None = None
    deaths: Deaths | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        waits: seconds from a task's arrival to its last start.
        ends: when each ended.
        busy_s: of all workers together.
        worker_s: that they were there.
        most_workers, longest_line: at any moment.
        taken_over_s: from the death of a worker to the new start of its task.
    """

    waits: Times
    ends: Times
    busy_s: float = 0.0
    worker_s: float = 0.0
    most_workers: int = 0
    longest_line: int = 0
    taken_over_s: list[float] = field(default_factory=list)

    @property
    def utilisation(self) -> float:
        return self.busy_s / self.worker_s if self.worker_s else 0.0

    def wait(self, share: float) -> float:
        """Seconds within which so many had started."""
        return float(np.quantile(self.waits, share))

    @property
    def rate(self) -> float:
        """Tasks a second, from the first arrival to the last end."""
        return len(self.waits) / float(self.ends.max())


class _Fleet:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.line = deque[int]()
        self.free = plan.workers
        self.workers = plan.workers
        self.starting = 0
        self.leaving = 0
        self.running: dict[int, float] = {}
        self.died: dict[int, float] = {}
        self.wished: deque[tuple[float, int]] = deque()
        self.events: list[tuple[float, int, int]] = []
        number = len(plan.arrivals)
        self.found = Outcome(np.zeros(number), np.zeros(number), most_workers=plan.workers)
        self.now_s = 0.0
        self.open = 0
        self.shrunk_s = -math.inf

    def run(self) -> Outcome:
        plan, arrivals = self.plan, self.plan.arrivals
        if plan.keda is not None:
            self._at(plan.keda.every_s, _SCALES)
        if plan.deaths is not None:
            self._at(plan.deaths.at_s, _DIES)
        place, number = 0, len(arrivals)
        left = number
        while left:
            if place < number and (not self.events or arrivals[place] <= self.events[0][0]):
                self._pass(float(arrivals[place]))
                self.open += 1
                self.line.append(place)
                place += 1
                self._claim()
                continue
            at_s, what, which = heapq.heappop(self.events)
            self._pass(at_s)
            left -= self._happens(what, which)
        return self.found

    def _pass(self, at_s: float) -> None:
        self.found.worker_s += self.workers * (at_s - self.now_s)
        self.now_s = at_s

    def _at(self, at_s: float, what: int, which: int = 0) -> None:
        heapq.heappush(self.events, (at_s, what, which))

    def _happens(self, what: int, which: int) -> int:
        """How many tasks have ended by it."""
        if what == _ENDS:
            return self._ends(which)
        if what == _BACK:
            self.line.appendleft(which)
        elif what == _READY:
            self.starting -= 1
            self.free += 1
            self.workers += 1
            self.found.most_workers = max(self.found.most_workers, self.workers)
        elif what == _SCALES:
            self._scale()
        else:
            self._die()
        self._claim()
        return 0

    def _ends(self, task: int) -> int:
        """Nothing where its worker has died meanwhile, or the end is that of an attempt before."""
        if self.running.get(task) != self.now_s:
            return 0
        del self.running[task]
        self.found.ends[task] = self.now_s
        self.open -= 1
        self._release()
        self._claim()
        return 1

    def _release(self) -> None:
        if self.leaving:
            self.leaving -= 1
            self.workers -= 1
        else:
            self.free += 1

    def _claim(self) -> None:
        while self.free and self.line:
            self.free -= 1
            task = self.line.popleft()
            self.found.waits[task] = self.now_s - self.plan.arrivals[task]
            if task in self.died:
                self.found.taken_over_s.append(self.now_s - self.died.pop(task))
            took_s = float(self.plan.services[task]) + self.plan.gap_s
            self.running[task] = self.now_s + took_s
            self.found.busy_s += took_s
            self._at(self.now_s + took_s, _ENDS, task)
        self.found.longest_line = max(self.found.longest_line, len(self.line))

    def _scale(self) -> None:
        keda = self.plan.keda
        assert keda is not None
        wanted = min(max(math.ceil(self.open / keda.target), keda.least), keda.most)
        self.wished.append((self.now_s, wanted))
        while self.wished[0][0] < self.now_s - keda.calm_s:
            self.wished.popleft()
        there = self.workers + self.starting - self.leaving
        if wanted > there:
            wanted = min(wanted, max(math.floor(keda.up * there), there + keda.up_least))
            stay = min(self.leaving, wanted - there)
            self.leaving -= stay
            for _ in range(wanted - there - stay):
                self.starting += 1
                self._at(self.now_s + keda.start_s, _READY)
        elif self.now_s - self.shrunk_s >= keda.down_s:
            fewer = min(there - max(each for _, each in self.wished), math.ceil(keda.down * there))
            self.shrunk_s = self.now_s if fewer > 0 else self.shrunk_s
            idle = min(max(0, fewer), self.free)
            self.free -= idle
            self.workers -= idle
            self.leaving += max(0, fewer - idle)
        self._at(self.now_s + keda.every_s, _SCALES)

    def _die(self) -> None:
        deaths = self.plan.deaths
        assert deaths is not None
        chance = np.random.default_rng(deaths.number)
        victims = list(self.running)[: deaths.number]
        for task in victims:
            self.found.busy_s -= self.running.pop(task) - self.now_s
            self.died[task] = self.now_s
            self.workers -= 1
            self._at(self.now_s + chance.uniform(*deaths.back_s), _BACK, task)


def simulate(plan: Plan) -> Outcome:
    """All tasks of the plan to their ends."""
    return _Fleet(plan).run()


def poisson(rate: Callable[[float], float], most: float, seconds: float, seed: int) -> Times:
    """Arrivals of a Poisson process whose rate changes with the time, by thinning.

    Args:
        rate: tasks a second at a time, never above `most`.
    """
    chance = np.random.default_rng(seed)
    times = np.cumsum(chance.exponential(1 / most, int(most * seconds * 1.1) + 100))
    times = times[times < seconds]
    kept = chance.random(len(times)) * most < np.vectorize(rate, otypes=[float])(times)
    arrivals: Times = times[kept]
    return arrivals


def steady(rate: float) -> Callable[[float], float]:
    """Always the same."""
    return lambda _at_s: rate


def day_curve(mean: float, share: float, peak_h: float = 15.0) -> Callable[[float], float]:
    """Tasks a second over a day that has a calm night: a cosine round the mean.

    Args:
        share: how far the peak is above the mean, 0..1.
    """
    return lambda at_s: mean * (1 + share * math.cos(2 * math.pi * (at_s / DAY_S - peak_h / 24)))


def mixed(parts: Sequence[tuple[float, float]], number: int, seed: int, spread: float = 0.25) -> Times:
    """Service times of a mix.

    Args:
        parts: share and mean seconds of each kind.
        spread: of each kind, as the sigma of a lognormal distribution.
    """
    chance = np.random.default_rng(seed)
    shares = np.array([share for share, _ in parts])
    kinds = chance.choice(len(parts), number, p=shares / shares.sum())
    means = np.array([mean for _, mean in parts])[kinds]
    services: Times = means * chance.lognormal(-spread * spread / 2, spread, number)
    return services


def erlang_c(workers: int, load: float) -> float:
    """The share of tasks that have to wait, of a Poisson process with exponential services (M/M/c).

    Args:
        load: workers that are busy on average, below `workers`.
    """
    blocked = 1.0  # Erlang B, one worker more each time
    for number in range(1, workers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / workers * (1 - blocked))


def mean_wait_s(workers: int, load: float, service_s: float) -> float:
    """By Erlang's formula."""
    return erlang_c(workers, load) * service_s / (workers - load)


def workers_for(load: float, longest_s: float, service_s: float) -> int:
    """The fewest whose mean wait is no longer."""
    return next(number for number in _from(math.floor(load) + 1) if _fits(number, load, longest_s, service_s))


def _fits(workers: int, load: float, longest_s: float, service_s: float) -> bool:
    return mean_wait_s(workers, load, service_s) <= longest_s


def _from(number: int) -> Iterator[int]:
    while True:
        yield number
        number += 1
