"""The vendor's own Python package (dashscope 2.0.2) against a live server on loopback."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image
from tests.api.dashscope.conftest import MODEL
from tests.api.servers import KEY, data_uri, png

WAIT_S = 30
ERASE: dict[str, Any] = {"model": MODEL, "task": "image2image", "prompt": "unused"}


@pytest.fixture
def sdk(live: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The package, pointed at the live server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    import dashscope
    from dashscope.api_entities.http_request import close_shared_sync_session

    monkeypatch.setattr(dashscope, "api_key", KEY)
    monkeypatch.setattr(dashscope, "base_http_api_url", live + "/api/v1")
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", live + "/api/v1")
    yield dashscope
    close_shared_sync_session()


def urls(pictures: str) -> dict[str, str]:
    return {"image_url": f"{pictures}/photo.png", "mask_url": f"{pictures}/mask.png"}


def inline() -> dict[str, str]:
    return {"image_url": data_uri(png("photo")), "mask_url": data_uri(png("mask"))}


def check_done(reply: Any) -> None:
    """A finished reply, and its picture."""
    assert reply.status_code == 200
    assert not reply.code
    assert reply.request_id
    assert reply.output.task_status == "SUCCEEDED", dict(reply.output)
    assert reply.output.results == []
    assert reply.usage.image_count == 1
    for name in ("submit_time", "scheduled_time", "end_time"):
        assert reply.output[name]
    picture = requests.get(reply.output["output_image_url"], timeout=10)
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (96, 64)


def test_call_with_urls(sdk: Any, pictures: str) -> None:
    check_done(sdk.ImageSynthesis.call(extra_input=urls(pictures), **ERASE))


def test_call_without_task_goes_to_the_other_path(sdk: Any, pictures: str) -> None:
    check_done(sdk.ImageSynthesis.call(model=MODEL, prompt="x", extra_input=urls(pictures)))


def test_call_with_base64_parameters_and_foreground(sdk: Any) -> None:
    given = {**inline(), "foreground_url": data_uri(png("clear"))}
    flags = {"fast_mode": True, "dilate_flag": False, "add_watermark": False}
    check_done(sdk.ImageSynthesis.call(extra_input=given, **flags, **ERASE))


def test_async_call_fetch_wait_list(sdk: Any) -> None:
    sent = sdk.ImageSynthesis.async_call(extra_input=inline(), **ERASE)
    assert (sent.status_code, sent.output.task_status) == (200, "PENDING")
    assert sdk.ImageSynthesis.fetch(sent).output.task_status in ("PENDING", "RUNNING", "SUCCEEDED")
    check_done(sdk.ImageSynthesis.wait(sent))
    check_done(sdk.ImageSynthesis.fetch(sent.output.task_id))
    page = sdk.ImageSynthesis.list(model_name=MODEL, status="SUCCEEDED", page_no=1, page_size=50)
    assert page.status_code == 200
    assert sent.output.task_id in [row["task_id"] for row in page.output["data"]]
    assert page.output["total"] >= 1


def test_cancel(sdk: Any, pictures: str) -> None:
    sent = [sdk.ImageSynthesis.async_call(extra_input=inline(), **ERASE) for _ in range(3)]
    for task in reversed(sent):
        reply = sdk.ImageSynthesis.cancel(task)
        state = sdk.ImageSynthesis.wait(task).output.task_status
        if reply.status_code == 200:
            assert state == "CANCELED"
        else:
            assert (reply.status_code, reply.code, state) == (400, "UnsupportedOperation", "SUCCEEDED")


def test_unknown_task(sdk: Any) -> None:
    for ask in (sdk.ImageSynthesis.fetch, sdk.ImageSynthesis.wait):
        reply = ask("00000000-0000-0000-0000-000000000000")
        assert (reply.status_code, reply.output.task_status) == (200, "UNKNOWN")


@pytest.mark.parametrize(
    ("given", "code", "detail"),
    [
        ({"image_url": "/gone.png"}, "InvalidParameter.FileDownload", "image: the server answered 404"),
        ({"mask_url": data_uri(png("mask", 90, 64))}, "InvalidParameter", "90"),
        ({"image_url": data_uri(b"no picture")}, "InvalidParameter.ImageFormat", "image"),
    ],
)
def test_failures_name_the_reason(
    sdk: Any, pictures: str, given: dict[str, str], code: str, detail: str
) -> None:
    given = {name: pictures + value if value.startswith("/") else value for name, value in given.items()}
    reply = sdk.ImageSynthesis.call(extra_input={**inline(), **given}, **ERASE)
    assert reply.status_code == 200
    assert reply.output.task_status == "FAILED"
    assert reply.output["code"] == code
    assert detail in reply.output["message"]


def test_refusals(sdk: Any) -> None:
    wrong = sdk.ImageSynthesis.async_call(extra_input=inline(), api_key="sk-wrong", **ERASE)
    assert (wrong.status_code, wrong.code) == (401, "InvalidApiKey")
    missing = sdk.ImageSynthesis.async_call(**ERASE)
    assert (missing.status_code, missing.code) == (400, "InvalidParameter")
    assert missing.message == "Field required: input.image_url"
    assert missing.request_id
    with pytest.raises(Exception, match="InvalidApiKey"):
        sdk.ImageSynthesis.call(extra_input=inline(), api_key="sk-wrong", **ERASE)


def test_sync_call_is_refused(sdk: Any) -> None:
    reply = sdk.ImageSynthesis.sync_call(extra_input=inline(), **ERASE)
    assert (reply.status_code, reply.code) == (403, "AccessDenied")


def test_aio_client(sdk: Any) -> None:
    from dashscope.aigc.image_synthesis import AioImageSynthesis
    from dashscope.api_entities.aio_session import close_shared_aio_session

    async def run() -> None:
        check_done(await AioImageSynthesis.call(extra_input=inline(), n=1, watermark=True, **ERASE))
        sent = await AioImageSynthesis.async_call(extra_input=inline(), **ERASE)
        state = (await AioImageSynthesis.fetch(sent)).output.task_status
        assert state in ("PENDING", "RUNNING", "SUCCEEDED")
        cancelled = await AioImageSynthesis.cancel(sent)
        assert cancelled.status_code == 200 or cancelled.code == "UnsupportedOperation"
        assert (await AioImageSynthesis.list(page_size=5)).status_code == 200
        await close_shared_aio_session()

    asyncio.run(asyncio.wait_for(run(), WAIT_S))


def test_second_client_of_the_package(sdk: Any, live: str, pictures: str) -> None:
    with sdk.Client(api_key=KEY, base_url=live + "/api/v1") as client:
        job = client.images.generate(model=MODEL, prompt="x", extra_input=urls(pictures), timeout=WAIT_S)
        assert job.status == "SUCCEEDED"
        assert job.output["output_image_url"].startswith(live + "/results/")
        listed = client.images.jobs.list(page_size=50)
    assert job.task_id in [row.task_id for row in listed.tasks]
