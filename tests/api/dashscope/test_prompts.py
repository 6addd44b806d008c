"""Prompts that nobody expects: each is taken, and its task ends in a word of the vendor's."""

import json
from typing import Any, Final

import pytest
from tests.api.dashscope.conftest import SUBMIT, Client
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS

PHOTO, MASK = data_uri(png("photo")), data_uri(png("mask"))
ODD: Final = (
    *(None, "", "  ", "\n\t", "...!?", "“", "12345", "\u200b\u200b", "a" + "\u0301" * 300),
    *("\U0001f600\U0001f916\U0001f468\u200d\U0001f469", "cat\ud83d", "a\x00b", "x" * 5000, "字 word " * 600),
    *("שלום مرحبا \u202e remove", "<b>&amp;</b> {0} %s {x}", "((((*+?[a-z]{9999}\\", "remove the zxqv"),
)
ENDS: Final = ("SUCCEEDED", "FAILED")


def submitted(client: Client, model: str, prompt: object, **fields: Any) -> Any:
    sent = {"model": model, "input": {"prompt": prompt, **fields}}
    return client.post(SUBMIT, data=json.dumps(sent))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function(packed_client: Client, function: str) -> None:
    fields = {"function": function, "base_image_url": PHOTO, "mask_image_url": MASK}
    for prompt in ODD:
        reply = submitted(packed_client, "wanx2.1-imageedit", prompt, **fields)
        assert reply.status_code == 200, (prompt, reply.text)
        output = packed_client.ended(reply.json()["output"]["task_id"])["output"]
        assert output["task_status"] in ENDS, (prompt, output)
        assert output.get("code", "InvalidParameter") == "InvalidParameter", (prompt, output)
        # One names its materials; for all others any words do.
        assert output["task_status"] == "SUCCEEDED" or function == "stylization_local", (prompt, output)


def test_painting_needs_words(packed_client: Client) -> None:
    for prompt in ODD:
        reply = submitted(packed_client, "wanx-x-painting", prompt, base_image_url=PHOTO, mask_image_url=MASK)
        if prompt is None or not prompt.strip():
            assert reply.json()["message"] == "Field required: input.prompt"
        else:
            output = packed_client.ended(reply.json()["output"]["task_id"])["output"]
            assert output["task_status"] == "SUCCEEDED", prompt


@pytest.mark.parametrize("prompt", [*ODD, 5, {"a": 1}, ["x"]])
def test_erase_looks_at_no_prompt(packed_client: Client, prompt: object) -> None:
    reply = submitted(packed_client, "image-erase-completion", prompt, image_url=PHOTO, mask_url=MASK)
    assert packed_client.ended(reply.json()["output"]["task_id"])["output"]["task_status"] == "SUCCEEDED"
