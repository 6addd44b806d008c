"""A cluster whose hosts become those of the next version one after the other, while tasks come and go."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.cluster import Cluster, Host, cluster
from tests.e2e.real_server import Receiver, wait
from tests.e2e.visitor import ERASE, HOLD, Visitor
from tests.next_version import CONTRACTING, EXPANDING, NEXT, make_next_version
from tests.postgres import PostgresServer

from cleanplate.database.schema import HEAD

PACK = Path(__file__).parents[1] / "plugins"
AFTER = f"{int(NEXT) + 1:04}"


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, postgres.new_database(), CLEANPLATE_PLUGINS=str(PACK)) as one:
        yield one


class Fleet:
    """Hosts of two versions on one database.

    Attributes:
        client: submits, and sees to it that what it submitted ends well.
    """

    def __init__(self, made: Cluster, postgres: PostgresServer) -> None:
        self.made = made
        self.client = Visitor(Receiver(""), "", "")
        self._postgres = postgres
        self._name = made.environment["CLEANPLATE_DATABASE_URL"].rpartition("/")[2]

    def sql(self, statement: str) -> str:
        return self._postgres.sql(statement, self._name)

    def done(self, submitted_to: Host, told_by: Host) -> str:
        """One task from a host to whoever does tasks, and its end from another host; its id."""
        task = self.client.submit(submitted_to, ERASE)
        assert self.client.ended(told_by, task)["state"] == "succeeded"
        return task

    def started(self, submitted_to: Host) -> str:
        """A task that takes some seconds, and runs."""
        task = self.client.submit(submitted_to, HOLD)
        wait(lambda: self.client.state(submitted_to, task) == "running")
        return task

    def taken_over(self, submitted_to: Host, died: Host, **environment: str) -> Host:
        """A worker dies under a task, and another one, in this environment, does it; that one."""
        task = self.started(submitted_to)
        died.end(signal.SIGKILL)
        other = self.made.worker("--concurrency", "1", **environment)
        assert self.client.ended(submitted_to, task)["state"] == "succeeded"
        assert self.of("attempt", task) == "2"
        return other

    def of(self, column: str, task: str) -> str:
        return self.sql(f"SELECT {column} FROM tasks WHERE id = '{task}'")  # noqa: S608 - a test's own

    def unready(self, host: Host) -> str:
        """What a host says as soon as it is not ready any more."""
        wait(lambda: host.ask("GET", "/readyz").status_code == 503)
        return host.ask("GET", "/readyz").text


def test_hosts_of_two_versions_side_by_side(made: Cluster, postgres: PostgresServer, tmp_path: Path) -> None:
    fleet = Fleet(made, postgres)
    new = {"PYTHONPATH": make_next_version(tmp_path / "next", EXPANDING)}
    old_server, old_worker = made.server(), made.worker("--concurrency", "1")
    before = fleet.done(old_server, old_server)
    oldest = fleet.sql("SELECT oldest_revision FROM installation")

    running = fleet.started(old_server)
    new_server = made.server(**new)
    assert fleet.sql("SELECT version_num FROM alembic_version") == NEXT
    assert fleet.sql("SELECT oldest_revision FROM installation") == oldest
    assert fleet.client.ended(new_server, running)["state"] == "succeeded"

    # The worker of this version, with both servers
    tasks = [fleet.done(old_server, new_server), fleet.done(new_server, old_server)]
    assert [fleet.of("origin", task) for task in (before, *tasks)] == ["before", "before", "next"]

    # One of each dies under its task, and the other takes it over
    new_worker = fleet.taken_over(old_server, old_worker, **new)
    tasks += [fleet.done(old_server, new_server), fleet.done(new_server, old_server)]
    fleet.taken_over(new_server, new_worker)
    tasks += [fleet.done(old_server, new_server), fleet.done(new_server, old_server)]

    # A host of this version that is started again
    old_server.end()
    again = made.server()
    assert f"has migrated the database ({NEXT}, this one knows {HEAD})" in again.said()
    tasks += [fleet.done(again, new_server), fleet.done(new_server, again)]
    assert {fleet.client.state(again, task) for task in tasks} == {"succeeded"}


def test_a_version_that_takes_something_away(made: Cluster, postgres: PostgresServer, tmp_path: Path) -> None:
    fleet = Fleet(made, postgres)
    old_server, old_worker = made.server(), made.worker("--concurrency", "1")
    assert old_server.ask("GET", "/readyz").json()["database"] == "ok"
    new = {"PYTHONPATH": make_next_version(tmp_path / "next", EXPANDING, CONTRACTING)}
    new_server = made.server(**new)
    assert fleet.sql("SELECT version_num FROM alembic_version") == AFTER
    assert fleet.sql("SELECT oldest_revision FROM installation") == NEXT
    for host in (old_server, old_worker):
        assert "is of a newer version" in fleet.unready(host)
    for words in (("serve", "--no-worker", "--port", "0"), ("worker",), ("keys", "list")):
        refused = made.run(*words)
        assert refused.returncode == 2
        assert "the database was written by a newer version of cleanplate" in refused.stderr
    for host in (old_server, old_worker):
        host.end()
    made.worker("--concurrency", "1", **new)
    fleet.done(new_server, new_server)
