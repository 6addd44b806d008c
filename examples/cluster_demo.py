"""`make cluster-demo`: the same as `make demo`, on two servers, four workers, Postgres and an S3 server.

The client of `demo.py` submits to one server and asks the other; then the demo looks where the task has been.
All are processes of this machine that end with it. The picture goes to `demo/`.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.demo import OUT, PHOTO, Account, call, download, new_key, side_by_side, submit
from tests.postgres import PostgresServer, postgres_server
from tests.s3_server import BUCKET, moto_server, size, variables

SERVERS = ("server A", "server B")
WORKERS = ("worker 1", "worker 2", "worker 3", "worker 4")
PREFIX = "demo"
START_TIMEOUT_S = 240
END_TIMEOUT_S = 30
_ADDRESS = re.compile(r"(http://127[\d.]+:\d+)")
_WORKER_ID = re.compile(r"worker (\S+): 1 at a time.*worker_process: ready$", re.DOTALL | re.MULTILINE)
"""What a server says when it listens, and a worker when its models are loaded."""


@dataclass(frozen=True)
class Member:
    """One `cleanplate` process, and the file that its log goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def says(self, pattern: re.Pattern[str]) -> str:
        """What the pattern's group is in its log, as soon as it is there."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while (ended := self.process.poll()) is None and time.monotonic() < deadline:
            if found := pattern.search(self.log.read_text()):
                return found[1]
            time.sleep(0.05)
        last = (self.log.read_text().splitlines() or ["nothing"])[-1]
        what = "has ended" if ended is not None else f"is not ready after {START_TIMEOUT_S} s"
        raise SystemExit(f"cluster-demo: {self.name} {what}; it said last: {last}")


@dataclass(frozen=True)
class Cluster:
    """All that runs.

    Attributes:
        s3: its address.
        first, second: the servers.
        workers: by the name that each has in the table of tasks.
    """

    postgres: PostgresServer
    s3: str
    first: Account
    second: Account
    workers: Mapping[str, Member]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """One for the block."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="cleanplate-demo-")))
        postgres = ends.enter_context(postgres_server())
        print(f"Postgres {postgres.url()}")
        s3 = ends.enter_context(moto_server())
        print(f"S3       {s3}, bucket {BUCKET}")
        key, members = new_key(), list[Member]()
        ends.callback(end, members)
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("CLEANPLATE_", "AWS_"))
            },
            **variables(s3),
            "CLEANPLATE_DATABASE_URL": postgres.url(),
            "CLEANPLATE_STORE": f"s3://{BUCKET}/{PREFIX}",
            "CLEANPLATE_API_KEYS": key,
        }
        serve = "serve --no-worker --port 0", SERVERS
        work = "worker --concurrency 1 --health-port 0", WORKERS
        for command, names in (serve, work):
            for name in names:
                members.append(start(name, command, folder, environment))
                print(f"{name} cleanplate {command} (pid {members[-1].process.pid})")
        first, second = (Account(member.says(_ADDRESS), key) for member in members[: len(SERVERS)])
        workers = {member.says(_WORKER_ID): member for member in members[len(SERVERS) :]}
        yield Cluster(postgres, s3, first, second, workers)


def start(name: str, command: str, folder: Path, environment: Mapping[str, str]) -> Member:
    log = folder / f"{name}.log"
    words = [sys.executable, "-m", "cleanplate", *command.split(), "--data", str(folder / name)]
    with log.open("wb") as file:
        process = subprocess.Popen(words, env=environment, stdout=file, stderr=file)
    return Member(name, process, log)


def end(members: list[Member]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C leaves nobody behind
    for member in members:
        member.process.terminate()
    for member in members:
        try:
            member.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            member.process.kill()
            member.process.wait()


def show_way(made: Cluster, task: str, picture: bytes) -> None:
    """Say where a finished task has been, as Postgres and S3 have it."""
    row = json.loads(made.postgres.sql(f"SELECT to_json(tasks) FROM tasks WHERE id = '{task}'"))  # noqa: S608 - a UUID
    print(
        "row      " + ", ".join(f"{name} {row[name]}" for name in ("state", "queue", "worker_id", "attempt"))
    )
    if row["worker_id"] not in made.workers:
        raise SystemExit(f"cluster-demo: no worker of this cluster is called {row['worker_id']}")
    worker = made.workers[row["worker_id"]]
    print(f"done by  {worker.name} (pid {worker.process.pid}), a process that no client spoke to")
    key = f"{PREFIX}/{row['results'][0]['key']}"
    stored_bytes = size(made.s3, key)
    print(f"object   {key}, {stored_bytes:,} bytes")
    if stored_bytes != len(picture):
        raise SystemExit(f"cluster-demo: that is not the picture, which has {len(picture):,} bytes")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    clean, both = OUT / "cluster-clean.png", OUT / "cluster-before-after.png"
    begin = time.monotonic()
    with cluster() as made:
        print(f"ready    after {time.monotonic() - begin:.0f} s")
        task = submit(made.first)
        print(f"submit   to server A, {made.first.address}: task {task}")
        picture = download(made.second, task)
        status = call(made.second, f"/tasks/{task}")["output"]["task_status"]
        print(f"poll     of server B, {made.second.address}: {status}")
        show_way(made, task, picture)
        clean.write_bytes(picture)
    side_by_side(PHOTO, clean, both)
    print(f"result   {clean}")
    print(f"compare  {both}")
    print(f"ended    all of it, {time.monotonic() - begin:.0f} s after the start")


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        sys.exit(f"cluster-demo: {error}")
