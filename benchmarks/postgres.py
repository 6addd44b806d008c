"""A Postgres of its own in a temporary folder, for benchmarks, and what it used."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
_USER: Final = "postgres"
_START_S: Final = 30.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Postgres:
    """One that runs.

    Attributes:
        pid: of the process that all its others are children of.
        folder: where its socket is.
    """

    pid: int
    folder: Path

    @property
    def url(self) -> str:
        """As SQLAlchemy has it."""
        return f"postgresql+psycopg://{_USER}@/{_USER}?host={self.folder}"

    @property
    def words(self) -> str:
        """As libpq has it."""
        return f"host={self.folder} user={_USER} dbname={_USER}"

    def cpu_s(self) -> float:
        """Seconds of CPU of all its processes, those that have ended among them."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return cpu_s(self.pid, ended=True) + sum(cpu_s(int(pid)) for pid in children)


@contextmanager
def running(*settings: str) -> Iterator[Postgres]:
    """Start it, with `name=value` of its settings beside its defaults; it ends with the block.

    It refuses to run as root: then it runs as the user `postgres`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
            shutil.chown(folder, _USER)
        data = str(folder / "data")
        make = [*as_user, str(PROGRAMS / "initdb"), "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        given = [word for setting in ("listen_addresses=", *settings) for word in ("-c", setting)]
        command = [*as_user, str(PROGRAMS / "postgres"), "-D", data, "-k", name, *given]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _wait(name, as_user)
            yield Postgres(process.pid, folder)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def cpu_s(pid: int, *, ended: bool = False) -> float:
    """Seconds of CPU of one process; 0 when it is gone.

    Args:
        ended: and of its children that have ended.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended else 13])) / _TICKS


def _wait(folder: str, as_user: Sequence[str]) -> None:
    ready = [*as_user, str(PROGRAMS / "pg_isready"), "-q", "-h", folder]
    latest_s = time.monotonic() + _START_S
    while subprocess.run(ready, check=False).returncode:
        if time.monotonic() > latest_s:
            raise TimeoutError("Postgres does not start")
        time.sleep(0.1)
