"""The head of a stream does not wait for its first event, which may be minutes away."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

from starlette.responses import PlainTextResponse
from starlette.types import Message

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.event_stream import EventStream
from cleanplate.api.services import StreamLimit


def test_something_of_the_body_is_sent_before_the_first_event_is_there() -> None:
    happened: list[Any] = []

    async def events() -> AsyncGenerator[bytes]:
        happened.append("asked")
        yield b"event"

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        happened.append(message.get("body", message["type"]))

    call = SimpleNamespace(
        request=SimpleNamespace(state=SimpleNamespace(request_id="1")),
        services=SimpleNamespace(streams=StreamLimit()),
        caller=SimpleNamespace(account="a"),
    )
    stream = EventStream(cast(ApiCall, call), events(), PlainTextResponse("too many"))
    scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
    asyncio.run(stream(scope, receive, send))
    assert happened == ["http.response.start", b"", "asked", b"event", b""]
