"""A server that looks at pictures, as the client of every vendor sees it. Its model refuses red ones."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import DASHSCOPE, PHOTO, VENDORS, Client, Vendor

from cleanplate.app import build

MODERATORS: Final = Path(__file__).parents[1] / "moderators"
TIMEOUT_S: Final = 20.0
ORDER: Final = [vendor.name for vendor in VENDORS]
ENDS: Final = {
    "inputs": (
        "FAILED:InvalidParameter.ImageContent",
        "TASK_STATUS_FAILED:ILLEGAL_IMAGE_CONTENT",
        "-10",
        "failed:input-refused",
        "Request Moderated",
    ),
    "outputs": (
        "FAILED:InvalidParameter.ImageContent",
        "TASK_STATUS_FAILED:ILLEGAL_IMAGE_CONTENT",
        "-16",
        "failed:output-refused",
        "Content Moderated",
    ),
    "lenient": ("SUCCEEDED", "TASK_STATUS_SUCCEED", "1", "succeeded", "Ready"),
}
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "inputs": {"moderation": "both", "moderation_threshold": 0.3},
    "outputs": {"moderation": "outputs", "moderation_threshold": 0.3},
    "lenient": {"moderation": "outputs"},  # the erase takes the red away
}


@pytest.fixture(scope="module", params=ENDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """How it moderates, and its base URL."""
    data = tmp_path_factory.mktemp(request.param)
    app = build(settings_for(data, plugins=MODERATORS, **SETTINGS[request.param]))
    with served(app, lifespan="on") as base:
        yield request.param, base


@pytest.mark.parametrize("vendor", VENDORS, ids=ORDER)
def test_erase(server: tuple[str, str], vendor: Vendor) -> None:
    how, base = server
    with Client(vendor, base, KEY) as client:
        assert _end(client, client.submitted()) == ENDS[how][ORDER.index(vendor.name)]


def test_erase_has_the_words_of_its_page(server: tuple[str, str]) -> None:
    how, base = server
    with Client(DASHSCOPE, base, KEY) as client:
        task_id = client.submitted()
        if _end(client, task_id) == "FAILED:InvalidParameter.ImageContent":
            message = client.polled(task_id).json()["output"]["message"]
            assert message.startswith("The image content does not comply with green network verification: ")
        else:
            assert how == "lenient"


def test_the_models_that_paint_have_words_of_their_own(server: tuple[str, str]) -> None:
    """Expand without a prompt needs no model, and what it makes is as red as what came."""
    how, base = server
    body = {
        "model": "wanx2.1-imageedit",
        "input": {"function": "expand", "prompt": " ", "base_image_url": PHOTO},
        "parameters": {"right_scale": 1.2},
    }
    with Client(DASHSCOPE, base, KEY) as client:
        reply = client._session.post(base + DASHSCOPE.path, json=body, timeout=10)
        task_id = DASHSCOPE.task_id(reply.json())
        assert _end(client, task_id) == "FAILED:DataInspectionFailed"
        message = client.polled(task_id).json()["output"]["message"]
    which = "Input" if how == "inputs" else "Output"
    assert message.startswith(f"{which} data may contain inappropriate content.")


def _end(client: Client, task_id: str) -> str:
    """What polls say once they say something final."""
    deadline = time.monotonic() + TIMEOUT_S
    while (seen := client.word(task_id)).partition(":")[0] in _UNFINISHED:
        assert time.monotonic() < deadline, f"polls still say {seen}"
        time.sleep(0.02)
    return seen


_UNFINISHED: Final = {
    *("PENDING", "RUNNING"),
    *("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING"),
    "4",
    *("queued", "running", "Pending"),
}
