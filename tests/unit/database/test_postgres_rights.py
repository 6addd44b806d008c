"""Roles with no more rights than docs/cluster.md gives them: they do all, and what one lacks is named."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.memory_store import MemoryStore
from tests.new_tasks import new_task
from tests.postgres import PostgresServer

from cleanplate.access import Access, static_keys
from cleanplate.clock import unix_ms
from cleanplate.database import open_server_database
from cleanplate.database.postgres import server_trouble
from cleanplate.errors import SetupError
from cleanplate.tasks.belonging import StorePlace, check_belonging
from cleanplate.tasks.fleet import Fleet, WorkerCard
from cleanplate.tasks.store import TaskStore

_DOCS = Path(__file__).parents[3] / "docs" / "cluster.md"


class Roles:
    """A database whose owner migrates, and a role that serves and works."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.owner, self.role = (f"{kind}_{secrets.token_hex(4)}" for kind in ("owner", "plates"))
        self.url = server.new_database()
        self.name = self.url.rpartition("/")[2]
        before, after = _of_docs(self)
        self.after = after
        server.sql(before, self.name)

    def open(self, role: str) -> Engine:
        return open_server_database(self.url.replace("postgres@", f"{role}@"), connections=4)

    def migrated(self) -> None:
        self.open(self.owner).dispose()
        self.server.sql(f"SET ROLE {self.owner}; {self.after}", self.name)


def _of_docs(roles: Roles) -> tuple[str, str]:
    """What the documentation says to do before and after the first migration."""
    text = _DOCS.read_text().partition("## Roles in Postgres")[2]
    before, after, *_ = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    named = [
        statements.replace("cleanplate_owner", roles.owner).replace("cleanplate_app", roles.role)
        for statements in (before, after)
    ]
    return named[0], named[1]


@pytest.fixture
def roles(postgres: PostgresServer) -> Roles:
    return Roles(postgres)


@pytest.fixture
def opened(roles: Roles) -> Iterator[Callable[[], Engine]]:
    engines: list[Engine] = []

    def open_one() -> Engine:
        engines.append(roles.open(roles.role))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


def test_it_can_do_all_that_a_host_does(roles: Roles, opened: Callable[[], Engine]) -> None:
    roles.migrated()
    engine = opened()
    check_belonging(engine, MemoryStore(), StorePlace(named=True, shared=True))
    assert server_trouble(engine) == ""
    access = Access(
        engine, static_keys(engine, ["a-static-key"], lambda text: hashlib.sha256(text.encode()).digest())
    )
    key, _ = access.create("shop")
    assert access.revoke(key.id)
    store = TaskStore(engine)
    for number in range(3):
        store.insert(new_task(number))
    claimed = store.claim_next("w")
    assert claimed is not None
    store.heartbeat([claimed.claim])
    assert store.succeed(claimed.claim, [], 1)
    store.delete([claimed.id])
    fleet = Fleet(engine, lease_ms=10_000, clock_ms=unix_ms)
    fleet.register(WorkerCard("w", ("general",), "cpu", "1", 1))
    fleet.beat("w")
    fleet.leave("w")


def test_what_it_lacks_is_named(roles: Roles) -> None:
    roles.migrated()
    roles.server.sql(
        f"REVOKE UPDATE, DELETE ON tasks FROM {roles.role};"  # noqa: S608 - ours
        f"REVOKE SELECT ON workers FROM {roles.role};"
        f"REVOKE USAGE ON SEQUENCE key_events_id_seq FROM {roles.role}",
        roles.name,
    )
    lacks = (
        f"the role {roles.role} lacks UPDATE, DELETE on tasks; SELECT on workers; "
        "USAGE on the sequence public.key_events_id_seq"
    )
    with pytest.raises(SetupError, match=lacks):
        roles.open(roles.role)


def test_without_any_right(roles: Roles) -> None:
    roles.open(roles.owner).dispose()
    with pytest.raises(SetupError, match=r"lacks .*SELECT on alembic_version") as caught:
        roles.open(roles.role)
    assert "SELECT, INSERT, UPDATE, DELETE on deliveries, replies, tasks" in caught.value.public
    assert "\n" not in caught.value.public


def test_who_may_not_migrate_says_who_may(roles: Roles) -> None:
    with pytest.raises(SetupError, match=f"has no tables yet, and the role {roles.role} lacks CREATE"):
        roles.open(roles.role)
    roles.migrated()
    roles.server.sql("UPDATE alembic_version SET version_num = '0007'", roles.name)
    with pytest.raises(SetupError, match=f"at 0007, and this version needs .* the role {roles.role} lacks"):
        roles.open(roles.role)
    roles.server.sql(f"GRANT CREATE ON SCHEMA public TO {roles.role}", roles.name)
    with pytest.raises(SetupError, match=f"its tables are {roles.owner}'s, whom {roles.role} is not"):
        roles.open(roles.role)


def test_a_schema_that_it_may_not_use(roles: Roles) -> None:
    roles.migrated()
    roles.server.sql(f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {roles.role}", roles.name)
    with pytest.raises(SetupError, match="may use no schema: GRANT USAGE ON SCHEMA public"):
        roles.open(roles.role)
