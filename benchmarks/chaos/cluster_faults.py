"""What happens to a cluster while it works: kills, stops, restarts of Postgres, a store that refuses."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.postgres import PostgresServer
from tests.s3_server import SLOW_DOWN, Gate

from benchmarks.cluster import Cluster, Member

FROZEN_S: Final = 30.0
REFUSING_S: Final = 10.0
_AWAY_S: Final = (0.0, 3.0, 8.0)
"""How long Postgres is down, one after another."""
_MODES: Final = ("fast", "immediate")
EVERY_S: Final[Mapping[str, float]] = {
    "worker killed": 16.0,
    "API host killed": 24.0,
    "worker stopped": 70.0,
    "Postgres restarted": 60.0,
    "store refuses": 90.0,
}
"""Each comes once for so many seconds, and once at least."""
_QUIET: Final = 0.85
"""The share of the time in which faults begin."""
_LOOK_S: Final = 0.5
_PATIENCE_S: Final = 30.0


def schedule(seconds: float, chance: random.Random) -> list[tuple[float, str]]:
    """What happens when, in seconds from the beginning, in this order."""
    planned = [
        (chance.uniform((number + 0.1) / count, (number + 1) / count) * _QUIET * seconds, name)
        for name, every_s in EVERY_S.items()
        for count in (max(1, round(seconds / every_s)),)
        for number in range(count)
    ]
    return sorted(planned)


@dataclass(slots=True)
class Faults:
    """Makes them.

    Attributes:
        done: how often each kind has happened.
        revived: processes that ended by themselves, and were started again as a service manager does.
    """

    made: Cluster
    door: Gate
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    revived: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)
    _frozen: set[str] = field(default_factory=set)
    _busy: dict[str, threading.Lock] = field(default_factory=dict)
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def play(self, seconds: float) -> None:
        """Make all that is planned for so long, each in time, and wait until the last is over."""
        begun_s = time.monotonic()
        for at_s, name in schedule(seconds, self.chance):
            if self.stopping.wait(max(0.0, begun_s + at_s - time.monotonic())):
                break
            lock = self._busy.setdefault(name, threading.Lock())
            self._threads.append(threading.Thread(target=self._make, args=(name, lock)))
            self._threads[-1].start()
        for thread in self._threads:
            thread.join()

    def keep_alive(self) -> None:
        """Start whatever has ended by itself again, until `stopping`."""
        while not self.stopping.wait(_LOOK_S):
            with self._starting:
                for member in self.made.members:
                    if not member.is_alive():
                        self.revived[member.name.partition("-")[0]] += 1
                        member.start()

    def _make(self, name: str, lock: threading.Lock) -> None:
        acts: Mapping[str, Callable[[], str]] = {
            "worker killed": self._kill_worker,
            "API host killed": self._kill_server,
            "worker stopped": self._freeze_worker,
            "Postgres restarted": self._restart_postgres,
            "store refuses": self._refuse,
        }
        with lock:
            if what := acts[name]():
                self.done[what] += 1

    def _kill_worker(self) -> str:
        """One that does tasks, where there is one: the others are still starting."""
        free = [member for member in self.made.workers if member.name not in self._frozen]
        ready = [member for member in free if member.is_ready()]
        return self._kill(self.chance.choice(ready or free), "worker killed")

    def _kill_server(self) -> str:
        """One while another answers: of none that is left nobody can have an answer."""
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s and not self.stopping.wait(_LOOK_S):
            ready = [member for member in self.made.servers if member.is_ready()]
            if len(ready) > 1:
                return self._kill(self.chance.choice(ready), "API host killed")
        return ""

    def _kill(self, member: Member, what: str) -> str:
        with self._starting:
            member.kill()
            member.start()
        return what

    def _freeze_worker(self) -> str:
        free = [member for member in self.made.workers if member.is_alive()]
        member = self.chance.choice(free)
        self._frozen.add(member.name)
        member.freeze()
        self.stopping.wait(FROZEN_S)
        member.thaw()
        self._frozen.discard(member.name)
        return "worker stopped"

    def _restart_postgres(self) -> str:
        number = sum(self.done[f"Postgres restarted ({mode})"] for mode in _MODES)
        mode = _MODES[number % len(_MODES)]
        restart(self.made.postgres, mode, _AWAY_S[number % len(_AWAY_S)])
        return f"Postgres restarted ({mode})"

    def _refuse(self) -> str:
        with self.door.closed(SLOW_DOWN):
            self.stopping.wait(REFUSING_S)
        return "store refuses"


def restart(postgres: PostgresServer, mode: str, away_s: float) -> None:
    """Stop it in this mode, and start it again after so long."""
    postgres.stop(mode)
    time.sleep(away_s)
    postgres.start()


@contextmanager
def supervised(faults: Faults) -> Iterator[None]:
    """For the block whatever ends by itself is started again."""
    thread = threading.Thread(target=faults.keep_alive)
    thread.start()
    try:
        yield
    finally:
        faults.stopping.set()
        thread.join()
