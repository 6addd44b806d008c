"""The vendor's own Python package (dashscope 2.0.2): the newer models, on a live server."""

import asyncio
import io
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from tests.api.dashscope.test_sdk_models import closed, sdk
from tests.api.servers import data_uri, png

__all__ = ["closed", "sdk"]


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(requests.get(url, timeout=10).content))


def test_a_conversation_of_one_turn(sdk: Any, pictures: str) -> None:
    content = [{"image": f"{pictures}/photo.png"}, {"text": "make it snow"}]
    reply = sdk.MultiModalConversation.call(
        model="qwen-image-edit-plus",
        messages=[{"role": "user", "content": content}],
        result_format="message",
        stream=False,
        watermark=False,
        prompt_extend=True,
        negative_prompt=" ",
        n=2,
    )
    assert (reply.status_code, reply.code) == (200, "")
    (choice,) = reply.output.choices
    assert choice.finish_reason == "stop"
    assert [opened(part["image"]).size for part in choice.message.content] == [(96, 64)] * 2
    assert reply.usage["image_count"] == 2


def test_a_local_file_is_uploaded(sdk: Any, tmp_path: Path) -> None:
    photo = tmp_path / "in put é.png"
    photo.write_bytes(png("photo"))
    content = [{"image": f"file://{photo}"}, {"text": "make it snow"}]
    reply = sdk.MultiModalConversation.call(
        model="qwen-image-edit", messages=[{"role": "user", "content": content}]
    )
    assert reply.status_code == 200, reply.message
    assert opened(reply.output.choices[0].message.content[0]["image"]).size == (96, 64)


def test_a_refusal_is_told(sdk: Any) -> None:
    content = [{"image": data_uri(png("photo"))}] * 2 + [{"text": "x"}]
    reply = sdk.MultiModalConversation.call(
        model="qwen-image-edit-max", messages=[{"role": "user", "content": content}]
    )
    assert (reply.status_code, reply.code) == (400, "InvalidParameter")
    assert "one image at a time" in reply.message


def test_wan(sdk: Any, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(png("photo"))
    reply = sdk.ImageSynthesis.call(
        model="wan2.5-i2i-preview", prompt="make it snow", images=[f"file://{photo}"], n=2, seed=7
    )
    assert reply.output.task_status == "SUCCEEDED", dict(reply.output)
    assert [opened(result.url).size for result in reply.output.results] == [(96, 64)] * 2


def test_out_painting(sdk: Any) -> None:
    given = {"image_url": data_uri(png("photo"))}
    reply = sdk.ImageSynthesis.call(
        model="image-out-painting", task="image2image", prompt="x", extra_input=given, x_scale=1.5, angle=90
    )
    assert reply.output.task_status == "SUCCEEDED", dict(reply.output)
    assert opened(reply.output["output_image_url"]).size == (96, 96)


def test_people(sdk: Any) -> None:
    reply = sdk.ImageSynthesis.call(
        model="image-instance-segmentation", prompt="x", extra_input={"image_url": data_uri(png("photo"))}
    )
    assert reply.output.task_status == "SUCCEEDED", dict(reply.output)
    assert [opened(reply.output[name]).size for name in ("output_image_url", "output_vis_image_url")] == [
        (96, 64)
    ] * 2


def test_the_asynchronous_clients(sdk: Any) -> None:
    """One conversation and one task, in one event loop."""

    from dashscope.aigc.image_synthesis import AioImageSynthesis
    from dashscope.api_entities.aio_session import close_shared_aio_session

    async def ask() -> Any:
        photo = data_uri(png("photo"))
        turn = {"role": "user", "content": [{"image": photo}, {"text": "make it snow"}]}
        asked: Any = {"model": "wan2.5-i2i-preview", "prompt": "make it snow", "images": [photo]}
        try:
            return await asyncio.gather(
                sdk.AioMultiModalConversation.call(model="qwen-image-edit", messages=[turn]),
                AioImageSynthesis.call(**asked),
            )
        finally:
            await close_shared_aio_session()

    talked, done = asyncio.run(ask())
    assert talked.status_code == 200, talked.message
    assert opened(talked.output.choices[0].message.content[0]["image"]).size == (96, 64)
    assert done.output.task_status == "SUCCEEDED", dict(done.output)
    assert opened(done.output.results[0].url).size == (96, 64)
