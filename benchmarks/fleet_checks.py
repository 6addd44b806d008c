"""The simulated fleet beside a real cluster of four workers, and beside Erlang's formula."""

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

import numpy as np

from benchmarks.cluster import Cluster, cluster
from benchmarks.fleet_model import Plan, Times, erlang_c, mean_wait_s, poisson, simulate, steady
from benchmarks.lean_client import ENDED, LeanClient, small_edit

WORKERS: Final = 4
SERVICE_S: Final = 0.4
LOAD: Final = 0.75
SEED: Final = 5
_LATEST_S: Final = 60.0
_ROWS: Final = "SELECT id, created_at_ms, started_at_ms, finished_at_ms FROM tasks WHERE state = 'succeeded'"


def beside_a_cluster(tasks: int) -> list[dict[str, Any]]:
    """The same arrivals for a real cluster and for the simulated one, and the services that the real one had.

    How long a worker that sleeps takes to start one is measured in the same run, as the median of those that
    found one. So it is checked whether waits and rates follow from it.
    """
    rate = LOAD * WORKERS / SERVICE_S
    arrivals = poisson(steady(rate), rate, tasks / rate, SEED)
    services = np.random.default_rng(SEED + 1).exponential(SERVICE_S, len(arrivals))
    with cluster(servers=1, workers=WORKERS) as made:
        _submit(made, [0.0] * 20, [0.01] * 20)  # the first ones load what the later ones have
        real, held = _done(made, _submit(made, arrivals.tolist(), services.tolist()))
    order = np.argsort(real[:, 0], kind="stable")
    begun, seen = (real[:, 0] - real[:, 0].min())[order], (real[:, 1] - real[:, 0])[order]
    found = simulate(Plan(begun, held[order], WORKERS))
    called_s = float(np.median(seen[found.waits == 0]))
    found.waits += called_s
    rows = [
        ("mean wait", _ms(seen.mean()), _ms(found.waits.mean())),
        ("wait p50", _ms(np.quantile(seen, 0.5)), _ms(found.wait(0.5))),
        ("wait p95", _ms(np.quantile(seen, 0.95)), _ms(found.wait(0.95))),
        ("wait p99", _ms(np.quantile(seen, 0.99)), _ms(found.wait(0.99))),
        ("tasks/s", f"{len(seen) / (real[:, 2].max() - real[:, 0].min()):.2f}", f"{found.rate:.2f}"),
    ]
    what = (
        f"{WORKERS} workers, {len(seen)} tasks of {SERVICE_S} s, {1000 * called_s:.0f} ms to a call's start"
    )
    return [{"what": f"{what}: {name}", "real": real_, "simulated": told} for name, real_, told in rows]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _submit(made: Cluster, arrivals: Sequence[float], services: Sequence[float]) -> list[str]:
    """Each at its time; their ids, when all have ended."""
    ids: list[str] = [""] * len(arrivals)
    begun_s = time.monotonic() + 0.5

    def work(first: int, each: int) -> None:
        with closing(LeanClient(made.servers[0].port)) as client:
            for place in range(first, len(arrivals), each):
                time.sleep(max(0.0, begun_s + arrivals[place] - time.monotonic()))
                ids[place] = client.submit(small_edit("waiting", seconds=float(services[place]))).id
            for place in range(first, len(arrivals), each):
                _wait(client, ids[place])

    threads = [threading.Thread(target=work, args=(first, 4)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ids


def _wait(client: LeanClient, edit_id: str) -> None:
    latest_s = time.monotonic() + _LATEST_S
    while (state := client.state(edit_id)) not in ENDED:
        assert time.monotonic() < latest_s, "a task has no end"
        time.sleep(0.1)
    assert state == "succeeded", state


def _done(made: Cluster, ids: Sequence[str]) -> tuple[Times, Times]:
    """Of each task, in seconds: when it came, started and ended; and how long it was held."""
    rows = {row[0]: row[1:] for row in (line.split("|") for line in made.sql(_ROWS).splitlines())}
    times = np.array([[float(value) / 1000 for value in rows[task_id]] for task_id in ids])
    return times, times[:, 2] - times[:, 1]


def beside_erlang(tasks: int) -> list[dict[str, Any]]:
    """Poisson arrivals and exponential services, of which the waits are known."""
    rows = []
    for workers, load in ((4, 0.75), (100, 0.9), (1_000, 0.97)):
        rate = load * workers
        arrivals = poisson(steady(rate), rate, tasks / rate, SEED)
        services = np.random.default_rng(SEED + 1).exponential(1.0, len(arrivals))
        begun_s = float(arrivals[-1]) / 10  # it fills first
        waits = simulate(Plan(arrivals, services, workers)).waits[arrivals > begun_s]
        rows += [
            {
                "what": f"{workers:,} workers, {100 * load:.0f} % busy: who has to wait",
                "real": f"{100 * erlang_c(workers, rate):.1f} %",
                "simulated": f"{100 * float((waits > 0).mean()):.1f} %",
            },
            {
                "what": f"{workers:,} workers, {100 * load:.0f} % busy: mean wait, in services",
                "real": f"{mean_wait_s(workers, rate, 1.0):.4f}",
                "simulated": f"{waits.mean():.4f}",
            },
        ]
    return rows
