"""`image-instance-segmentation`: two pictures of one task, and the mask is one for erasing."""

import io
from typing import Any

import pytest
import requests
from PIL import Image
from tests.api.dashscope.conftest import Api, Client
from tests.api.servers import data_uri, png

PHOTO = data_uri(png("photo"))


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "image-instance-segmentation", "input": {"image_url": PHOTO, **fields}, "parameters": {}}


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(requests.get(url, timeout=10).content))


def test_a_mask_and_a_view(packed_client: Client) -> None:
    task_id = packed_client.submit(body())["output"]["task_id"]
    reply = packed_client.ended(task_id)
    output = reply["output"]
    assert output["task_status"] == "SUCCEEDED", output
    assert "results" not in output
    assert reply["usage"] == {"image_count": 1}
    mask, view = opened(output["output_image_url"]), opened(output["output_vis_image_url"])
    assert (mask.mode, mask.size) == ("L", (96, 64))
    assert set(mask.tobytes()) == {0, 1}
    assert mask.getpixel((40, 30)) == 1
    assert view.mode == "RGB"
    assert view.getpixel((90, 60)) == Image.open(io.BytesIO(png("photo"))).getpixel((90, 60))
    assert view.getpixel((40, 30)) != (250, 40, 40)


def test_the_mask_erases(packed_client: Client) -> None:
    first = packed_client.submit(body())["output"]["task_id"]
    mask = packed_client.ended(first)["output"]["output_image_url"]
    sent = {"model": "image-erase-completion", "input": {"image_url": PHOTO, "mask_url": mask}}
    second = packed_client.submit(sent)["output"]["task_id"]
    output = packed_client.ended(second)["output"]
    assert output["task_status"] == "SUCCEEDED", output
    assert opened(output["output_image_url"]).getpixel((40, 30)) != (250, 40, 40)


def test_nobody_in_the_picture(packed_client: Client) -> None:
    task_id = packed_client.submit(body(image_url=data_uri(png("clear"))))["output"]["task_id"]
    output = packed_client.ended(task_id)["output"]
    assert (output["task_status"], output["code"]) == ("FAILED", "InvalidParameter")
    assert "there is nobody in the picture" in output["message"]
    assert "output_image_url" not in output


def test_a_server_without_a_model_says_so(api: Api) -> None:
    reply = api.client.submit(body())
    assert reply["code"] == "InvalidParameter"
    assert "model image-instance-segmentation is not available on this server" in reply["message"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (body(image_url=""), "Field required: input.image_url"),
        (body(image_url="file:///etc/passwd"), "input.image_url"),
        (body(image_url=3), "input.image_url: must be a string"),
    ],
)
def test_refusals(packed: Api, sent: dict[str, Any], message: str) -> None:
    reply = packed.client.submit(sent)
    assert reply["code"] == "InvalidParameter"
    assert message in reply["message"]
