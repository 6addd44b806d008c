"""How a worker shall learn of a task on Postgres: Procrastinate, or our own table and LISTEN.

    pip install 'procrastinate==3.10.*'     # beside the project, in an environment of its own
    python -m benchmarks.queue_engines --repeat 3

Workers are processes, tasks do nothing. Each measurement begins with empty tables and is done for one way
after another, again and again, so that whatever else the machine does meets all of them. Times are from
`perf_counter`, which all processes of a machine share.
"""

import argparse
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks import postgres, report
from benchmarks.postgres import Postgres
from benchmarks.queue_bench import ACCOUNTS, CHANCE, WORKERS, Bench, Figures, make_empty, reset, spent, used
from benchmarks.queue_ways import POLL_S, WAYS

LONE: Final = 100
PAUSE_S: Final = (0.02, 0.06)
QUEUED: Final = 2000
SUSTAINED: Final = 1000
CROWD: Final = 64
CROWD_SUBMITS: Final = 100
RACES: Final = 400
RACE_S: Final = 0.01
"""A little more than a worker takes from the start of a task to its sleep."""
IDLE_S: Final = 20.0
SETTLE_S: Final = 2.0


def lone(bench: Bench) -> Figures:
    """Each submit meets four idle workers."""
    with bench.workers():
        time.sleep(SETTLE_S)
        for _ in range(LONE):
            bench.submit()
            time.sleep(CHANCE.uniform(*PAUSE_S))
        waits = bench.waits_ms()
    return {"lone p50 ms": statistics.median(waits), "lone p95 ms": waits[int(0.95 * len(waits))]}


def drain(bench: Bench) -> Figures:
    """All are there before the workers."""
    for _ in range(QUEUED):
        bench.submit()
    with bench.workers():
        starts = list(bench.wait().values())
    return {"drained tasks/s": (len(starts) - 1) / (starts[-1] - starts[0])}


def sustained(bench: Bench) -> Figures:
    """One producer that submits as fast as it can."""
    with bench.workers() as pids:
        time.sleep(SETTLE_S)
        reset(bench.server)
        before_s, mine_s = bench.server.cpu_s(), sum(map(postgres.cpu_s, pids))
        for _ in range(SUSTAINED):
            bench.submit()
        starts = list(bench.wait().values())
        time.sleep(0.3)
        used_s, workers_s = bench.server.cpu_s() - before_s, sum(map(postgres.cpu_s, pids)) - mine_s
    bench.way.close()
    per_task = spent(bench.server)
    return {
        "sustained tasks/s": SUSTAINED / (starts[-1] - min(bench.submitted.values())),
        "Postgres CPU ms/task": 1000 * used_s / SUSTAINED,
        "worker CPU ms/task": 1000 * workers_s / SUSTAINED,
        **{name: value / SUSTAINED for name, value in per_task.items()},
    }


def idle(bench: Bench) -> Figures:
    """Four workers without a task."""
    with bench.workers() as pids:
        time.sleep(SETTLE_S)
        before_s, server_s = sum(map(postgres.cpu_s, pids)), bench.server.cpu_s()
        time.sleep(IDLE_S)
        used_s, server_s = sum(map(postgres.cpu_s, pids)) - before_s, bench.server.cpu_s() - server_s
    share = 100 / IDLE_S / WORKERS
    return {"idle worker % of a core": share * used_s, "Postgres for it %": share * server_s}


def order(bench: Bench) -> Figures:
    """One worker, and a line in which somebody else's tasks, an urgent one and a waited-for one come last."""
    for _ in range(50):
        bench.submit("first")
    others = [bench.submit("second") for _ in range(5)]
    urgent, waited_for = bench.submit("first", priority=-1), bench.submit("first", interactive=True)
    with bench.workers(1):
        places = list(bench.wait())
    return {
        "place of the 5th of a second account": places.index(others[-1]) + 1,
        "place of the urgent": places.index(urgent) + 1,
        "place of the waited-for": places.index(waited_for) + 1,
    }


def races(bench: Bench) -> Figures:
    """One worker, and submits that come while it goes to sleep."""
    with bench.workers(1):
        time.sleep(SETTLE_S)
        for _ in range(RACES):
            bench.submit()
            bench.wait(look_s=0.0005)
            time.sleep(CHANCE.uniform(0.0, RACE_S))
        waits = bench.waits_ms()
    return {"slept through, %": 100 * sum(wait > 1000 * POLL_S / 3 for wait in waits) / RACES}


def crowd(bench: Bench) -> Figures:
    """64 idle workers: four processes of 16 threads, which cost Postgres what 64 processes do."""
    with bench.workers(WORKERS, CROWD // WORKERS) as pids:
        time.sleep(2 * SETTLE_S)
        used_s = [used(bench.server, pids)]
        time.sleep(5.0)
        used_s.append(used(bench.server, pids))
        start_s = time.perf_counter()
        for _ in range(CROWD_SUBMITS):
            bench.submit()
            time.sleep(CHANCE.uniform(*PAUSE_S))
        waits, took_s = bench.waits_ms(), time.perf_counter() - start_s
        used_s.append(used(bench.server, pids))
    idle_s = (used_s[1] - used_s[0]) / 5.0
    return {
        "64 idle: CPU ms/submit": 1000 * (used_s[2] - used_s[1] - idle_s * took_s) / CROWD_SUBMITS,
        "64 idle: % of a core, no submit": 100 * idle_s,
        "64 idle: p50 ms": statistics.median(waits),
        "64 idle: p95 ms": waits[int(0.95 * len(waits))],
    }


def submits(bench: Bench) -> Figures:
    """Eight threads submit, and nobody works."""
    each = 100
    threads = [
        threading.Thread(target=lambda: [bench.submit() for _ in range(each)]) for _ in range(ACCOUNTS)
    ]
    start_s = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"submits/s of 8 threads": each * ACCOUNTS / (time.perf_counter() - start_s)}


MEASURES: Final[Mapping[str, Callable[[Bench], Figures]]] = {
    measure.__name__: measure for measure in (lone, drain, sustained, submits, crowd, races, idle, order)
}
ONCE: Final = ("idle", "order")


def measured(server: Postgres, way: str, measure: str) -> Figures:
    """One measurement of one way, on empty tables."""
    make_empty(server, way)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(server, way, Path(folder))
        try:
            return MEASURES[measure](bench)
        finally:
            bench.way.close()


def _rows(found: Mapping[tuple[str, str], list[float]], ways: list[str]) -> list[dict[str, str]]:
    """A row for each figure: the median of all turns, and how far they lie apart in percent of it."""
    rows = []
    for figure in dict.fromkeys(figure for _, figure in found):
        row = {"": figure}
        for way in ways:
            values = found[way, figure]
            middle = statistics.median(values)
            spread = 100 * (max(values) - min(values)) / middle if middle and len(values) > 1 else 0
            row[way] = f"{middle:.3g}" + (f" (±{spread / 2:.0f} %)" if spread else "")
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    parser.add_argument("--measures", nargs="*", choices=MEASURES, default=list(MEASURES))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Postgres shall end too
    found: dict[tuple[str, str], list[float]] = {}
    settings = ("shared_preload_libraries=pg_stat_statements", "max_connections=300")
    with postgres.running(*settings) as server:
        for turn in range(given.repeat):
            for measure in given.measures:
                for way in given.ways if turn == 0 or measure not in ONCE else ():
                    figures = measured(server, way, measure)
                    print(
                        turn,
                        measure,
                        way,
                        {name: round(value, 3) for name, value in figures.items()},
                        flush=True,
                    )
                    for name, value in figures.items():
                        found.setdefault((way, name), []).append(value)
    rows = _rows(found, given.ways)
    report.store("queue_engines", rows)
    print(report.table(list(rows[0]), rows))


if __name__ == "__main__":
    main()
