"""A Postgres server of the tests' own, on a free port of this machine, in a folder that goes with it.

`POSTGRES_BIN` names the folder of its programs where it is not Debian's. They refuse to run as root: then
they run as the user `postgres`, whom Debian's package makes.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cleanplate.database import open_server_database

FAST = ("fsync=off", "full_page_writes=off", "max_connections=200")
"""A test does not survive a power cut either."""
_MIGRATED = "migrated"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One that runs, or did before `stop`.

    Attributes:
        options: settings as its configuration file has them, each "name=value".
    """

    programs: Path
    data: Path
    port: int
    options: Sequence[str] = FAST

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def sockets(self) -> Path:
        """The folder of its unix socket."""
        return self.data.parent

    def new_database(self, options: str = "") -> str:
        """The address of an empty one."""
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def migrated_database(self) -> str:
        """The address of one with all tables, and nothing in them."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{_MIGRATED}'"):  # noqa: S608 - ours
            self.sql(f"CREATE DATABASE {_MIGRATED}")
            open_server_database(self.url(_MIGRATED)).dispose()
        return self.new_database(f"TEMPLATE {_MIGRATED}")

    def drop_database(self, url: str) -> None:
        self.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def end_sessions(self, database: str) -> None:
        """As a restart does."""
        self.sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"  # noqa: S608
        )

    def ask_password(self, role: str) -> None:
        """Let a role in by password alone."""
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"host all {role} all scram-sha-256\n" + rules.read_text())
        self.sql("SELECT pg_reload_conf()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For the block none of its processes goes on: what is sent to it is taken, and never answered."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        pids = [first, *_children(first)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What `psql` prints for it."""
        command = [str(self.programs / "psql"), "-XqAt", "-d", self.url(database), "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def start(self) -> None:
        options = " ".join(f"-c {option}" for option in self.options)
        where = f"-p {self.port} -k {self.sockets} -h 127.0.0.1,::1"
        self._control("start", "-w", "-o", f"{where} {options}", "-l", self.data / "log")

    def stop(self, mode: str = "fast") -> None:
        """Mode `immediate` is a crash."""
        self._control("stop", "-w", "-m", mode)

    def _control(self, *words: str | Path) -> None:
        _as_postgres([self.programs / "pg_ctl", "-D", self.data, *words])


def postgres_programs() -> Path | None:
    """The folder of `initdb` and the others; None where they are not installed."""
    named = os.environ.get("POSTGRES_BIN")
    found = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else None


@contextmanager
def postgres_server(options: Sequence[str] = FAST) -> Iterator[PostgresServer]:
    """One for the block. Raises `FileNotFoundError` where its programs are not installed."""
    programs = postgres_programs()
    if programs is None:
        raise FileNotFoundError("Postgres is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cleanplate-postgres-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = PostgresServer(programs, folder / "data", free_port(), options)
        _as_postgres(
            [
                programs / "initdb",
                "-D",
                server.data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ]
        )
        try:
            server.start()
            yield server
        finally:
            if (server.data / "postmaster.pid").exists():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: list[str | Path]) -> None:
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else [],
    )


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def free_port() -> int:
    """Of this machine, for somebody who listens there soon."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
