"""A Postgres for benchmarks, and what it used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.postgres import postgres_server

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Postgres:
    """One that runs.

    Attributes:
        pid: of the process that all its others are children of.
        words: its address, as libpq has it.
    """

    pid: int
    words: str

    @property
    def url(self) -> str:
        """As SQLAlchemy has it."""
        return self.words.replace("postgresql:", "postgresql+psycopg:", 1)

    def cpu_s(self) -> float:
        """Seconds of CPU of all its processes, those that have ended among them."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return cpu_s(self.pid, ended=True) + sum(cpu_s(int(pid)) for pid in children)


@contextmanager
def running(*settings: str) -> Iterator[Postgres]:
    """Start it, with `name=value` of its settings beside its defaults; it ends with the block."""
    with postgres_server(settings) as server:
        pid = int((server.data / "postmaster.pid").read_text().split()[0])
        yield Postgres(pid, server.url())


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
