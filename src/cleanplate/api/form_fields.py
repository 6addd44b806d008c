"""A body as fields, whichever of the three ways it was sent in. Names and types of files are not trusted.

What is read lies in memory, as the body does, and is bounded as that is.
"""

import codecs
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from cleanplate.api.field_values import without_absent
from cleanplate.errors import BadParameter
from cleanplate.intake.percent_encoding import unquote_pieces
from cleanplate.transport.request_body import parse_json

_MAX_FIELDS: Final = 100
_LONGEST_NAME: Final = 1024
_MAX_TEXT_BYTES: Final = 2**20
_NO_VALUES: Final = ("null", "undefined")
_LONGEST_NO_VALUE: Final = 16
_LONGEST_START: Final = 1024
"""A body of blanks is not copied to see that."""
_PIECE_BYTES: Final = 256 * 2**10
_UNREADABLE: Final = "The form could not be read"
_INCOMPLETE: Final = "The form is not complete: its closing boundary is missing"
_LONG_TEXT: Final = (
    "field {!r} is longer than 1 MB: send a picture as a file of the form, with a filename, or its address"
)


@dataclass(frozen=True, slots=True)
class FormFields:
    """What was sent, without what stands for absent; of two parts with one name the last counts.

    Beside what `field_values` says, that is the texts "null" and "undefined", as a page's FormData sends. A
    file that has a filename is there, though it may be empty.

    Attributes:
        parts: all files with their names, as they came; where one name has several, each.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    parts: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class FormRules:
    """What a dialect's forms have.

    Attributes:
        is_file: whether a part with this name is a file, also where it has no `filename`.
        most_files: more are refused.
    """

    is_file: Callable[[str], bool]
    most_files: int = 10


class WholeFormParser(MultiPartParser):
    """Takes no form that was cut short, whose last part would be missing or half there."""

    _is_whole = False

    def on_end(self) -> None:
        self._is_whole = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self._is_whole:
            self.close_files()
            raise MultiPartException(_INCOMPLETE)
        return form

    def close_files(self) -> None:
        """Let go of all files, those too whose end never came: they are in no form."""
        for file in self._files_to_close_on_error:
            file.close()


class _InMemory(WholeFormParser):
    """The body is in memory already and bounded there: no temporary files.

    A part with the name of a file is one, also where it has no `filename`, or only RFC 5987's `filename*`:
    many HTTP clients send bytes so.
    """

    spool_max_size = 2**40
    is_file: Callable[[str], bool]

    def on_headers_finished(self) -> None:
        described = self._current_part.content_disposition or b""
        _, options = parse_options_header(described)
        name = options.get(b"name", b"").decode("latin-1")
        if b"filename" not in options and self.is_file(name):
            called = b"file" if b"filename*" in options else b""
            self._current_part.content_disposition = described + b'; filename="%b"' % called
        super().on_headers_finished()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part
        if part.file is None and len(part.data) + end - start > self.max_part_size:
            raise MultiPartException(_LONG_TEXT.format(part.field_name))
        super().on_part_data(data, start, end)


def read_form(headers: Headers, rules: FormRules, body: bytes) -> FormFields:
    """Read multipart, form-encoded or JSON, as the Content-Type says; an object is JSON whatever it says.

    May block.

    Raises:
        BadParameter: it cannot be read, or has more than 100 fields or too many files.
    """
    if _kind(headers) == "multipart/form-data":
        return _ended(_multipart(headers, rules, body))
    if is_json(headers, body):
        return _form({name: _text(value) for name, value in without_absent(parse_json(body)).items()})
    return _form(_urlencoded(body))


def is_json(headers: Headers, body: bytes) -> bool:
    """Whether a body is JSON: it is called so, or begins like an object and is not called multipart."""
    kind, start = _kind(headers), body[:_LONGEST_START].removeprefix(codecs.BOM_UTF8).lstrip()
    return kind != "multipart/form-data" and (kind.endswith("json") or start.startswith(b"{"))


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _form(texts: Mapping[str, str], parts: Sequence[tuple[str, bytes]] = ()) -> FormFields:
    given = {name: text for name, text in without_absent(texts).items() if text.strip() not in _NO_VALUES}
    return FormFields(given, dict(parts), tuple(parts))


def _is_absent(data: bytes) -> bool:
    """Whether a part without filename is nothing, or one of the words that stand for nothing."""
    return len(data) <= _LONGEST_NO_VALUE and data.decode("latin-1").strip() in ("", *_NO_VALUES)


def _ended(reading: Coroutine[None, None, FormFields]) -> FormFields:
    """What a coroutine gives that waits for nothing: a body in memory keeps nobody waiting."""
    try:
        reading.send(None)
    except StopIteration as end:
        fields: FormFields = end.value
        return fields
    raise RuntimeError("the form is in memory, and yet its parser waits")


async def _multipart(headers: Headers, rules: FormRules, body: bytes) -> FormFields:
    parser = _InMemory(
        headers,
        _in_pieces(body),
        max_files=rules.most_files,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_TEXT_BYTES,
    )
    parser.is_file = rules.is_file
    try:
        parts = await parser.parse()
    except MultiPartException as error:
        incomplete = error.message == _INCOMPLETE
        raise BadParameter(_INCOMPLETE if incomplete else f"{_UNREADABLE}: {error.message}") from error
    except ValueError as error:  # the charset that the request names cannot be read
        raise BadParameter(_UNREADABLE) from error
    texts: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for name, part in parts.multi_items():
        if isinstance(part, UploadFile):
            data = part.file.read()
            if part.filename or not _is_absent(data):
                files.append((name, data))
        else:
            texts[name] = part
    parser.close_files()
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
