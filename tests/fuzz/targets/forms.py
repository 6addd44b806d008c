"""Forms in all three ways they are sent: fields of text and files, or refused in words."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from tests.fuzz.target import Target

from cleanplate.api.form_fields import read_form
from cleanplate.api.picwish.picwish_bodies import FORM
from cleanplate.errors import BadParameter

_END: Final = b"\n"


def run(data: bytes) -> str:
    """Read a form: the first line is its Content-Type, what follows is the body."""
    kind, _, body = data.partition(_END)
    try:
        fields = read_form(Headers({"content-type": kind.decode("latin-1")}), FORM, body)
    except BadParameter:
        return "refused"
    assert all(isinstance(text, str) for text in fields.texts.values())
    assert all(isinstance(file, bytes) for file in fields.files.values())
    return "fields" if fields.texts or fields.files else "nothing"


def _seeds() -> Mapping[str, bytes]:
    part = b'--b\r\nContent-Disposition: form-data; name="image_url"\r\n\r\nhttp://a/b\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="image_file"; filename="a.png"\r\n'
    star = (
        b"--b\r\nContent-Disposition: form-data; name=mask_file; filename*=UTF-8''%e5%90%8d\r\n\r\nx\r\n--b--"
    )
    head = b"multipart/form-data; boundary=b\n"
    return {
        "parts": head + part + file + b"Content-Type: image/png\r\n\r\n\x89PNG\r\n-\r\n--b--\r\n",
        "name of a file": head + star,
        "charset": b'multipart/form-data; boundary="b"; charset=gb18030\n' + part + b"--b--",
        "encoded": b"application/x-www-form-urlencoded\nimage_url=http%3A%2F%2Fa&sync=1&return_type=+2",
        "JSON": b'application/json\n{"image_url":"http://a","sync":1,"rectangles":[{"x":1}]}',
    }


_WORDS: Final = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"--b",
        b"--b--",
        b"; ",
        b"charset=utf-7",
        b"charset=utf-16",
        b"charset=idna",
        b"=",
        b"&",
    ),
    *(
        b"%41",
        b"%u0041",
        b"%",
        b"+",
        b"filename=",
        b"filename*=",
        b"name=",
        b'"',
        b"charset=undefined",
        b"\xef\xbb\xbf",
    ),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=punycode",
        b"charset=unicode_escape",
        b"charset=hex",
    ),
)
TARGETS: Final = (Target("forms", run, _seeds, words=_WORDS),)
