"""The vendor's own Python package, and LiteLLM, against a live server on loopback."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import openai
import pytest
from tests.api.openai.conftest import changed, grey_mask, image, made, mask, photo, saved, with_hole
from tests.api.servers import KEY

LITELLM = """
import io, sys
import litellm
from tests.api.openai.conftest import changed, image, mask

reply = litellm.image_edit(
    model="openai/gpt-image-1", image=io.BytesIO(image()), mask=io.BytesIO(mask()), prompt="remove",
    api_base=sys.argv[1] + "/v1", api_key=sys.argv[2],
)
print(reply.size, *changed(reply.data[0].b64_json))
"""
FILES: dict[str, Any] = {"image": ("photo.png", image()), "mask": ("mask.png", mask())}


@pytest.fixture(autouse=True)
def directly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sdk(live: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=KEY, base_url=live + "/v1", max_retries=0) as client:
        yield client


def test_edit(sdk: openai.OpenAI) -> None:
    raw = sdk.images.with_raw_response.edit(**FILES, model="gpt-image-2", prompt="remove")
    reply = raw.parse()
    assert reply.data is not None
    assert changed(reply.data[0].b64_json or "")[0] == 0
    assert (reply.size, reply.background, reply.output_format) == ("160x160", "opaque", "png")
    assert reply.usage is not None
    assert reply.usage.total_tokens == 0
    assert raw.headers["x-request-id"] == reply._request_id
    assert raw.headers["x-cleanplate-changed-outside-mask"] == "0"


def test_several_images_and_results(sdk: openai.OpenAI) -> None:
    files = [("a.png", image()), ("b.png", image())]
    reply = sdk.images.edit(image=files, mask=FILES["mask"], prompt="erase it", n=2, output_format="webp")
    assert [changed(one.b64_json or "")[0] for one in reply.data or ()] == [0, 0]


def test_the_images_own_transparency(sdk: openai.OpenAI) -> None:
    reply = sdk.images.edit(image=("hole.png", with_hole()), prompt="remove", model="gpt-image-2")
    assert changed((reply.data or [])[0].b64_json or "")[0] == 0


def test_an_explicit_mask_without_alpha(sdk: openai.OpenAI) -> None:
    asked = {"image": FILES["image"], "mask": ("mask.png", grey_mask()), "prompt": "remove"}
    with pytest.raises(openai.BadRequestError, match="alpha 0") as caught:
        sdk.images.edit(**asked)
    assert (caught.value.code, caught.value.param) == ("invalid_image_file", "mask")
    assert caught.value.type == "image_generation_user_error"
    assert caught.value.request_id
    reply = sdk.images.edit(**asked, extra_body={"mask_means": "white"})
    assert changed((reply.data or [])[0].b64_json or "")[0] == 0


def test_a_stream(sdk: openai.OpenAI) -> None:
    events = list(sdk.images.edit(**FILES, prompt="remove", stream=True, partial_images=2, n=2))
    assert [event.type for event in events] == ["image_edit.completed"] * 2
    assert all(changed(event.b64_json)[0] == 0 for event in events)
    assert len({event.b64_json for event in events}) == 2
    assert {(event.size, event.output_format, event.quality) for event in events} == {
        ("160x160", "png", "high")
    }


def test_an_error_in_a_stream(sdk: openai.OpenAI) -> None:
    asked = {"image": FILES["image"], "mask": ("mask.png", grey_mask()), "prompt": "remove"}
    with pytest.raises(openai.APIError, match="alpha 0") as caught:
        list(sdk.images.edit(**asked, stream=True))
    assert (caught.value.code, caught.value.param) == ("invalid_image_file", "mask")
    with pytest.raises(openai.NotFoundError):  # found before there is a stream
        sdk.images.edit(image=FILES["image"], prompt="a hat", stream=True)


def test_async(live: str) -> None:
    async def ask() -> tuple[list[int], list[str]]:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=live + "/v1", max_retries=0) as client:
            replies = await asyncio.gather(*(client.images.edit(**FILES, prompt="") for _ in range(3)))
            stream = await client.images.edit(**FILES, prompt="", stream=True)
            seen = [event.type async for event in stream]
        return [changed((reply.data or [])[0].b64_json or "")[0] for reply in replies], seen

    assert asyncio.run(ask()) == ([0, 0, 0], ["image_edit.completed"])


def test_models(sdk: openai.OpenAI) -> None:
    assert "gpt-image-2" in [model.id for model in sdk.models.list()]
    assert sdk.models.retrieve("cleanplate").owned_by == "cleanplate"
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("gpt-4o")


def test_errors_are_the_sdks_own(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="edits images"):
        sdk.images.generate(prompt="a cat")
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        sdk.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hi"}])
    stranger = sdk.with_options(api_key="sk-wrong")
    with pytest.raises(openai.AuthenticationError) as caught:
        stranger.images.edit(**FILES, prompt="remove")
    assert caught.value.code == "invalid_api_key"


def test_a_photograph_as_jpeg(sdk: openai.OpenAI) -> None:
    files = {"image": ("a.jpg", saved(photo(), "JPEG")), "mask": FILES["mask"]}
    reply = sdk.images.edit(**files, prompt="", output_format="jpeg")
    assert made((reply.data or [])[0].b64_json or "").shape == (160, 160, 3)


@pytest.mark.skipif(find_spec("litellm") is None, reason="LiteLLM is not installed: make test-clients")
def test_litellm(live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks a host for its price list
    command = [sys.executable, "-W", "ignore", "-c", LITELLM, live, KEY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    size, outside, inside = done.stdout.split()
    assert (size, outside, int(inside) > 0) == ("160x160", "0", True)
