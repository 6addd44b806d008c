"""LiteLLM's Stability provider, told the server's address alone. `make test-clients` installs it."""

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
from tests.api.servers import KEY

LITELLM = """
import base64, io, json, os, sys
import litellm
from PIL import Image
from tests.api.servers import png

def ask(model, **fields):
    reply = litellm.image_edit(
        model="stability/" + model, image=io.BytesIO(png("photo")), prompt="a wall",
        api_base=sys.argv[1], api_key=sys.argv[2], **fields
    )
    made = Image.open(io.BytesIO(base64.b64decode(reply.data[0].b64_json)))
    return [*made.size, *made.convert("RGBA").getpixel((40, 30)), made.convert("RGBA").getpixel((95, 63))[3]]

told = {
    "erase": ask("erase", mask=io.BytesIO(png("mask"))),
    "remove-background": ask("remove-background"),
    "outpaint": ask("outpaint", right=10),
    "fast": ask("fast"),
}
try:
    ask("inpaint", mask=io.BytesIO(png("mask")))
except Exception as fault:
    told["inpaint"] = str(fault)
print(json.dumps(told))
"""


@pytest.fixture
def told(live: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """By path: width, height, the pixel in the middle of the disc, and how opaque the last corner is."""
    if find_spec("litellm") is None:
        pytest.skip("LiteLLM is not installed: make test-clients")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks a host for its price list
    command = [sys.executable, "-W", "ignore", "-c", LITELLM, live, KEY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_its_image_edit(told: Any) -> None:
    assert told["erase"][:2] == [96, 64]
    assert told["erase"][2] < 200  # the disc, of red 250, is gone
    assert told["remove-background"] == [96, 64, 250, 40, 40, 255, 0]
    assert told["outpaint"][:2] == [106, 64]
    assert told["fast"][:2] == [384, 256]
    assert "no model that can inpaint" in told["inpaint"]
