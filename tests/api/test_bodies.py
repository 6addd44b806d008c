"""Whole bodies: their sizes, their pace, and where they are while they come."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message
from tests.api.raw import Answer, answers, message
from tests.api.servers import KEY, settings_for, waiting
from tests.api.vendors import PHOTO, VENDORS, Vendor

from cleanplate.errors import BadParameter, StorageFailed
from cleanplate.transport.bodies import Bodies, Body, BodyLimits
from cleanplate.transport.body_budget import Budget
from cleanplate.transport.body_pace import Pace
from cleanplate.transport.request_body import parse_json

MOST = 3_000_000
CALM = Pace(10, 10)


def request_of(messages: list[Message], **headers: str) -> Request:
    async def receive() -> Message:
        if not messages:
            await asyncio.sleep(10)
        return messages.pop(0)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def part(size: int, *, more: bool, byte: bytes = b"x") -> Message:
    return {"type": "http.request", "body": byte * size, "more_body": more}


def bodies(folder: Path, *, memory: int = MOST, disk: int = MOST, pace: Pace = CALM) -> Bodies:
    return Bodies(BodyLimits(MOST, memory, disk, pace), folder)


def refusal(reading: Coroutine[None, None, Body]) -> HTTPException:
    with pytest.raises(HTTPException) as caught:
        asyncio.run(reading)
    return caught.value


def test_a_body_that_pauses_is_given_up(tmp_path: Path) -> None:
    request = request_of([part(5, more=True)])
    assert refusal(bodies(tmp_path, pace=Pace(0.05, 10)).read(request)).status_code == 408


def test_a_body_that_trickles_is_given_up(tmp_path: Path) -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return part(1, more=True)

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    assert refusal(bodies(tmp_path, pace=Pace(5, 0.2)).read(request)).status_code == 408


def test_a_client_that_goes_away(tmp_path: Path) -> None:
    request = request_of([part(5, more=True), {"type": "http.disconnect"}])
    assert refusal(bodies(tmp_path).read(request)).status_code == 400


@pytest.mark.parametrize(
    ("sizes", "left"),
    [((MOST // 2, MOST // 2 + 1), 0), ((MOST + 1, 30, 30), 2)],  # what is left is not its own
)
def test_a_body_without_declared_length(tmp_path: Path, sizes: tuple[int, ...], left: int) -> None:
    messages = [part(size, more=number < len(sizes)) for number, size in enumerate(sizes, 1)]
    assert refusal(bodies(tmp_path).read(request_of(messages))).status_code == 413
    assert len(messages) == left


def test_a_declared_length_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    request = request_of([], content_length=str(MOST + 1))
    assert refusal(bodies(tmp_path).read(request)).status_code == 413


def test_a_body_that_was_consumed_is_gone_and_its_room_taken_until_the_end(tmp_path: Path) -> None:
    held = bodies(tmp_path)

    async def read() -> None:
        body = await held.read(request_of([part(1000, more=False)]))
        assert body.consume(len) == 1000
        assert taken(held.unfinished) == 1000
        with pytest.raises(ValueError, match="consumed"):
            body.consume(len)
        body.close()
        assert taken(held.unfinished) == 0

    asyncio.run(read())


def test_a_body_that_cannot_be_read_stays(tmp_path: Path) -> None:
    async def read() -> None:
        body = await bodies(tmp_path).read(request_of([part(3, more=False)]))
        with pytest.raises(BadParameter):
            body.consume(parse_json)
        assert len(body.data) == 3
        body.close()

    asyncio.run(read())


@pytest.mark.parametrize("memory", [0, 10, 1_000_000, 2 * MOST])
def test_a_body_is_the_same_wherever_it_was(tmp_path: Path, memory: int) -> None:
    sizes = (300_000, 1, 1_100_000, 700_000)
    messages = [part(size, more=True, byte=b"%d" % number) for number, size in enumerate(sizes)]
    wanted = b"".join(message["body"] for message in messages)
    held = bodies(tmp_path, memory=memory)

    async def read() -> None:
        body = await held.read(request_of([*messages, part(0, more=False)]))
        assert body.data == wanted
        body.close()
        body.close()
        assert [taken(budget) for budget in (held.unfinished, held.whole, held.on_disk)] == [0, 0, 0]
        with pytest.raises(ValueError, match="closed"):
            _ = body.data

    asyncio.run(read())
    assert list(tmp_path.iterdir()) == []


def taken(budget: Budget) -> int:
    return budget._taken  # what is never given back shows nowhere else


@pytest.mark.parametrize("memory", [0, 2 * MOST])
def test_a_refused_body_gives_everything_back(tmp_path: Path, memory: int) -> None:
    held = bodies(tmp_path, memory=memory)
    refusal(held.read(request_of([part(2_000_000, more=True), part(2_000_000, more=True)])))
    assert [taken(budget) for budget in (held.unfinished, held.whole, held.on_disk)] == [0, 0, 0]


def test_what_is_unfinished_goes_to_files_and_holds_up_nobody(tmp_path: Path) -> None:
    held = bodies(tmp_path, memory=1_000_000, disk=20_000_000)

    async def read() -> None:
        unfinished = [Body(held) for _ in range(10)]
        for body in unfinished:
            await body.add(b"x" * 400_000)
            await body.add(b"x" * 400_000)
        assert taken(held.unfinished) <= 500_000
        whole = await held.read(request_of([part(450_000, more=False)]))
        assert len(whole.data) == 450_000
        for body in (*unfinished, whole):
            body.close()

    asyncio.run(read())


def test_whole_bodies_wait_for_each_other(tmp_path: Path) -> None:
    held = bodies(tmp_path, memory=10, disk=20_000_000)

    async def read() -> None:
        first = await held.read(request_of([part(100, more=False)]))
        second = asyncio.create_task(held.read(request_of([part(200, more=False)])))
        done, _ = await asyncio.wait({second}, timeout=0.2)
        assert not done
        first.close()
        assert len((await second).data) == 200

    asyncio.run(read())


def test_no_room_on_the_disk_is_said_with_a_time(tmp_path: Path) -> None:
    error = refusal(bodies(tmp_path, memory=0, disk=100).read(request_of([part(60, more=True)] * 3)))
    assert (error.status_code, dict(error.headers or {})) == (429, {"Retry-After": "5"})


def test_a_folder_that_is_gone_is_a_fault_of_ours(tmp_path: Path) -> None:
    held = bodies(tmp_path / "gone", memory=0)
    with pytest.raises(StorageFailed):
        asyncio.run(held.read(request_of([part(5, more=True), part(5, more=True)])))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bodies may pause for half a second, and have no memory at all."""
    folder = tmp_path_factory.mktemp("bodies")
    more = {"body_pause_s": 0.5, "body_memory_bytes": 2**20, "body_disk_bytes": 2**20}
    with waiting(settings_for(folder, **more)) as api:
        yield api.base


@contextmanager
def begun(base: str, vendor: Vendor, size: int, sent: bytes) -> Iterator[Callable[[], Answer]]:
    """A submit whose body is not sent to its end; gives its answer."""
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        headers = {**vendor.key(KEY), "Content-Length": str(size)}
        connection.sendall(message("POST", vendor.path, headers, sent))

        def answer() -> Answer:
            told = b""
            while piece := connection.recv(65536):
                told += piece
            (only,) = answers(told)
            return only

        yield answer


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_slow_body_ends_in_the_words_of_each_vendor(base: str, vendor: Vendor) -> None:
    with begun(base, vendor, 100, b"{") as answer:
        told = answer()
        assert (told.status, told.headers["connection"]) == (408, "close")
        assert told.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_no_room_is_said_in_the_words_of_each_vendor(base: str, vendor: Vendor) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(begun(base, vendor, 2**20, b"x" * 600_000))
        reply = requests.post(base + vendor.path, data=b"x" * 2_000_000, headers=vendor.key(KEY), timeout=20)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "5")
    assert "many" in reply.text.lower() or "throttling" in reply.text.lower()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_good_submit_goes_through_a_file(base: str, vendor: Vendor) -> None:
    given = vendor.body(PHOTO)
    if "json" in given:
        given["json"]["padding" if vendor.name != "native" else "webhook"] = None
    with ExitStack() as stack:
        stack.enter_context(begun(base, vendor, 2**20, b"x" * 520_000))
        reply = requests.post(base + vendor.path, headers=vendor.key(KEY), timeout=20, **given)
    assert reply.ok, reply.text
