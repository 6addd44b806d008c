"""How large a fleet may be: what one operation costs Postgres, ten thousand workers in a real database, and a
simulated fleet that is checked against a real one and gives the load of a large one.

    python -m benchmarks --only fleet [--quick]

Postgres, the simulated workers and whoever asks share the machine: costs are CPU time, which that does not
change; times by the clock are those of a machine that has its hands full.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import fleet_alive, fleet_checks, fleet_costs, report
from benchmarks.fleet_crowd import BEAT_S, POLL_S, Habits
from benchmarks.fleet_database import ACCOUNTS, Cost, Crowded, crowded
from benchmarks.fleet_model import (
    DAY_S,
    Deaths,
    Keda,
    Outcome,
    Plan,
    day_curve,
    mixed,
    poisson,
    simulate,
    steady,
)

WORKERS: Final = 10_000
MIX: Final = ((0.55, 0.4), (0.25, 0.9), (0.12, 1.8), (0.08, 1.7))
"""Share and seconds of tasks of docs/performance.md: erase of 1 and 4 megapixels, remove_text, upscale."""
POLLS: Final = 3
"""Of a client, for one task."""
HOSTS: Final = 8
"""Each counts what is before a new task, for each account, and each counts the workers."""
_REPORT_S: Final = 0.5
"""As in `app.task_work`."""
_COUNTED_S: Final = 5.0
"""As in `tasks.fleet` and `tasks.queue_wait`."""
_ROUNDS: Final = 2
"""A second, in which somebody looks for dead workers: `tasks.fleet`."""
_PLANNED: Final = 0.6
"""Of its cores Postgres shall use so much: the rest is for peaks, vacuum, a backup."""
_SCALINGS: Final = (
    (30.0, 0.0, 10.0),
    (30.0, 0.0, 2.0),
    (30.0, 0.5, 2.0),
    (180.0, 0.0, 10.0),
    (180.0, 0.5, 2.0),
)
"""Seconds to start, the share of what the peak needs that always stays, seconds of work for each worker."""
_SIZES: Final = (2, 4, 8, 16, 32)
_QUICK_WORKERS: Final = 1_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a fleet asks of Postgres.

    Attributes:
        cores: that are busy with it.
        wal_mb: megabytes of log a second.
        commits: that wait for the disk, a second.
    """

    cores: float
    wal_mb: float
    commits: float


def demand(costs: Mapping[str, Cost], tasks: float, workers: int, busy: float, mean_s: float) -> Row:
    """By operation: how often a second, and what that takes.

    Args:
        tasks: a second.
        busy: workers that work.
        mean_s: a task takes.
    """
    looks, share = (workers - busy) / POLL_S, workers / WORKERS
    every: Mapping[str, float] = {
        "submit": tasks,
        "call, nobody sleeps": tasks,
        "claim": tasks,
        "end": tasks,
        "poll": POLLS * tasks,
        "progress": tasks * math.floor(mean_s / _REPORT_S),
        "heartbeat of a task": busy / BEAT_S,
        "heartbeat of a worker": workers / BEAT_S,
        "whose round it is": workers / BEAT_S,
        "claim, nothing there": 2 * looks,
        "worker rests": looks,
        f"look for dead workers, {WORKERS:,} workers": _ROUNDS * share,
        f"host counts workers, {WORKERS:,} workers": HOSTS / _COUNTED_S * share,
        f"wait of a new one, {WORKERS:,} workers": share * min(tasks, HOSTS * ACCOUNTS / _COUNTED_S),
    }
    return {
        name: (rate, rate * costs[name].cpu_ms / 1000, rate * costs[name].wal_bytes / 1e6)
        for name, rate in every.items()
    }


def total(parts: Row, tasks: float) -> Demand:
    return Demand(sum(part[1] for part in parts.values()), sum(part[2] for part in parts.values()), 3 * tasks)


def measured(made: Crowded, *, quick: bool) -> dict[str, Cost]:
    """All costs, printed."""
    times = 60 if quick else 400
    found: dict[str, Cost] = {}
    for part in (
        fleet_costs.of_tasks,
        fleet_costs.of_lines,
        fleet_costs.of_fleets,
        fleet_costs.of_listeners,
    ):
        costs = part(made, times)
        print(report.table(fleet_costs.COLUMNS, fleet_costs.rows_of(costs)) + "\n", flush=True)
        found |= costs
    return found


def limits(made: Crowded, *, quick: bool) -> list[Row]:
    """What the disk and the connections allow."""
    seconds = 1.0 if quick else 4.0
    rows: list[Row] = [
        fleet_costs.submits_a_second(made, threads, seconds, account=account)
        for threads, account in ((1, ""), (8, ""), (32, ""), (32, "one"))
    ]
    _print(rows)
    flushes = fleet_costs.flushes_a_second(made, seconds)
    each_mib = fleet_costs.memory_of_connections(made)
    print(f"one connection: {flushes:.0f} commits/s; one more takes {each_mib:.1f} MiB of Postgres\n")
    return [*rows, {"flushes/s": round(flushes), "MiB of a connection": round(each_mib, 2)}]


def alive(made: Crowded, *, quick: bool) -> list[Row]:
    """Workers in the database, idle, at work and dying."""
    workers, slow = (_QUICK_WORKERS, 1.0) if quick else (WORKERS, 8.0)
    seconds = 8.0 if quick else 24.0
    rows = [
        fleet_alive.idle(made, workers, seconds, Habits(registers=True, slow=slow)),
        fleet_alive.idle(made, workers, seconds, Habits(registers=True, slow=slow, hears=False)),
        fleet_alive.busy(made, workers, seconds, Habits(slow=slow)),
        fleet_alive.deaths(made, _QUICK_WORKERS, _QUICK_WORKERS // 10, Habits()),
    ]
    if not quick:
        rows.append(fleet_alive.deaths(made, workers, workers // 10, Habits(slow=slow)))
    _print(rows)
    return rows


def checks(*, quick: bool) -> list[Row]:
    """The simulation beside what is known."""
    rows = fleet_checks.beside_erlang(200_000 if quick else 3_000_000)
    rows += fleet_checks.beside_a_cluster(60 if quick else 400)
    _print(rows)
    return rows


def large(costs: Mapping[str, Cost], *, quick: bool) -> list[Row]:
    """Ten thousand workers, as busy as may be, of which a thousand die."""
    workers = _QUICK_WORKERS if quick else WORKERS
    mean_s = sum(share * seconds for share, seconds in MIX)
    rows = []
    for load in (0.66, 0.9, 0.99):
        rate = load * workers / mean_s
        arrivals = poisson(steady(rate), rate, 120.0, seed=1)
        services = mixed(MIX, len(arrivals), seed=2)
        deaths = Deaths(60.0, workers // 10) if load < 0.9 else None
        found = simulate(Plan(arrivals, services, workers, gap_s=0.01, deaths=deaths))
        parts = demand(costs, rate, workers, found.utilisation * workers, mean_s)
        rows.append(_row(f"{workers:,} workers, {rate:.0f} tasks/s", found, total(parts, rate)))
        if load == 0.66:
            _print([_part(name, *part) for name, part in parts.items()])
    _print(rows)
    return rows


def _part(name: str, rate: float, cores: float, wal_mb: float) -> Row:
    return {"what": name, "a second": f"{rate:.0f}", "cores": f"{cores:.2f}", "WAL MB/s": f"{wal_mb:.2f}"}


def scaled(*, quick: bool) -> list[Row]:
    """A day with a calm night, by KEDA's rule."""
    mean_s = sum(share * seconds for share, seconds in MIX)
    rows = []
    for mean in (2.0, 20.0):
        arrivals = poisson(day_curve(mean, 0.8), 1.8 * mean, DAY_S / (24 if quick else 1), seed=3)
        services = mixed(MIX, len(arrivals), seed=4)
        enough = math.ceil(1.8 * mean * mean_s / 0.66)
        for start_s, least, wait_s in _SCALINGS:
            keda = Keda(
                least=max(1, round(least * enough)), most=2 * enough, target=wait_s / mean_s, start_s=start_s
            )
            found = simulate(Plan(arrivals, services, keda.least, gap_s=0.01, keda=keda))
            what = f"KEDA, {wait_s:g} s of work each, {keda.least} to {keda.most}, {start_s:g} s to start"
            workers = found.worker_s / float(found.ends.max())
            rows.append({**_row(f"{mean:g} tasks/s; {what}", found, None), "workers": f"{workers:.1f}"})
        found = simulate(Plan(arrivals, services, enough, gap_s=0.01))
        rows.append({**_row(f"{mean:g} tasks/s; {enough} always", found, None), "workers": enough})
    _print(rows)
    return rows


def _row(what: str, found: Outcome, asked: Demand | None) -> Row:
    takeover = f"{len(found.taken_over_s):,}: {max(found.taken_over_s):.1f} s" if found.taken_over_s else ""
    return {
        "what": what,
        "wait p50": f"{found.wait(0.5):.2f} s",
        "p95": f"{found.wait(0.95):.2f} s",
        "p99": f"{found.wait(0.99):.2f} s",
        "busy": f"{100 * found.utilisation:.0f} %",
        "most workers": found.most_workers,
        "taken over": takeover,
        "Postgres, cores": f"{asked.cores:.1f}" if asked else "",
        "WAL MB/s": f"{asked.wal_mb:.1f}" if asked else "",
        "commits/s": f"{asked.commits:.0f}" if asked else "",
    }


def sizes(costs: Mapping[str, Cost]) -> list[Row]:
    """What Postgres servers do, by the CPU time of a task and of its worker; two thirds of workers busy."""
    mean_s = sum(share * seconds for share, seconds in MIX)
    each = total(demand(costs, 1.0, math.ceil(mean_s / 0.66), mean_s, mean_s), 1.0)
    rows = []
    for cores in _SIZES:
        tasks = _PLANNED * cores / each.cores
        row: Row = {
            "cores": cores,
            "tasks/s": round(tasks),
            "workers": round(tasks * mean_s / 0.66),
            "WAL MB/s": f"{tasks * each.wal_mb:.1f}",
            "commits/s": round(3 * tasks),
        }
        rows.append(row)
    _print(rows)
    return rows


def _print(rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    print(report.table(columns, [dict.fromkeys(columns, "") | row for row in rows]) + "\n", flush=True)


def main(*, quick: bool = False) -> None:
    """Measure, simulate, print and store all."""
    with crowded(connections=40) as made:
        costs = measured(made, quick=quick)
        rows = [*fleet_costs.rows_of(costs), *limits(made, quick=quick), *alive(made, quick=quick)]
    rows += [*checks(quick=quick), *scaled(quick=quick), *large(costs, quick=quick), *sizes(costs)]
    print(f"stored in {report.store('fleet', rows)}\n")
