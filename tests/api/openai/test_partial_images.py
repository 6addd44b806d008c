"""`partial_images`: what a stream shows on its way, by the vendor's own Python package and a plain client."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import requests
from starlette.applications import Starlette
from tests.api.openai.conftest import EDITS, changed, image, made, mask
from tests.api.servers import KEY, served, settings_for

from cleanplate.api.services import Services
from cleanplate.app import build
from cleanplate.tasks.task import State, Task, TaskFilter

SIDE = 480
"""Of a picture whose edit takes about half a second."""
FILES: dict[str, Any] = {"image": ("photo.png", image(SIDE)), "mask": ("mask.png", mask(SIDE))}
PARTIAL, COMPLETED = "image_edit.partial_image", "image_edit.completed"
TIMEOUT_S = 30.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return build(settings_for(tmp_path_factory.mktemp("partial")))


@pytest.fixture(scope="module")
def base(app: Starlette) -> Iterator[str]:
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture(autouse=True)
def directly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sdk(base: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=KEY, base_url=base + "/v1", max_retries=0) as client:
        yield client


def latest(app: Starlette) -> Task:
    services: Services = app.state.services
    return services.tasks.page(TaskFilter(dialect="openai"), page_no=1, page_size=1).tasks[0]


def previews(app: Starlette) -> list[Path]:
    """All that lie in the store."""
    return list(Path(app.state.services.settings.data).rglob("preview-*"))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_so_many_come_before_the_result(sdk: openai.OpenAI, app: Starlette, count: int) -> None:
    events = list(sdk.images.edit(**FILES, prompt="remove", stream=True, partial_images=count))
    assert [event.type for event in events] == [PARTIAL] * count + [COMPLETED]
    partial: list[Any] = events[:-1]
    assert [event.partial_image_index for event in partial] == list(range(count))
    assert len({event.b64_json for event in events}) == count + 1
    now_s = time.time()
    for event in events:
        outside, inside = changed(event.b64_json, SIDE)
        assert outside == 0
        assert inside > 0
        assert event.size == f"{SIDE}x{SIDE}"
        assert (event.quality, event.background, event.output_format) == ("high", "opaque", "png")
        assert now_s - TIMEOUT_S < event.created_at <= now_s + 1
    assert previews(app) == []
    assert len(latest(app).outcome.results) == 1


@pytest.mark.parametrize("asked", [{}, {"partial_images": 0}])
def test_none_unless_asked_for(sdk: openai.OpenAI, asked: dict[str, Any]) -> None:
    events = list(sdk.images.edit(**FILES, prompt="remove", stream=True, **asked))
    assert [event.type for event in events] == [COMPLETED]


def test_the_result_is_the_same_without(sdk: openai.OpenAI) -> None:
    asked = {**FILES, "prompt": "remove", "stream": True}
    with_them, without = (list(sdk.images.edit(**asked, partial_images=count))[-1] for count in (3, 0))
    assert with_them.b64_json == without.b64_json


def test_none_of_several_results(sdk: openai.OpenAI) -> None:
    events = list(sdk.images.edit(**FILES, prompt="remove", stream=True, partial_images=3, n=2))
    assert [event.type for event in events] == [COMPLETED] * 2


def test_none_without_a_stream(sdk: openai.OpenAI, app: Starlette) -> None:
    reply = sdk.images.edit(**FILES, prompt="remove", extra_body={"partial_images": 2})
    assert len(reply.data or ()) == 1
    assert latest(app).submission.previews == 0


def test_in_the_format_and_the_size_of_the_result(sdk: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"output_format": "webp", "size": "320x200", "quality": "low"}
    events = list(sdk.images.edit(**FILES, prompt="remove", stream=True, partial_images=1, **asked))
    assert [event.type for event in events] == [PARTIAL, COMPLETED]
    for event in events:
        assert (event.size, event.output_format, event.quality) == ("320x200", "webp", "low")
        assert made(event.b64_json).shape == (200, 320, 3)


def test_async(base: str, app: Starlette) -> None:
    async def ask() -> list[str]:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=base + "/v1", max_retries=0) as client:
            stream = await client.images.edit(**FILES, prompt="remove", stream=True, partial_images=2)
            return [event.type async for event in stream]

    assert asyncio.run(ask()) == [PARTIAL, PARTIAL, COMPLETED]
    assert previews(app) == []


def test_a_key_for_tests_gets_them_too(base: str, app: Starlette) -> None:
    _, secret = app.state.services.access.create("partial tests", test=True)
    with openai.OpenAI(api_key=secret, base_url=base + "/v1", max_retries=0) as client:
        events = list(client.images.edit(**FILES, prompt="a flamingo", stream=True, partial_images=3))
    assert [event.type for event in events] == [PARTIAL] * 3 + [COMPLETED]


def test_more_than_three_are_refused(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.edit(**FILES, prompt="remove", stream=True, partial_images=4)
    assert (caught.value.code, caught.value.param) == ("invalid_value", "partial_images")


def test_a_client_that_leaves_leaves_nothing(base: str, app: Starlette) -> None:
    """It goes with the first partial picture; the edit has some seconds before it."""
    side = 2600
    files = {"image": ("photo.png", image(side)), "mask": ("mask.png", mask(side))}
    data = {"prompt": "remove", "stream": "true", "partial_images": "3"}
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {KEY}"
        with session.post(base + EDITS, files=files, data=data, stream=True, timeout=TIMEOUT_S) as reply:
            said = b"".join(itertools.islice(reply.iter_content(100), 3))
            assert said.startswith(b"event: " + PARTIAL.encode())
            assert len(previews(app)) >= 1
    until_s = time.monotonic() + TIMEOUT_S
    while not latest(app).standing.state.terminal:
        assert time.monotonic() < until_s
        time.sleep(0.05)
    assert latest(app).standing.state is State.CANCELLED
    while previews(app):
        assert time.monotonic() < until_s, previews(app)
        time.sleep(0.05)
