"""Results within a reply: the base64 of each file in its place, and the length that was said."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest
from tests.api.servers import Api

from cleanplate.api.encoded_results import JsonWithResults, ResultsResponse, base64_of, length_of, sent
from cleanplate.errors import BlobMissing
from cleanplate.tasks.task import Output

SIZES = (0, 1, 2, 3, 4, 256 * 2**10, 256 * 2**10 + 1, 700_001)


def stored(api: Api, size: int) -> Output:
    key = f"results/{size}/1/a.png"
    api.objects.put(key, bytes(number % 251 for number in range(size)))
    return Output(key, 1, 1, "image/png")


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def test_files_stand_in_their_places(api: Api) -> None:
    outputs = [stored(api, size) for size in SIZES]
    maker = JsonWithResults()
    content = {"a": "é", "data": [{"file": maker.slot(output)} for output in outputs], "z": 1}
    parts = maker.parts(content)
    text = asyncio.run(joined(sent(api.services, parts)))
    assert len(text) == length_of(api.services, parts)
    found = json.loads(text)
    assert (found["a"], found["z"]) == ("é", 1)
    for one, output in zip(found["data"], outputs, strict=True):
        assert base64.b64decode(one["file"], validate=True) == api.objects.get(output.key)
        assert one["file"] == base64_of(api.services, output)


def test_content_without_files(api: Api) -> None:
    assert JsonWithResults().parts({"a": 1}) == [b'{"a":1}']


def test_a_result_that_is_gone_is_told_before_the_reply_begins(api: Api) -> None:
    maker = JsonWithResults()
    parts = maker.parts({"file": maker.slot(Output("results/gone/1/a.png", 1, 1, "image/png"))})
    with pytest.raises(BlobMissing):
        ResultsResponse(api.services, parts, {})
