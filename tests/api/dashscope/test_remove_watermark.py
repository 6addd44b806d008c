"""`remove_watermark` with the real finder of writing: any words succeed, and take away what they name."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.api.dashscope.conftest import Client
from tests.api.dashscope.test_prompts import submitted
from tests.api.servers import data_uri
from tests.unit.text.lettering import ground, written


def sign() -> Image.Image:
    return Image.fromarray(written(ground(160, 320), "PARKING", (60, 90), (20, 20, 20), 1.4))


def uri(picture: Image.Image) -> str:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data_uri(data.getvalue())


@pytest.mark.parametrize(
    ("prompt", "goes"),
    [
        *(
            ("remove the zxqv", True),
            ("...", True),
            (None, True),
            ("去除水印", True),
            ("remove the logo", True),
            ("remove 'PARKING'", True),
        ),
        *(("Remove the Chinese text", False), ("去掉「减价」", False), ("the text at the bottom", False)),
    ],
)
def test_remove_watermark_takes_any_words(client: Client, prompt: str | None, goes: bool) -> None:
    fields = {"function": "remove_watermark", "base_image_url": uri(sign())}
    reply = submitted(client, "wanx2.1-imageedit", prompt, **fields)
    output = client.ended(reply.json()["output"]["task_id"])["output"]
    assert output["task_status"] == "SUCCEEDED", output
    url = output["results"][0]["url"].removeprefix(client.base)
    made = np.asarray(Image.open(io.BytesIO(client.get(url).content)).convert("RGB")).astype(int)
    came = np.asarray(sign()).astype(int)
    assert (np.abs(made - came).max() > 60) == goes
