"""The vendor's own Python package (dashscope 2.0.2): painting and image editing on a live server."""

import asyncio
import io
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from tests.api.dashscope.conftest import Client
from tests.api.dashscope.test_wanx21_imageedit import body
from tests.api.servers import KEY, data_uri, png

WAIT_S = 30
EDIT: dict[str, Any] = {"model": "wanx2.1-imageedit"}
PAINT: dict[str, Any] = {"model": "wanx-x-painting", "prompt": "a small dog"}


@pytest.fixture
def sdk(packed_live: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package, pointed at the live server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    import dashscope

    monkeypatch.setattr(dashscope, "api_key", KEY)
    monkeypatch.setattr(dashscope, "base_http_api_url", packed_live + "/api/v1")
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", packed_live + "/api/v1")
    return dashscope


@pytest.fixture(autouse=True)
def closed() -> Any:
    from dashscope.api_entities.http_request import close_shared_sync_session

    yield
    close_shared_sync_session()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Local files with a space and other letters in their names."""
    photo, mask = tmp_path / "in put é.png", tmp_path / "mask.png"
    photo.write_bytes(png("photo"))
    mask.write_bytes(png("mask"))
    return {"base_image_url": f"file://{photo}", "mask_image_url": str(mask)}


def check_done(reply: Any, n: int = 1, size: tuple[int, int] = (96, 64)) -> Any:
    assert reply.status_code == 200
    assert not reply.code
    assert reply.output.task_status == "SUCCEEDED", dict(reply.output)
    assert reply.output["task_metrics"] == {"TOTAL": n, "SUCCEEDED": n, "FAILED": 0}
    assert reply.usage.image_count == n
    assert len(reply.output.results) == n
    for result in reply.output.results:
        assert result.url.split("?")[0].endswith(".png")
        picture = requests.get(result.url, timeout=10)
        assert Image.open(io.BytesIO(picture.content)).size == size
    return reply.output


def test_edit_with_uploaded_files(sdk: Any, files: dict[str, str]) -> None:
    function = "description_edit_with_mask"
    check_done(sdk.ImageSynthesis.call(function=function, prompt="a ball", n=2, seed=1, **files, **EDIT), n=2)


def test_expand_and_upscale(sdk: Any, pictures: str) -> None:
    given = {"base_image_url": f"{pictures}/photo.png", "prompt": "x", **EDIT}
    wide = sdk.ImageSynthesis.call(function="expand", left_scale=1.5, **given)
    check_done(wide, size=(144, 64))
    large = sdk.ImageSynthesis.call(function="super_resolution", upscale_factor=3, **given)
    check_done(large, size=(288, 192))


def test_painting(sdk: Any, files: dict[str, str]) -> None:
    check_done(sdk.ImageSynthesis.call(size="720*1280", style="<anime>", **files, **PAINT), size=(720, 1280))


def test_the_same_name_twice_is_refused(sdk: Any, tmp_path: Path) -> None:
    from dashscope.common.error import UploadFileException

    names = []
    for folder, kind in (("a", "photo"), ("b", "mask")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(png(kind))
        names.append(str(tmp_path / folder / "x.png"))
    with pytest.raises(UploadFileException):
        sdk.ImageSynthesis.async_call(base_image_url=names[0], mask_image_url=names[1], **PAINT)


def test_aio_client_with_a_file(sdk: Any, files: dict[str, str]) -> None:
    from dashscope.aigc.image_synthesis import AioImageSynthesis
    from dashscope.api_entities.aio_session import close_shared_aio_session

    async def run() -> None:
        given = {"base_image_url": files["base_image_url"], "function": "colorization", **EDIT}
        check_done(await AioImageSynthesis.call(prompt="x", n=1, watermark=True, **given))
        await close_shared_aio_session()

    asyncio.run(asyncio.wait_for(run(), WAIT_S))


def test_second_client_with_files(sdk: Any, packed_live: str, files: dict[str, str]) -> None:
    with sdk.Client(api_key=KEY, base_url=packed_live + "/api/v1") as client:
        job = client.images.generate(model=PAINT["model"], prompt="x", extra_input=files, timeout=WAIT_S)
    assert job.status == "SUCCEEDED"
    assert job.output["results"][0]["url"].startswith(packed_live + "/results/")


def finished(client: Client, sent: dict[str, Any]) -> dict[str, Any]:
    """The reply to the poll that finds a raw submit ended."""
    task_id = client.submit(sent)["output"]["task_id"]
    while True:
        reply: dict[str, Any] = client.polled(task_id)
        if reply["output"]["task_status"] not in ("PENDING", "RUNNING"):
            return reply
        if reply["output"]["task_status"] == "RUNNING":
            assert reply["output"]["task_metrics"]["FAILED"] == 0
        time.sleep(0.02)


def test_one_result_of_three_fails(packed_client: Client) -> None:
    reply = finished(packed_client, body(prompt="odd seeds fail", parameters={"n": 3, "seed": 4}))
    output = reply["output"]
    assert output["task_status"] == "SUCCEEDED"
    assert output["task_metrics"] == {"TOTAL": 3, "SUCCEEDED": 2, "FAILED": 1}
    assert reply["usage"] == {"image_count": 2}
    assert [set(result) for result in output["results"]] == [{"url"}, {"code", "message"}, {"url"}]
    assert output["results"][1]["code"] == "InternalError.Algo"
    assert "as the prompt wanted" in output["results"][1]["message"]


def test_every_result_fails(packed_client: Client) -> None:
    reply = finished(packed_client, body(prompt="odd seeds fail", parameters={"seed": 5}))
    output = reply["output"]
    assert (output["task_status"], output["code"]) == ("FAILED", "InternalError.Algo")
    assert output["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 1}
    assert "usage" not in reply
    assert "results" not in output


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"base_image_url": "/gone.png"}, "InvalidParameter.DataInspection", "Unable to download"),
        ({"base_image_url": data_uri(b"no picture")}, "InvalidParameter.DataInspection", "The media format"),
        ({"mask_image_url": data_uri(png("mask", 90, 64))}, "InvalidParameter", "90x64"),
        ({"base_image_url": data_uri(png("clear", 4097, 2))}, "InvalidParameter", "4097x2"),
    ],
)
def test_failures_name_the_reason(
    packed_client: Client, pictures: str, fields: dict[str, str], code: str, words: str
) -> None:
    fields = {name: pictures + value if value.startswith("/") else value for name, value in fields.items()}
    output = finished(packed_client, body("description_edit_with_mask", **fields))["output"]
    assert (output["task_status"], output["code"]) == ("FAILED", code)
    assert words in output["message"]


def test_a_mask_of_colours(packed_client: Client) -> None:
    # Black means "repaint": the corner changes, the disc under the white part of the mask stays.
    sent = {
        "model": "wanx-x-painting",
        "input": {**body()["input"], "prompt": "x"},
        "parameters": {"mask_color": [[0, 0, 0]], "size": "96*64", "seed": 1},
    }
    url = finished(packed_client, sent)["output"]["results"][0]["url"]
    after = Image.open(io.BytesIO(requests.get(url, timeout=10).content)).convert("RGB")
    before = Image.open(io.BytesIO(png("photo")))
    assert after.getpixel((40, 30)) == before.getpixel((40, 30))
    assert after.getpixel((2, 2)) != before.getpixel((2, 2))
