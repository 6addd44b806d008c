"""What a cluster adds to an edit, how many tasks it does, and what it takes when there is nothing to do.

Servers, workers, Postgres and the clients share the cores of one machine. An embedded server is measured
beside the cluster in the same run, and that of another source tree where one is given.
"""

import sqlite3
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import report
from benchmarks.cluster import SOURCE, Cluster, Member, cluster, embedded
from benchmarks.lean_client import ENDED, LeanClient, Seen, small_edit

WORKERS: Final = 4
COLUMNS: Final = ("what", "where", "p50", "p95", "figure", "bar")
_STARTS: Final = 100
_TASKS: Final = 2000
_CLIENTS: Final = 8
_OPEN: Final = 8
"""Tasks that a client has in line at a time."""
_POLL_S: Final = 0.05
_CALM_S: Final = 0.06
_IDLE_S: Final = 30.0
_WAIT_S: Final = 0.5
_WAITING_TASKS: Final = 40
_P95: Final = 0.95


@dataclass(frozen=True, slots=True)
class Place:
    """Where tasks go.

    Attributes:
        ports: of its servers.
        members: its processes by name -> seconds of CPU that each has taken.
        rows: what a query of its database gives.
    """

    name: str
    ports: Sequence[int]
    members: Mapping[str, Callable[[], float]]
    rows: Callable[[str], list[tuple[str, ...]]]


def place_of_cluster(made: Cluster) -> Place:
    def rows(query: str) -> list[tuple[str, ...]]:
        return [tuple(line.split("|")) for line in made.sql(query).splitlines()]

    members: dict[str, Callable[[], float]] = {each.name: each.cpu_s for each in made.members}
    name = f"Postgres, {len(made.servers)} server, {len(made.workers)} workers"
    postgres = {"Postgres": made.postgres_cpu_s, "client": time.process_time}
    return Place(name, [each.port for each in made.servers], {**members, **postgres}, rows)


def place_of_embedded(server: Member, name: str = "embedded") -> Place:
    def rows(query: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(server.data / "cleanplate.db")) as database:
            return [tuple(map(str, row)) for row in database.execute(query)]

    return Place(name, [server.port], {"embedded": server.cpu_s, "client": time.process_time}, rows)


def starts(place: Place, tasks: int) -> dict[str, Any]:
    """From the first byte of a submit to the start of its task, while nothing else is done."""
    with _client(place) as client:
        seen = [_alone(client, small_edit("nothing")) for _ in range(tasks)]
    begun_ms = {task_id: float(at) for task_id, at in place.rows("SELECT id, started_at_ms FROM tasks")}
    waits = sorted(begun_ms[one.id] - 1000 * one.sent_s for one in seen)
    accepted = sorted(1000 * (one.accepted_s - one.sent_s) for one in seen)
    return {
        "what": "submit → start",
        "where": place.name,
        "p50": f"{statistics.median(waits):.1f} ms",
        "p95": f"{_at(waits, _P95):.1f} ms",
        "figure": f"accepted after {statistics.median(accepted):.1f} ms",
        "bar": "p50 ≤ 15 ms",
    }


def throughput(place: Place, tasks: int) -> dict[str, Any]:
    """Edits that do nothing, from the submit to the poll that sees their end."""
    before = {name: seconds() for name, seconds in place.members.items()}
    begun_s = time.perf_counter()
    waits = sorted(1000 * (one.ended_s - one.sent_s) for one in all_seen(place, small_edit("nothing"), tasks))
    took_s = time.perf_counter() - begun_s
    spent = {name: seconds() - before[name] for name, seconds in place.members.items()}
    each = _by_kind({name: 1000 * spent_s / tasks for name, spent_s in spent.items()})
    return {
        "what": f"{tasks} edits that do nothing",
        "where": place.name,
        "p50": f"{statistics.median(waits):.0f} ms",
        "p95": f"{_at(waits, _P95):.0f} ms",
        "figure": f"{tasks / took_s:.0f} tasks/s; CPU ms each: {each}",
        "bar": "≥ 200 tasks/s",
    }


def idle(place: Place, seconds: float) -> dict[str, Any]:
    """What each process takes when nobody asks for anything."""
    before = {name: taken() for name, taken in place.members.items()}
    time.sleep(seconds)
    shares = {name: 100 * (taken() - before[name]) / seconds for name, taken in place.members.items()}
    workers = [share for name, share in shares.items() if name.startswith("worker")]
    rest = {name: share for name, share in shares.items() if not name.startswith(("worker", "client"))}
    return {
        "what": f"idle for {seconds:g} s, share of a core",
        "where": place.name,
        "p50": f"{statistics.median(workers):.2f} %" if workers else "",
        "p95": f"{max(workers):.2f} %" if workers else "",
        "figure": ", ".join(f"{name} {share:.2f} %" for name, share in rest.items()),
        "bar": "worker ≤ 1 %",
    }


def waiting_rate(place: Place, tasks: int) -> float:
    """Tasks a second of an edit that waits, which keeps no core busy: all in line before the first ends."""
    begun_s = time.perf_counter()
    list(all_seen(place, small_edit("waiting", seconds=_WAIT_S), tasks, open_each=tasks))
    return tasks / (time.perf_counter() - begun_s)


def all_seen(place: Place, body: bytes, tasks: int, open_each: int = _OPEN) -> list[Seen]:
    """Submit so many from several clients, and poll each to its end.

    Args:
        open_each: how many a client has in line at a time.
    """
    left, seen, faults = iter(range(tasks)), list[Seen](), list[BaseException]()

    def work(number: int) -> None:
        try:
            with _client(place, number) as client:
                seen.extend(_window(client, body, left, open_each))
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return seen


def _window(client: LeanClient, body: bytes, left: Iterator[int], most: int) -> Iterator[Seen]:
    """Keep so many in line while there are any left; each when it has ended."""
    line: deque[Seen] = deque()
    while True:
        while len(line) < most and next(left, None) is not None:
            line.append(client.submit(body))
        if not line:
            return
        yield _polled(client, line.popleft())


def _polled(client: LeanClient, task: Seen) -> Seen:
    while (state := client.state(task.id)) not in ENDED:
        time.sleep(_POLL_S)
    assert state == "succeeded", state
    return Seen(task.id, task.sent_s, task.accepted_s, time.time())


def _alone(client: LeanClient, body: bytes) -> Seen:
    """One task, and nothing else until a while after its end."""
    task = client.submit(body)
    time.sleep(_CALM_S)
    ended = _polled(client, task)
    time.sleep(_CALM_S)
    return ended


@contextmanager
def _client(place: Place, number: int = 0) -> Iterator[LeanClient]:
    with closing(LeanClient(place.ports[number % len(place.ports)])) as client:
        yield client


def _by_kind(each_ms: Mapping[str, float]) -> str:
    """Workers together; servers too."""
    kinds: dict[str, float] = {}
    for name, ms in each_ms.items():
        kind = name.partition("-")[0]
        kinds[kind] = kinds.get(kind, 0.0) + ms
    return ", ".join(f"{kind} {ms:.1f}" for kind, ms in kinds.items())


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _all_of(place: Place, *, quick: bool) -> Iterator[dict[str, Any]]:
    starts(place, 10)  # the first ones load what the later ones have
    all_seen(place, small_edit("nothing"), 200)
    yield starts(place, 20 if quick else _STARTS)
    yield throughput(place, 300 if quick else _TASKS)
    yield idle(place, 5.0 if quick else _IDLE_S)


def _scaling(*, quick: bool) -> dict[str, Any]:
    """Four workers against one."""
    tasks, rates = (8 if quick else _WAITING_TASKS), []
    for workers in (1, WORKERS):
        with cluster(servers=1, workers=workers) as made:
            place = place_of_cluster(made)
            all_seen(place, small_edit("nothing"), 10 * workers)
            rates.append(waiting_rate(place, tasks))
    return {
        "what": f"edits that wait {_WAIT_S:g} s: {WORKERS} workers against one",
        "where": "Postgres",
        "p50": "",
        "p95": "",
        "figure": f"{rates[1] / rates[0]:.2f} x ({rates[0]:.2f} and {rates[1]:.2f} tasks/s)",
        "bar": "≥ 3.5 x",
    }


def main(*, quick: bool = False, beside: Path | None = None) -> None:
    """Measure all, print and store it.

    Args:
        beside: a source tree whose embedded server is measured too.
    """
    rows: list[dict[str, Any]] = []
    with cluster(servers=1, workers=WORKERS) as made:
        rows += _all_of(place_of_cluster(made), quick=quick)
    for name, source in {"embedded": SOURCE, "embedded, before": beside}.items():
        if source is not None:
            with embedded(source=source) as server:
                rows += _all_of(place_of_embedded(server, name), quick=quick)
    rows.append(_scaling(quick=quick))
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('load', rows)}\n")
