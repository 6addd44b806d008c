"""Against real sockets on loopback: a receiver that answers what a test wants."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import Engine, select

from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES
from cleanplate.errors import StorageFailed
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Task
from cleanplate.webhooks.outbox import Outbox
from cleanplate.webhooks.sender import RequestOf, RetryPolicy, WebhookRequest, WebhookSender

LOOPBACK = (ip_network("127.0.0.0/8"),)
TIMEOUT_S = 10.0
FAILED = Failure("engine-failed", "no")


@dataclasses.dataclass
class Receiver:
    """Takes requests and answers with the next status; the last one for ever."""

    statuses: list[int]
    got: list[bytes] = dataclasses.field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        self.got.append(head + await reader.readexactly(length))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(b"HTTP/1.1 %d X\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n" % status)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(statuses))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()


def request_of(task: Task) -> WebhookRequest:
    return WebhookRequest(
        task.submission.callback_url or "", f"task {task.id}".encode(), {"X-Mark": "1"}, tries=3
    )


@dataclasses.dataclass
class Post:
    """A sender that never pauses, and the rows that it works on."""

    store: TaskStore
    engine: Engine
    make_task: Callable[..., Task]
    request_of: RequestOf = request_of
    policy: RetryPolicy = dataclasses.field(
        default_factory=lambda: RetryPolicy(allow=LOOPBACK, poll_s=0.01, pause_s=0.0)
    )

    def ended(self, url: str | None, account: str = "static-1") -> Task:
        """A task that has just failed, with a callback."""
        task = self.make_task(callback_url=url, account=account)
        self.store.insert(task)
        assert self.store.fail_queued(task.id, FAILED)
        return task

    def rows(self) -> list[Any]:
        with transaction(self.engine) as connection:
            return list(connection.execute(select(DELIVERIES)))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Run a sender until the condition has come true."""
        sender = WebhookSender(self.store, Outbox(self.engine), self.request_of, self.policy)
        running = asyncio.create_task(sender.run())
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while not condition():
                    assert not running.done()
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def given_up(self) -> bool:
        return all(row.done_at_ms is not None for row in self.rows())


@pytest.fixture
def post(engine: Engine, store: TaskStore, make_task: Callable[..., Task], clock: Callable[[], int]) -> Post:
    there = Post(store, engine, make_task)
    there.policy = dataclasses.replace(there.policy, clock_ms=clock)
    return there


def test_a_callback_is_taken_and_forgotten(post: Post) -> None:
    async def run() -> None:
        async with receiving(204) as receiver:
            task = post.ended(receiver.url)
            post.ended(None)
            await post.until(lambda: not post.rows())
            (got,) = receiver.got
            assert got.startswith(b"POST /hook ")
            assert b"X-Mark: 1" in got
            assert b"content-type: application/json" in got.lower()
            assert got.endswith(f"task {task.id}".encode())

    asyncio.run(run())


def test_it_is_tried_again(post: Post) -> None:
    async def run() -> None:
        async with receiving(500, 302, 200) as receiver:
            post.ended(receiver.url)
            await post.until(lambda: not post.rows())
            assert [got.split()[1] for got in receiver.got] == [b"/hook"] * 3

    asyncio.run(run())


def test_it_is_given_up(post: Post) -> None:
    async def run() -> None:
        async with receiving(404) as receiver:
            task = post.ended(receiver.url)
            await post.until(post.given_up)
            assert len(receiver.got) == 3
        (row,) = post.rows()
        assert (row.attempt, row.error) == (3, "the server answered 404")
        post.store.delete([task.id])
        assert post.rows() == []

    asyncio.run(run())


def test_the_pauses_double(post: Post, clock: Any) -> None:
    post.policy = dataclasses.replace(post.policy, pause_s=1.0)

    async def run() -> None:
        began_ms = clock.now_ms
        async with receiving(500) as receiver:
            post.ended(receiver.url)
            await post.until(lambda: post.rows()[0].attempt == 1)
            assert post.rows()[0].next_at_ms == began_ms + 1000
            clock.now_ms += 1000
            await post.until(lambda: post.rows()[0].attempt == 2)
            assert post.rows()[0].next_at_ms == began_ms + 3000
            clock.now_ms += 1999
            await post.until(lambda: len(receiver.got) == 2)
            assert Outbox(post.engine).claim("another", clock.now_ms, limit=5, lease_ms=1) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:9/", "the address is not allowed"),
        ("http://user@h/", "a URL must not contain a user name or password"),
    ],
)
def test_where_it_may_not_go(post: Post, url: str, error: str) -> None:
    post.policy = dataclasses.replace(post.policy, allow=())
    post.ended(url)
    asyncio.run(post.until(post.given_up))
    assert post.rows()[0].error == error


def test_a_url_that_never_works_is_tried_once(post: Post) -> None:
    post.ended("ftp://example.com/")
    asyncio.run(post.until(post.given_up))
    (row,) = post.rows()
    assert (row.attempt, row.error) == (1, "the URL is not valid")


def test_a_receiver_that_is_silent_does_not_stop_the_others(post: Post) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with receiving(200) as receiver:
            post.ended(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            post.ended(receiver.url)
            await post.until(lambda: len(receiver.got) == 1 and len(post.rows()) == 1)
        # the other is still due: a restart goes on with it
        assert post.rows()[0].done_at_ms is None
        server.close()

    asyncio.run(run())


def test_silent_receivers_of_one_key_leave_room_for_those_of_the_next(post: Post) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.append(writer)
        await reader.read()

    begun: list[asyncio.StreamWriter] = []
    many = 100  # more than there are places

    async def run() -> None:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with receiving(200) as receiver:
            for _ in range(many):
                post.ended(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "flood")

            def there_is_no_more_room() -> bool:
                if not asked and len(begun) > 30:
                    asked.append(post.ended(receiver.url, "other"))
                return bool(receiver.got)

            asked: list[Task] = []
            await post.until(there_is_no_more_room)
        assert len(begun) < many
        for writer in begun:
            writer.close()
        server.close()

    asyncio.run(run())


def test_what_nobody_can_write_is_given_up(post: Post) -> None:
    post.request_of = lambda task: None
    post.ended("http://127.0.0.1:9/")
    asyncio.run(post.until(post.given_up))
    assert post.rows()[0].error == "this server no longer has the API that was used"


def test_a_request_that_cannot_be_made_is_given_up(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    def unreadable(task: Task) -> WebhookRequest:
        raise StorageFailed("a stored file could not be read")

    post.request_of = unreadable
    post.ended("http://127.0.0.1:9/")
    asyncio.run(post.until(post.given_up))
    assert post.rows()[0].error == "a stored file could not be read"


def test_many_are_delivered_once_each(post: Post) -> None:
    async def run() -> None:
        async with receiving(200) as receiver:
            tasks = [post.ended(receiver.url) for _ in range(40)]
            await post.until(lambda: not post.rows())
            bodies = sorted(got.partition(b"\r\n\r\n")[2].decode() for got in receiver.got)
            assert bodies == sorted(f"task {task.id}" for task in tasks)

    asyncio.run(run())
