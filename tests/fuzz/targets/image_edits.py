"""Bodies of OpenAI's image edits, as forms and as JSON: read, or refused in the vendor's words."""

import base64
import json
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from tests.fuzz.picture_files import saved
from tests.fuzz.target import Target

from cleanplate.api.openai.openai_bodies import MOST_IMAGES, read_edit
from cleanplate.api.refusal import RefusedError
from cleanplate.prompts.removal_words import named_for_removal

_END: Final = b"\n"
_PART: Final = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
_FILE: Final = '--b\r\nContent-Disposition: form-data; name="{}"; filename="a.png"\r\n\r\n'


def run(data: bytes) -> str:
    """Read a body: the first line is its Content-Type, what follows is the body."""
    kind, _, body = data.partition(_END)
    head = {"type": "http", "headers": [(b"content-type", kind)], "query_string": b"mask_means=clear"}
    try:
        asked = read_edit(Request(head), body)
    except RefusedError as error:
        assert 400 <= error.refusal.status < 500
        assert error.refusal.text
        return "refused"
    assert 1 <= len(asked.images) <= MOST_IMAGES
    named = named_for_removal(asked.fields.prompt)
    return "other words" if named is None else "a removal"


def _seeds() -> Mapping[str, bytes]:
    picture = saved("PNG")
    uri = "data:image/png;base64," + base64.b64encode(picture).decode()
    texts = "".join(
        _PART.format(name, text)
        for name, text in {
            **{"prompt": "remove the red car", "model": "gpt-image-2", "n": "2", "size": "64x64"},
            **{"output_format": "webp", "output_compression": "40", "stream": "true", "mask_means": "white"},
        }.items()
    ).encode()
    files = b"".join(
        _FILE.format(name).encode() + picture + b"\r\n" for name in ("image[]", "image[1]", "mask")
    )
    body = {
        "images": [{"image_url": uri}],
        "mask": {"image_url": uri},
        "prompt": "去掉水印\uff0c保持其他不变",
        "n": 1,
    }
    return {
        "form": b"multipart/form-data; boundary=b\n" + texts + files + b"--b--\r\n",
        "address": b"multipart/form-data; boundary=b\n" + _PART.format("image", uri).encode() + b"--b--\r\n",
        "json": b"application/json\n" + json.dumps(body, ensure_ascii=False).encode(),
        "file": b'application/json\n{"images":[{"file_id":"a"}],"prompt":"","image":"http://a/b.png"}',
        "encoded": b"application/x-www-form-urlencoded\nimage=http%3A%2F%2Fa&prompt=remove&n=1",
    }


_WORDS: Final = (
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b"\\ud800",
        b"1e400",
        b"-1",
        b"9" * 25,
        b"http://[::1",
        b"data:,",
    ),
    *(b"file:///", b"\xff", b"\r\n", b"--b", b"--b--", b"image", b"mask", b"markup", b"images", b"image_url"),
    *(b"remove ", b" and add ", b" except ", "去掉".encode(), "背景".encode(), b"1x1", b"auto", b"filename="),
    *(b"charset=utf-7", b"charset=undefined", b"file_id", b"%00"),
)
TARGETS: Final = (Target("image-edits", run, _seeds, words=_WORDS),)
