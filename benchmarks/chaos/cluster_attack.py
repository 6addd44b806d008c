"""2,000 tasks in a cluster while all its parts die, stop and restart, and vendors' clients poll.

`python -m benchmarks.chaos.cluster_attack --tasks 100 --seconds 60` is a small one.
"""

import argparse
import os
import random
import shutil
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.s3_server import BUCKET, gate, moto_server, variables

from benchmarks import report
from benchmarks.chaos.cluster_clients import SDK_KEY, Clients
from benchmarks.chaos.cluster_count import Count, count, wait_for_all
from benchmarks.chaos.cluster_faults import Faults, supervised
from benchmarks.chaos.failover_proxy import failover_proxy
from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import good_host
from benchmarks.cluster import KEY, Cluster, cluster
from cleanplate.settings import load
from cleanplate.storage.open_blobs import open_blobs

TASKS: Final = 2000
SECONDS: Final = 480.0
SEED: Final = 15
SERVERS: Final = 2
WORKERS: Final = 4
_LONGEST_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How large an attack.

    Attributes:
        seconds: in which tasks come and faults happen; then all is left to end.
        logs: a folder for the logs of all processes.
    """

    tasks: int = TASKS
    seconds: float = SECONDS
    seed: int = SEED
    logs: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    clients: Clients
    faults: Faults
    count: Count


def attack() -> Iterator[Row]:
    """The whole one."""
    yield from rows(TASKS, run(Plan()))


def run(plan: Plan) -> Outcome:
    """Attack a cluster of its own."""
    with (
        moto_server() as endpoint,
        gate(endpoint, remembers=False) as door,
        _environment(variables(door.endpoint)),
        good_host() as host,
    ):
        store = f"s3://{BUCKET}/{uuid.uuid4()}"
        with cluster(
            servers=SERVERS,
            workers=WORKERS,
            store=store,
            API_KEYS=f"{KEY},{SDK_KEY}",
            FETCH_ALLOW="127.0.0.0/8",
            LIMITS="relaxed",
        ) as made:
            faults = Faults(made, door, random.Random(plan.seed))  # noqa: S311 - can be repeated
            with failover_proxy([server.port for server in made.servers]) as proxy:
                addresses = tuple(f"http://127.0.0.1:{server.port}" for server in made.servers)
                clients = Clients(addresses, proxy, KEY, host.url)
                with supervised(faults):
                    _attacked(plan, clients, faults)
                    wait_for_all(made, _LONGEST_S)
            _keep_logs(made, plan.logs)
            blobs = open_blobs(load(store=store, data=made.folder / "counting"))
            return Outcome(clients, faults, count(made, blobs, list(clients.seen.accepted.values())))


def _attacked(plan: Plan, clients: Clients, faults: Faults) -> None:
    playing = threading.Thread(target=faults.play, args=(plan.seconds,))
    playing.start()
    clients.run(plan.tasks, plan.seconds)
    playing.join()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """For the block these variables are set, here and in all processes that are started."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _keep_logs(made: Cluster, folder: Path | None) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for member in made.members:
            shutil.copy(member.log, folder)


def rows(tasks: int, outcome: Outcome) -> Iterator[Row]:
    """The figures beside their bars."""
    found, seen = outcome.count, outcome.clients.seen
    for line in (*found.lost, *seen.errors, *seen.failed):
        print(line, file=sys.stderr)
    print(
        f"refused: {dict(seen.refused)}; ended by themselves: {dict(outcome.faults.revived)}", file=sys.stderr
    )
    told = ", ".join(f"{often} x {what}" for what, often in sorted(outcome.faults.done.items()))
    name = f"{tasks} tasks"
    yield Row(f"{name}, {told}: accepted", len(seen.accepted), tasks, "tasks", least=True)
    yield Row(f"{name}: end well", found.states.get("succeeded", 0), tasks, "tasks", least=True)
    yield Row(f"{name}: begun again by another worker", found.begun_again, 1, "tasks", least=True)
    yield Row(f"{name}: lost", len(found.lost), 0, "tasks")
    yield Row(f"{name}: rows more than were accepted", found.more_rows, 0, "tasks")
    yield Row(f"{name}: counted as used more often than they ended", found.more_usage, 0, "tasks")
    yield Row(f"{name}: ended twice", found.told_twice, 0, "tasks")
    yield Row(f"{name}: result files more than tasks", found.more_files, 0, "files")
    yield Row(f"{name}: tasks without a row that have files two hours later", found.without_row, 0, "tasks")
    yield Row(f"{name}: tasks that have files when all have expired", found.left, 0, "tasks")
    yield Row(f"{name}: polls of the vendors' clients that end in an error", len(seen.errors), 0, "polls")
    yield Row(f"{name}: vendors' clients without their picture", len(seen.failed), 0, "tasks")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos.cluster_attack", description=__doc__)
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--logs", type=Path, help="keep the logs of all processes in this folder")
    given = parser.parse_args()
    found = list(rows(given.tasks, run(Plan(given.tasks, given.seconds, given.seed, given.logs))))
    print(report.table(("attack", "measured", "bar", "met"), [row.cells() for row in found]))
    sys.exit(not all(row.met for row in found))


if __name__ == "__main__":
    main()
