"""Limits of keys, as the clients of all vendors see them. No worker runs: accepted tasks stay open."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import requests
from starlette.applications import Starlette
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import BFL, DASHSCOPE, NATIVE, PHOTO, VENDORS, Client, Vendor

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.key_limits import Limits
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import TaskFilter

Connect = Callable[[Limits], Client]

WORDS: Final = {
    "dashscope": {
        "rate": ("Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
        "concurrency": ("Throttling", "Requests throttling triggered."),
        "queue": ("Throttling", "Requests throttling triggered."),
        "quota": (
            "Throttling.AllocationQuota",
            "Allocated quota exceeded, please increase your quota limit.",
        ),
    },
    "novita": dict.fromkeys(
        ("rate", "concurrency", "quota", "queue"),
        ("RATE_LIMIT_EXCEEDED", "Too many requests, please try again later"),
    ),
    "picwish": dict.fromkeys(("rate", "concurrency", "quota", "queue"), ("429", "Too many requests")),
    "bfl": {
        **dict.fromkeys(("rate", "concurrency", "queue"), ("Too many requests", "Too many requests")),
        "quota": ("Insufficient credits", "Insufficient credits"),
    },
    "native": {
        "rate": ("rate-limit", "too many requests in a second"),
        "concurrency": ("concurrency-limit", "too many unfinished tasks of this key"),
        "quota": ("quota", "the quota of images of this key is used up"),
        "queue": ("queue-full", "the server has more work than it can do in time"),
    },
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return build(settings_for(tmp_path_factory.mktemp("limits"), limits_preset="vendor"))


@pytest.fixture(scope="module")
def base(app: Starlette) -> Iterator[str]:
    with served(app, lifespan="off") as base:
        yield base
    app.state.close()


@pytest.fixture
def access(app: Starlette) -> Access:
    found: Access = app.state.services.access
    return found


@pytest.fixture
def tasks(app: Starlette) -> TaskService:
    found: TaskService = app.state.services.tasks
    return found


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


@pytest.fixture
def connect(vendor: Vendor, base: str, access: Access) -> Iterator[Connect]:
    """Makes a client with a key of its own that has these limits."""
    clients: list[Client] = []

    def make(limits: Limits) -> Client:
        clients.append(Client(vendor, base, access.create("", limits=limits)[1]))
        return clients[-1]

    yield make
    for client in clients:
        client.__exit__()


def said(vendor: Vendor, reply: requests.Response) -> tuple[str, str]:
    """The code and the message of a refusal."""
    content = reply.json()
    if vendor is BFL:
        return vendor.code(content), str(content["detail"])
    message = content["error"]["message"] if vendor is NATIVE else content["message"]
    return vendor.code(content), str(message)


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (Limits(rate_per_s=0.01), "rate"),
        (Limits(concurrent=1), "concurrency"),
        (Limits(images=1), "quota"),
    ],
    ids=["rate", "concurrency", "quota"],
)
def test_one_too_many(
    vendor: Vendor, connect: Connect, tasks: TaskService, limits: Limits, kind: str
) -> None:
    client, other = connect(limits), connect(limits)
    client.submitted()
    before = tasks.page(TaskFilter(), page_no=1, page_size=1).total
    reply = client.submit()
    assert reply.status_code == (402 if (vendor, kind) == (BFL, "quota") else 429)
    assert said(vendor, reply) == WORDS[vendor.name][kind]
    assert int(reply.headers["Retry-After"]) >= 1
    assert tasks.page(TaskFilter(), page_no=1, page_size=1).total == before, "no task was made"
    other.submitted()


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[tuple[str, Access]]:
    """A server that has room for one task of each key, since none is done."""
    app = build(settings_for(tmp_path, max_queue_wait_s=0.01, limits_preset="off"))
    with served(app, lifespan="off") as base:
        yield base, app.state.services.access
    app.state.close()


def test_a_queue_that_is_too_long(vendor: Vendor, narrow: tuple[str, Access]) -> None:
    base, access = narrow
    with (
        Client(vendor, base, access.create("a")[1]) as flood,
        Client(vendor, base, access.create("b")[1]) as other,
    ):
        flood.submitted()
        reply = flood.submit()
        assert reply.status_code == 429
        assert said(vendor, reply) == WORDS[vendor.name]["queue"]
        assert int(reply.headers["Retry-After"]) >= 1
        assert reply.headers["RateLimit-Remaining"] == "0"
        other.submitted()


def test_headers_say_what_is_left(connect: Connect) -> None:
    client = connect(Limits(rate_per_s=2.0, concurrent=3, images=100))
    headers = client.submit().headers
    assert headers["RateLimit-Policy"].startswith('"rate";q=2;w=1, "queue";q=')
    assert headers["RateLimit-Policy"].endswith('"concurrency";q=3;qu="concurrent-requests", "quota";q=100')
    assert '"concurrency";r=2;t=2' in headers["RateLimit"]
    assert '"quota";r=99;t=3600' in headers["RateLimit"]
    nearest = [headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
    assert nearest == ["2", "1", "1"]
    assert "RateLimit" not in client.polled(client.submitted()).headers


def test_headers_name_the_limit_that_refuses(connect: Connect) -> None:
    client = connect(Limits(rate_per_s=0.01))
    client.submitted()
    reply = client.submit()
    assert reply.headers["RateLimit-Remaining"] == "0"
    assert reply.headers["RateLimit-Reset"] == reply.headers["Retry-After"]
    assert reply.headers["RateLimit-Policy"] == '"rate";q=1;w=100'


def test_of_several_limits_that_are_used_up_the_longest_wait_is_told(connect: Connect) -> None:
    client = connect(Limits(rate_per_s=0.01, images=1))
    headers = client.submit().headers
    assert headers["RateLimit"].startswith('"rate";r=0;t=')
    assert [headers[f"RateLimit-{name}"] for name in ("Remaining", "Reset")] == ["0", "3600"]


def test_polls_are_never_limited(connect: Connect) -> None:
    client = connect(Limits(rate_per_s=0.01, concurrent=1, images=1))
    task_id = client.submitted()
    assert {client.polled(task_id).status_code for _ in range(30)} == {200}
    assert client.submit().status_code == 429


def test_refused_bodies_use_nothing_up(vendor: Vendor, connect: Connect) -> None:
    client = connect(Limits(rate_per_s=0.01, concurrent=1, images=1))
    assert client.submit(
        "ftp://example.com/x.png" if vendor.name != "picwish" else "http://"
    ).status_code in (
        400,
        422,
    )
    client.submitted()


def test_a_cancelled_task_makes_room(base: str, access: Access) -> None:
    secret = access.create("", limits=Limits(concurrent=1, images=1))[1]
    with Client(DASHSCOPE, base, secret) as client:
        task_id = client.submitted()
        assert client.submit().status_code == 429
        headers = dict(DASHSCOPE.key(secret))
        assert requests.post(f"{base}/api/v1/tasks/{task_id}/cancel", headers=headers, timeout=10).ok
        client.submitted()


def test_changed_limits_count_at_once(base: str, access: Access) -> None:
    info, secret = access.create("", limits=Limits(concurrent=0))
    with Client(NATIVE, base, secret) as client:
        assert client.submit().status_code == 429
        access.set_limits(info.id, Limits())
        client.submitted()


def test_static_keys_have_the_preset(base: str) -> None:
    with Client(DASHSCOPE, base, KEY) as client:
        replies = [client.submit() for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]


def test_a_repeated_request_counts_once(base: str, access: Access) -> None:
    secret = access.create("", limits=Limits(rate_per_s=0.01, concurrent=1, images=1))[1]
    headers = {**NATIVE.key(secret), "Idempotency-Key": "once"}
    first, again = (
        requests.post(base + NATIVE.path, headers=headers, timeout=10, **NATIVE.body(PHOTO)) for _ in range(2)
    )
    assert first.status_code == again.status_code == 202
    assert first.content == again.content
