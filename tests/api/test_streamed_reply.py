"""A client that leaves in the middle: the file is closed there and then, not when the collector comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message
from tests.api.servers import Api

from cleanplate.api.encoded_results import ResultsResponse, sent
from cleanplate.api.endpoint import ApiCall
from cleanplate.api.event_stream import EventStream
from cleanplate.api.result_files import picture_response
from cleanplate.api.services import StreamLimit
from cleanplate.storage import folder
from cleanplate.tasks.task import Output


class ClientLeftError(Exception):
    """What `send` raises where nobody is there; what a reply does then does not hang on its kind."""


def events(api: Api, output: Output) -> Response:
    async def pieces() -> AsyncGenerator[bytes]:
        async with aclosing(sent(api.services, [output])) as parts:
            async for part in parts:
                yield part

    call = SimpleNamespace(
        services=SimpleNamespace(streams=StreamLimit()), caller=SimpleNamespace(account="a")
    )
    return EventStream(cast(ApiCall, call), pieces(), PlainTextResponse("too many"))


@pytest.mark.parametrize(
    "make",
    [
        lambda api, output: picture_response(api.services, output, {}),
        lambda api, output: ResultsResponse(api.services, [output], {}),
        events,
    ],
    ids=["as it is", "in JSON", "as an event"],
)
def test_the_file_is_closed(
    api: Api, monkeypatch: pytest.MonkeyPatch, make: Callable[[Api, Output], Response]
) -> None:
    output = Output("results/left/1/a.png", 1, 1, "image/png")
    api.objects.put(output.key, bytes(2**20))
    opened: list[FileIO] = []

    def open_file(path: Path) -> FileIO:
        opened.append(FileIO(path))
        return opened[-1]

    async def send(message: Message) -> None:
        if message.get("body"):
            assert not opened[0].closed
            raise ClientLeftError

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def reply() -> None:
        with pytest.raises(ClientLeftError):
            await make(api, output)({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
        assert [file.closed for file in opened] == [True]

    monkeypatch.setattr(folder, "FileIO", open_file)
    asyncio.run(reply())
