"""Which bytes of a file a request wants, and of which version: `Range` and the conditions of requests.

RFC 9110, sections 14.2 and 13.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request

_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.IGNORECASE)
_TAG: Final = re.compile(r'(W/)?("[^"]*")')

Unsatisfiable = Literal["unsatisfiable"]
"""The range begins behind the end of the file: the answer is 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` to `end` of a file, half-open, at least one."""

    start: int
    end: int


def requested_range(
    request: Request, size_bytes: int, validators: Mapping[str, str]
) -> ByteRange | Unsatisfiable | None:
    """The part of a file that a request wants, cut at the file's end; None for the whole file.

    What is no valid range is ignored, as the RFC has it: another method than GET, another unit, nonsense, an
    `If-Range` of another version. So are several ranges at once, which a server may answer with the whole.

    Args:
        size_bytes: of the file.
        validators: `etag` and `last-modified` of the file as they are sent.
    """
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if request.method != "GET" or found is None or not _is_same_version(request, validators):
        return None
    first, last = found[1], found[2]
    backwards = bool(first and last) and int(last) < int(first)
    if backwards or not (first or last):
        return None
    start = int(first) if first else max(size_bytes - int(last), 0)
    end = min(int(last) + 1, size_bytes) if first and last else size_bytes
    return ByteRange(start, end) if start < end else "unsatisfiable"


def is_other_version(request: Request, validators: Mapping[str, str]) -> bool:
    """Whether the client goes on with another version than this one (`If-Match`): the answer is 412.

    Args:
        validators: as of `requested_range`.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return False
    return all(weak or tag != validators["etag"] for weak, tag in _TAG.findall(wanted))


def is_known(request: Request, validators: Mapping[str, str]) -> bool:
    """Whether the client has this version already: the answer is 304.

    Of a date only the one that was sent counts: a file is never changed, only replaced.

    Args:
        validators: as of `requested_range`.
    """
    known = request.headers.get("if-none-match")
    if known is None:
        return request.headers.get("if-modified-since") == validators["last-modified"]
    return known.strip() == "*" or any(tag == validators["etag"] for _, tag in _TAG.findall(known))


def _is_same_version(request: Request, validators: Mapping[str, str]) -> bool:
    wanted = request.headers.get("if-range")
    return wanted is None or wanted in (validators["etag"], validators["last-modified"])
