"""The middleware alone, before a made-up vendor that does as it is told."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.access import Caller
from cleanplate.api import ApiCall, CompactJson, Dialect, Endpoint, ErrorTable
from cleanplate.api.idempotency_middleware import IdempotencyMiddleware
from cleanplate.database import open_database
from cleanplate.idempotency import IdempotencyStore
from cleanplate.transport.bodies import Bodies, BodyLimits
from cleanplate.transport.body_pace import Pace
from cleanplate.transport.request_threads import RequestThreads

MOST_BYTES = 1000


class Vendor:
    """Counts what it accepts. `reply` may be changed; `gate` holds each answer back until it is set."""

    def __init__(self, store: IdempotencyStore, bodies: Bodies) -> None:
        self.accepted = 0
        self.status = 200
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        dialect = Dialect(
            name="acme",
            prefix="/acme",
            endpoints=(Endpoint("POST", "/acme/do", _never, idempotent=True),),
            errors=ErrorTable(lambda request, refusal: CompactJson({"oops": refusal.text}, refusal.status)),
        )
        app = Starlette(
            routes=[Route("/acme/do", self._do, methods=["POST"]), Route("/acme/look", self._do)],
            middleware=[
                Middleware(_Known),
                Middleware(
                    IdempotencyMiddleware,
                    dialects=(dialect,),
                    store=store,
                    threads=RequestThreads(),
                    bodies=bodies,
                ),
            ],
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://acme.example")

    async def _do(self, request: Request) -> Response:
        self.entered.set()
        body = await request.body()
        await self.gate.wait()
        self.accepted += 1
        if self.status == 0:
            raise RuntimeError("the vendor broke")
        return CompactJson({"number": self.accepted, "bytes": len(body)}, self.status)

    async def send(self, content: Any = b"body", path: str = "/acme/do", **headers: str) -> httpx.Response:
        return await self.http.post(path, content=content, headers={"Idempotency-Key": "k", **headers})


def _never(call: ApiCall) -> dict[str, Any]:
    raise AssertionError("the routes beside the middleware answer")


class _Known:
    """Stands for `AuthMiddleware`: everybody is let in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            state = Request(scope).state
            state.caller, state.request_id = Caller("me", "me", "mine"), "request-0001"
        await self._app(scope, receive, send)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "cleanplate.db", synchronous="OFF")
    yield engine
    engine.dispose()


def play(engine: Engine, story: Callable[[Vendor], Any]) -> None:
    """Run one story in an event loop of its own."""

    async def run() -> None:
        limits = BodyLimits(MOST_BYTES, MOST_BYTES, MOST_BYTES, Pace(10, 10))
        vendor = Vendor(IdempotencyStore(engine), Bodies(limits, Path()))
        async with vendor.http:
            await story(vendor)

    asyncio.run(run())


def test_a_repeated_request_reaches_nobody(engine: Engine) -> None:
    async def story(vendor: Vendor) -> None:
        first, second = await vendor.send(), await vendor.send()
        assert first.json() == {"number": 1, "bytes": 4}
        assert second.content == first.content
        assert vendor.accepted == 1

    play(engine, story)


def test_the_second_of_two_at_once_is_told_when_to_come_again(engine: Engine) -> None:
    async def story(vendor: Vendor) -> None:
        vendor.gate.clear()
        first = asyncio.create_task(vendor.send())
        await vendor.entered.wait()
        second = await vendor.send()
        assert second.status_code == 409
        assert int(second.headers["retry-after"]) >= 1
        assert set(second.json()) == {"oops"}
        vendor.gate.set()
        assert (await first).status_code == 200
        assert (await vendor.send()).content == (await first).content

    play(engine, story)


@pytest.mark.parametrize("status", [0, 302, 404, 429, 500])
def test_only_good_replies_are_kept(engine: Engine, status: int) -> None:
    async def story(vendor: Vendor) -> None:
        vendor.status = status
        assert (await vendor.send()).status_code == (status or 500)
        vendor.status = 200
        again = await vendor.send(b"another body")
        assert again.json()["number"] == 2

    play(engine, story)


def test_a_request_that_is_given_up_can_be_repeated(engine: Engine) -> None:
    async def story(vendor: Vendor) -> None:
        vendor.gate.clear()
        first = asyncio.create_task(vendor.send())
        await vendor.entered.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        vendor.gate.set()
        assert (await vendor.send()).json()["number"] == 1

    play(engine, story)


def test_a_multipart_body_is_the_same_with_another_boundary(engine: Engine) -> None:
    def form(boundary: str, value: str = "1") -> tuple[bytes, str]:
        part = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n{value}\r\n--{boundary}--\r\n'
        )
        return part.encode(), f"multipart/form-data; boundary={boundary}"

    async def story(vendor: Vendor) -> None:
        replies = []
        for content, content_type in (form("one"), form("another"), form('"quoted"'), form("one", "2")):
            replies.append(await vendor.send(content, **{"Content-Type": content_type}))
        assert [reply.status_code for reply in replies] == [200, 200, 409, 409]
        assert vendor.accepted == 1

    play(engine, story)


def test_other_paths_and_requests_without_a_key_are_let_through(engine: Engine) -> None:
    async def story(vendor: Vendor) -> None:
        for _ in range(2):
            await vendor.http.post("/acme/do")
            await vendor.http.get("/acme/look", headers={"Idempotency-Key": "k"})
            await vendor.http.get("/elsewhere", headers={"Idempotency-Key": "k"})
        assert vendor.accepted == 4

    play(engine, story)


def test_a_body_that_is_too_large(engine: Engine) -> None:
    async def story(vendor: Vendor) -> None:
        reply = await vendor.send(b"x" * (MOST_BYTES + 1))
        assert reply.status_code == 413
        assert set(reply.json()) == {"oops"}
        assert vendor.accepted == 0

    play(engine, story)


def test_a_database_that_refuses(engine: Engine, tmp_path: Path) -> None:
    async def story(vendor: Vendor) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE replies")
        reply = await vendor.send()
        assert reply.status_code == 503
        assert set(reply.json()) == {"oops"}
        assert vendor.accepted == 0

    play(engine, story)
