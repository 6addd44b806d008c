"""A cluster as its operator starts it: servers and workers, on a Postgres and a folder that they share."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

KEY = "cluster-key"
_ADDRESS = re.compile(r"(http://127[\d.]+:\d+)")
_HEALTH = re.compile(r"health is at (http://127[\d.]+:\d+)")


@dataclass(slots=True)
class Host:
    """One process of it.

    Attributes:
        base: of a server its address, of a worker that of its health.
    """

    process: subprocess.Popen[str]
    base: str
    log: Path

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request with the key."""
        headers = {"Authorization": f"Bearer {KEY}", **options.pop("headers", {})}
        with requests.Session() as client:
            client.trust_env = False
            return client.request(method, self.base + path, headers=headers, timeout=60, **options)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)

    def said(self) -> str:
        """Its log."""
        return self.log.read_text()


@dataclass(slots=True)
class Cluster:
    """Starts its processes, all on the same tasks and files."""

    folder: Path
    environment: Mapping[str, str]
    hosts: list[Host] = field(default_factory=list)

    def server(self, *options: str, **environment: str) -> Host:
        """`cleanplate serve --no-worker`, when it answers."""
        return self._start(_ADDRESS, ("serve", "--no-worker", "--port", "0", *options), environment)

    def alone(self, data: Path) -> Host:
        """`cleanplate serve` on a folder, which has nothing to do with the cluster, when it answers."""
        apart = {"CLEANPLATE_DATABASE_URL": "", "CLEANPLATE_STORE": ""}
        return self._start(_ADDRESS, ("serve", "--port", "0"), apart, data)

    def worker(self, *options: str, **environment: str) -> Host:
        """`cleanplate worker`, when its health can be asked for."""
        return self._start(_HEALTH, ("worker", "--health-port", "0", *options), environment)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        command = [sys.executable, "-m", "cleanplate", *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def _start(
        self,
        address: re.Pattern[str],
        words: Sequence[str],
        environment: Mapping[str, str],
        data: Path | None = None,
    ) -> Host:
        number = len(self.hosts)
        log = self.folder / f"{words[0]}-{number}.log"
        folder = data or self.folder / f"data-{number}"
        command = [sys.executable, "-m", "cleanplate", *words, "--data", str(folder)]
        with log.open("w") as file:
            process = subprocess.Popen(
                command, env={**self.environment, **environment}, stdout=file, stderr=file, text=True
            )
        self.hosts.append(Host(process, "", log))
        self.hosts[-1].base = _found_in(log, address, process)
        return self.hosts[-1]


def _found_in(log: Path, address: re.Pattern[str], process: subprocess.Popen[str]) -> str:
    from tests.e2e.real_server import wait

    wait(lambda: address.search(log.read_text()) or process.poll() is not None)
    found = address.search(log.read_text())
    assert found, log.read_text()
    return found[1]


@contextmanager
def cluster(folder: Path, database_url: str, **variables: str) -> Iterator[Cluster]:
    """One without a process yet; all that are started end with the block."""
    store = folder / "store"
    store.mkdir()
    made = Cluster(
        folder,
        {
            **os.environ,
            "CLEANPLATE_DATABASE_URL": database_url,
            "CLEANPLATE_STORE": str(store),
            "CLEANPLATE_API_KEYS": KEY,
            "CLEANPLATE_FETCH_ALLOW": "127.0.0.0/8",
            "CLEANPLATE_LIMITS": "relaxed",
            "CLEANPLATE_DEFAULT_LABEL": "off",
            **variables,
        },
    )
    try:
        yield made
    finally:
        for host in made.hosts:
            host.process.kill()
            host.process.wait()
