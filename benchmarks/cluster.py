"""A whole cluster as processes on this machine: Postgres, a store, servers without a worker, and workers.

Everything listens on loopback, logs into a temporary folder, and ends with the block.
"""

import http
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.postgres import PostgresServer, free_port, postgres_server

import cleanplate
from benchmarks.chaos.victim import family

KEY: Final = "sk-cluster"
EDITS: Final = Path(__file__).parent / "edits"
SOURCE: Final = Path(cleanplate.__file__).parents[1]
"""The package that is measured: members import the same."""
DURABLE: Final = ("max_connections=300",)
"""Options of a Postgres that waits for the disk, as one in operation does."""
_READY_S: Final = 120.0
_END_S: Final = 40.0
_LOOK_S: Final = 0.1
_AWAY: Final = (OSError, http.client.HTTPException)


@dataclass(slots=True)
class Member:
    """One process of the cluster, which may be killed, stopped and started again.

    Attributes:
        port: where it is asked for its health, and a server for all else.
        data: its data directory.
        log: what it says, of all its starts.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    data: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it says that all of it works."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except _AWAY:
            return False
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        """Raises `RuntimeError` with the end of its log when it has ended, or is not ready in time."""
        end_s = time.monotonic() + _READY_S
        while not self.is_ready():
            if not self.is_alive() or time.monotonic() > end_s:
                raise RuntimeError(f"{self.name} is not ready:\n{self.log.read_text()[-3000:]}")
            time.sleep(_LOOK_S)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Have it finish and leave; one that does not is killed."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop all its processes where they are, until `thaw`."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def cpu_s(self) -> float:
        """Seconds of CPU that it and all below it have taken."""
        return sum(map(_cpu_s, family(self.pid)))

    def _end(self, number: int) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _signal_all(self, number: int) -> None:
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@dataclass(slots=True)
class Cluster:
    """All of it."""

    postgres: PostgresServer
    url: str
    folder: Path
    store: str
    settings: Mapping[str, str]
    servers: list[Member] = field(default_factory=list)
    workers: list[Member] = field(default_factory=list)

    @property
    def members(self) -> list[Member]:
        return [*self.servers, *self.workers]

    def add_server(self) -> Member:
        """One more, started; nobody has waited for it."""
        name, port = f"server-{len(self.servers) + 1}", free_port()
        self.servers.append(self._started(name, port, "serve", "--no-worker", "--port", str(port)))
        return self.servers[-1]

    def add_worker(self, *, concurrency: int = 1) -> Member:
        """One more, started; nobody has waited for it."""
        name, port = f"worker-{len(self.workers) + 1}", free_port()
        words = "worker", "--concurrency", str(concurrency), "--health-port", str(port)
        self.workers.append(self._started(name, port, *words))
        return self.workers[-1]

    def sql(self, statement: str) -> str:
        """What `psql` prints for it."""
        return self.postgres.sql(statement, self.url.rpartition("/")[2])

    def postgres_cpu_s(self) -> float:
        """Seconds of CPU that Postgres has taken."""
        pid = int((self.postgres.data / "postmaster.pid").read_text().split()[0])
        return sum(map(_cpu_s, family(pid)))

    def _started(self, name: str, port: int, *words: str) -> Member:
        settings = {"DATABASE_URL": self.url, "STORE": self.store, **self.settings}
        member = member_of(self.folder, name, port, words, settings)
        member.start()
        return member


def member_of(
    folder: Path,
    name: str,
    port: int,
    words: Sequence[str],
    settings: Mapping[str, str],
    source: Path = SOURCE,
) -> Member:
    """A `cleanplate` that is not started yet, with a data directory of its own in the folder.

    Args:
        words: of its command.
        settings: environment variables, without `CLEANPLATE_`.
        source: the folder that holds the package.
    """
    given = {"API_KEYS": KEY, "PLUGINS": str(EDITS), "MAX_QUEUE_WAIT_S": "86400", **settings}
    others = {key: value for key, value in os.environ.items() if not key.startswith("CLEANPLATE_")}
    environment = {
        **others,
        **{f"CLEANPLATE_{key}": value for key, value in given.items()},
        "PYTHONPATH": str(source),
    }
    data = folder / name
    command = [sys.executable, "-m", "cleanplate", *words, "--data", str(data)]
    return Member(name, command, environment, port, data, folder / f"{name}.log")


@contextmanager
def cluster(
    *,
    servers: int,
    workers: int,
    concurrency: int = 1,
    store: str = "",
    options: Sequence[str] = DURABLE,
    **settings: str,
) -> Iterator[Cluster]:
    """So many of each, all ready.

    Args:
        concurrency: tasks that each worker does at the same time.
        store: where its files are; a folder of its own where that is "".
        options: of its Postgres.
        settings: environment variables of all, without `CLEANPLATE_`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cleanplate-cluster-") as name,
        postgres_server(options) as postgres,
    ):
        folder = Path(name)
        (folder / "store").mkdir()
        made = Cluster(postgres, postgres.new_database(), folder, store or str(folder / "store"), settings)
        try:
            made.add_server().wait_until_ready()  # it makes the schema
            for _ in range(servers - 1):
                made.add_server()
            for _ in range(workers):
                made.add_worker(concurrency=concurrency)
            for member in made.members:
                member.wait_until_ready()
            yield made
        finally:
            end_all(made.members)


@contextmanager
def embedded(*, source: Path = SOURCE, **settings: str) -> Iterator[Member]:
    """One `cleanplate serve` that does all by itself, ready; its data directory is in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="cleanplate-embedded-") as name:
        port = free_port()
        member = member_of(Path(name), "embedded", port, ("serve", "--port", str(port)), settings, source)
        member.start()
        try:
            member.wait_until_ready()
            yield member
        finally:
            end_all([member])


def end_all(members: Sequence[Member]) -> None:
    """End them, all at the same time."""
    living = [member for member in members if member.is_alive()]
    for member in living:
        member.thaw()
        assert member.process is not None
        member.process.terminate()
    for member in living:
        member.stop()


def _cpu_s(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # with its children that have ended
    return 0.0
