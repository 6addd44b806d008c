"""Bodies that are small to send and large to read: JSON of 20 million lists, forms of a million parts."""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.victim import KEY, Victim, ask, running, watched

SIZE: Final = 60_000_000
_BEARER: Final = {"Authorization": f"Bearer {KEY}", "X-DashScope-Async": "enable"}
_JSON: Final = {"Content-Type": "application/json"}
_FORM: Final = {"Content-Type": "multipart/form-data; boundary=b"}
_URLENCODED: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_DASHSCOPE: Final = "/api/v1/services/aigc/image2image/image-synthesis"
_PICWISH: Final = "/api/tasks/visual/inpaint"

DIALECTS: Final[tuple[tuple[str, str, Mapping[str, str]], ...]] = (
    ("DashScope", _DASHSCOPE, _BEARER),
    ("Novita", "/v3/async/image-eraser", _BEARER),
    ("PicWish", _PICWISH, {"X-API-KEY": KEY}),
    ("native", "/v1/edits", _BEARER),
)


def _filled(start: bytes, unit: bytes, end: bytes) -> bytes:
    return start + unit * ((SIZE - len(start) - len(end)) // len(unit)) + end


def json_bodies() -> dict[str, bytes]:
    """By what they are made of."""
    part = json.dumps({"model": "image-erase-completion", "input": {"image_url": "@", "mask_url": "@"}})
    before, after = part.encode().split(b"@", 1)
    uri = before + b"data:image/png;base64,"
    return {
        "[],[],…": _filled(b'{"a":[', b"[],", b"[]]}"),
        "a long number": _filled(b'{"a":', b"7", b"}"),
        "numbers": _filled(b'{"a":[', b"1,", b"1]}"),
        "names": _filled(b"{", b'"a":1,', b'"b":1}'),
        "[[[[…": _filled(b'{"a":', b"[", b""),
        "\\u escapes": _filled(b'{"a":"', rb"\u4e2d", b'"}'),
        "escaped quotes": _filled(b'{"a":"', rb"\"", b'"}'),
        "escaped slashes in base64": _filled(before, rb"AA\/A", after),
        "half a surrogate pair in base64": _filled(before, b"AAAA", rb"\ud800" + after),
        "one emoji in base64": _filled(before, b"AAAA", "\U0001f600".encode() + after),
        "a picture of zeros": _filled(before, b"AAAA", after),
        "a data URI of zeros": _filled(uri, b"AAAA", b"AA==" + after),
    }


def form_bodies() -> dict[str, tuple[Mapping[str, str], bytes]]:
    """The same for forms, with their headers."""
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
    return {
        "parts": (_FORM, _filled(b"", part + b"\r\nx\r\n", b"--b--\r\n")),
        "heads of a part": (_FORM, _filled(part, b"X-Name: some value\r\n", b"\r\nx\r\n--b--\r\n")),
        "one head of a part": (_FORM, _filled(part + b"X: ", b"a", b"\r\n\r\nx\r\n--b--\r\n")),
        "line ends in a file": (
            _FORM,
            _filled(
                b'--b\r\nContent-Disposition: form-data; name="image_file"\r\n\r\n', b"\r\n-", b"\r\n--b--"
            ),
        ),
        "what is before the form": (_FORM, _filled(b"", b"\r\n-", b"\r\n" + part + b"\r\nx\r\n--b--\r\n")),
        "fields": (_URLENCODED, _filled(b"a=b", b"&a=b", b"")),
        "percent signs": (_URLENCODED, _filled(b"image_base64=", b"%41", b"")),
        "escaped base64": (_URLENCODED, _filled(b"image_base64=", b"%2BAAA", b"")),
        "one long name": (_URLENCODED, _filled(b"", b"a", b"=1")),
    }


def _attacked(victim: Victim, name: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Row]:
    statuses: list[int] = []
    sender = threading.Thread(
        target=lambda: statuses.append(ask(victim, path, body, headers, address="127.0.0.1").status)
    )
    with watched(victim) as seen:
        sender.start()
        sender.join()
    yield Row(f"{name}: longest stall", seen.longest_stall_s, 0.1, "s")
    yield Row(f"{name}: memory", seen.grown_mb, 3 * SIZE / 1e6, "MB more")
    yield Row(f"{name}: status", max(statuses, default=999), 499, "")


def attack() -> Iterator[Row]:
    """Each body to the native API, the first one to all; forms to PicWish."""
    bodies = json_bodies()
    first = next(iter(bodies))
    for name, path, headers in DIALECTS:
        with running() as victim:
            yield from _attacked(
                victim, f"60 MB of {first} to {name}", path, {**headers, **_JSON}, bodies[first]
            )
    for name, body in bodies.items():
        _, path, headers = DIALECTS[0]
        if name != first:
            with running() as victim:
                yield from _attacked(victim, f"60 MB of {name}", path, {**headers, **_JSON}, body)
    for name, (more, body) in form_bodies().items():
        _, path, headers = DIALECTS[2]
        with running() as victim:
            yield from _attacked(victim, f"60 MB of {name}", path, {**headers, **more}, body)
