"""OpenAI's own package for Node, against a live server on loopback. `make test-clients` installs it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from tests.api.openai.conftest import changed, grey_mask, image, mask
from tests.api.servers import KEY
from tests.chromium import CLIENTS

ASK: Final = Path(__file__).with_name("ask.cjs")
PACKAGES: Final = CLIENTS / "node_modules"


@pytest.fixture
def told(live: str, tmp_path: Path) -> Any:
    """What each call of the program gave."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    if not (PACKAGES / "openai").is_dir():
        pytest.skip("its package is not here, npm is needed once: make test-clients")
    files = {"image.png": image(), "mask.png": mask(), "grey.png": grey_mask()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    direct = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [node, ASK, live + "/v1", KEY, *(str(tmp_path / name) for name in files)],
        env={**direct, "NODE_PATH": str(PACKAGES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_call(told: Any) -> None:
    outside, inside = changed(told["edited"]["data"][0]["b64_json"])
    assert (outside, inside > 0) == (0, True)
    assert told["outside"] == "0"
    assert told["id"]
    assert [changed(one["b64_json"])[0] for one in told["several"]["data"]] == [0, 0]
    assert told["several"]["output_format"] == "webp"
    assert [(event["type"], event["size"]) for event in told["events"]] == [
        ("image_edit.partial_image", "160x160"),
        ("image_edit.completed", "160x160"),
    ]
    assert [changed(event["b64_json"])[0] for event in told["events"]] == [0, 0]
    assert "gpt-image-2" in told["models"]
    assert {name: (told[name]["class"], told[name]["status"]) for name in ("grey", "key", "generate")} == {
        "grey": ("BadRequestError", 400),
        "key": ("AuthenticationError", 401),
        "generate": ("NotFoundError", 404),
    }
    assert (told["grey"]["code"], told["grey"]["param"]) == ("invalid_image_file", "mask")
    assert told["key"]["code"] == "invalid_api_key"
    assert all(told[name]["id"] for name in ("grey", "key", "generate"))
