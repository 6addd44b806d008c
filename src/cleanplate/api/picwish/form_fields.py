"""A body as fields, whichever of the three ways it was sent in. Names and types of files are not trusted."""

import codecs
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from cleanplate.api.field_values import without_absent
from cleanplate.api.request_body import parse_json
from cleanplate.errors import BadParameter
from cleanplate.intake.percent_encoding import unquote_pieces

_MAX_FIELDS: Final = 100
_MAX_FILES: Final = 10
_LONGEST_NAME: Final = 1024
_MAX_TEXT_BYTES: Final = 2**20
_NO_VALUES: Final = ("null", "undefined")
_FILE: Final = b"_file"
_LONGEST_NO_VALUE: Final = 16
_PIECE_BYTES: Final = 256 * 2**10
_UNREADABLE: Final = "The form could not be read"


@dataclass(frozen=True, slots=True)
class FormFields:
    """What was sent, without what stands for absent; of two parts with one name the last counts.

    Beside what `field_values` says, that is the texts "null" and "undefined", as a page's FormData sends.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


class _InMemory(MultiPartParser):
    """The body is in memory already and bounded there: no temporary files.

    A part with the name of a file is one, also where it has no `filename`, or only RFC 5987's `filename*`:
    many HTTP clients send bytes so.
    """

    spool_max_size = 2**40

    def on_headers_finished(self) -> None:
        described = self._current_part.content_disposition or b""
        _, options = parse_options_header(described)
        if options.get(b"name", b"").endswith(_FILE) and b"filename" not in options:
            self._current_part.content_disposition = described + b'; filename=""'
        super().on_headers_finished()


def read_form(headers: Headers, body: bytes) -> FormFields:
    """Read multipart, form-encoded or JSON, as the Content-Type says; an object is JSON whatever it says.

    May block.

    Raises:
        BadParameter: it cannot be read, or has more than 100 fields or 10 files.
    """
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "multipart/form-data":
        return _ended(_multipart(headers, body))
    if content_type.endswith("json") or body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return _form({name: _text(value) for name, value in without_absent(parse_json(body)).items()})
    return _form(_urlencoded(body))


def _form(texts: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> FormFields:
    given = {name: text for name, text in without_absent(texts).items() if text.strip() not in _NO_VALUES}
    return FormFields(given, {name: data for name, data in (files or {}).items() if not _is_absent(data)})


def _is_absent(data: bytes) -> bool:
    """Whether a file is nothing, or one of the words that stand for nothing."""
    return len(data) <= _LONGEST_NO_VALUE and data.decode("latin-1").strip() in ("", *_NO_VALUES)


def _ended(reading: Coroutine[None, None, FormFields]) -> FormFields:
    """What a coroutine gives that waits for nothing: a body in memory keeps nobody waiting."""
    try:
        reading.send(None)
    except StopIteration as end:
        fields: FormFields = end.value
        return fields
    raise RuntimeError("the form is in memory, and yet its parser waits")


async def _multipart(headers: Headers, body: bytes) -> FormFields:
    parser = _InMemory(
        headers,
        _in_pieces(body),
        max_files=_MAX_FILES,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_TEXT_BYTES,
    )
    try:
        parts = await parser.parse()
    except MultiPartException as error:
        raise BadParameter(f"{_UNREADABLE}: {error.message}") from error
    except ValueError as error:  # the charset that the request names cannot be read
        raise BadParameter(_UNREADABLE) from error
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, part in parts.multi_items():
        if isinstance(part, UploadFile):
            files[name] = part.file.read()
        else:
            texts[name] = part
    await parts.close()
    return _form(texts, files)


async def _in_pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), _PIECE_BYTES):
        yield body[start : start + _PIECE_BYTES]


def _urlencoded(body: bytes) -> dict[str, str]:
    if body.count(b"&") >= _MAX_FIELDS:
        raise BadParameter(_UNREADABLE)
    try:
        return {
            _plain(name): _plain(value) for name, value in _pairs(body.removeprefix(codecs.BOM_UTF8)) if value
        }
    except ValueError as error:
        raise BadParameter(_UNREADABLE) from error


def _pairs(body: bytes) -> Iterator[tuple[memoryview, memoryview]]:
    """Names and values as they stand."""
    view, start = memoryview(body), 0
    while start <= len(body):
        end = body.find(b"&", start)
        end = len(body) if end < 0 else end
        equals = body.find(b"=", start, end)
        if equals - start > _LONGEST_NAME:
            raise ValueError("a name is too long")
        if equals >= 0:
            yield view[start:equals], view[equals + 1 : end]
        start = end + 1


def _plain(encoded: memoryview) -> str:
    """Without its encoding, of which a part is read at a time."""
    parts = (bytes(encoded[at : at + _PIECE_BYTES]) for at in range(0, len(encoded), _PIECE_BYTES))
    return unquote_pieces(part.replace("+", " ") for part in codecs.iterdecode(parts, "utf-8"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
