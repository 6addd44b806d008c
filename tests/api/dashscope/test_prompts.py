"""Prompts that nobody expects: each is taken, and its task ends in a word of the vendor's."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.api.dashscope.conftest import SUBMIT, Client, data_uri, png

from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS

PHOTO, MASK = data_uri(png("photo")), data_uri(png("mask"))
ODD: Final = (
    *(None, "", "  ", "\n\t", "...!?", "“", "12345", "\u200b\u200b", "a" + "\u0301" * 300),
    *("\U0001f600\U0001f916\U0001f468\u200d\U0001f469", "cat\ud83d", "a\x00b", "x" * 5000, "字 word " * 600),
    *("שלום مرحبا \u202e remove", "<b>&amp;</b> {0} %s {x}", "((((*+?[a-z]{9999}\\", "remove the zxqv"),
)
ENDS: Final = ("SUCCEEDED", "FAILED")


@pytest.fixture(scope="module")
def full(packed_live: str) -> Iterator[Client]:
    """Of a server with the model pack."""
    client = Client(packed_live)
    yield client
    client.session.close()


def submitted(client: Client, model: str, prompt: object, **fields: Any) -> Any:
    sent = {"model": model, "input": {"prompt": prompt, **fields}}
    return client.post(SUBMIT, data=json.dumps(sent))


def ended(client: Client, task_id: str) -> Any:
    """The task's output once it has ended."""
    deadline_s = time.monotonic() + 60
    while True:
        output = client.get(f"/api/v1/tasks/{task_id}").json()["output"]
        if output["task_status"] not in ("PENDING", "RUNNING"):
            return output
        assert time.monotonic() < deadline_s, output
        time.sleep(0.02)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function(full: Client, function: str) -> None:
    fields = {"function": function, "base_image_url": PHOTO, "mask_image_url": MASK}
    for prompt in ODD:
        reply = submitted(full, "wanx2.1-imageedit", prompt, **fields)
        assert reply.status_code == 200, (prompt, reply.text)
        output = ended(full, reply.json()["output"]["task_id"])
        assert output["task_status"] in ENDS, (prompt, output)
        assert output.get("code", "InvalidParameter") == "InvalidParameter", (prompt, output)
        # One names its materials; for all others any words do.
        assert output["task_status"] == "SUCCEEDED" or function == "stylization_local", (prompt, output)


def test_painting_needs_words(full: Client) -> None:
    for prompt in ODD:
        reply = submitted(full, "wanx-x-painting", prompt, base_image_url=PHOTO, mask_image_url=MASK)
        if prompt is None or not prompt.strip():
            assert reply.json()["message"] == "Field required: input.prompt"
        else:
            assert ended(full, reply.json()["output"]["task_id"])["task_status"] == "SUCCEEDED", prompt


@pytest.mark.parametrize("prompt", [*ODD, 5, {"a": 1}, ["x"]])
def test_erase_looks_at_no_prompt(full: Client, prompt: object) -> None:
    reply = submitted(full, "image-erase-completion", prompt, image_url=PHOTO, mask_url=MASK)
    assert ended(full, reply.json()["output"]["task_id"])["task_status"] == "SUCCEEDED"
