"""Where a picture comes from: the string of a request becomes bytes or a URL, or is refused."""

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeAlias
from urllib.parse import urlsplit

from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.percent_encoding import without_percents

_MAX_URL_CHARS = 8192
_SHORTEST_LINE, _USUAL_LINES = 16, (64, 76)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,63}):")  # base64 is of the same letters, and long
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URLSAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_WHITESPACE = b"\t\r\n\f\v"
_PADDING = "=\t\r\n\f\v"
_LINE_BREAK = re.compile(r"(?<![\t\f\v])[\t\f\v]*+[\r\n][\t\r\n\f\v]*")
_PIECE_CHARS = 2**20
_STILL_THERE = "+-_"

_NO_FILES = "files and paths of the caller's machine cannot be read by the server; send a URL or base64 data"
_NO_SOURCE = "must be an http(s) URL, a data URI or the base64 data of a picture"


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that came inside the request."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Remote:
    """A picture to fetch, not yet looked at."""

    url: str = field(repr=False)


Source: TypeAlias = Inline | Remote


def parse_source(value: str, *, max_bytes: int) -> Source:
    """Read one picture field: http(s) URL, `data:<mime>;base64,` URI, or bare base64 of a picture.

    The media type of a data URI is not trusted; decoding sniffs the bytes. Base64 may be folded into
    lines, in the URL-safe alphabet, percent-encoded, or have lost its "+" to spaces in a form.

    Raises:
        BadParameter: anything else, such as `file://`, a path, or broken base64.
        InputTooLarge: inline data over `max_bytes`, found before it is decoded.
    """
    value = value.lstrip()
    scheme = _SCHEME.match(value)
    match scheme.group(1).lower() if scheme else "":
        case "http" | "https":
            return Remote(check_url(value))
        case "data":
            return Inline(_decode_data_uri(value, max_bytes))
        case "":
            return Inline(_decode_bare(value, max_bytes))
        case "file":
            raise BadParameter(_NO_FILES)
        case _:
            raise BadParameter(_NO_SOURCE)


def check_url(url: str) -> str:
    """The URL without blanks around it, when it may be tried: http(s), a host, no user name, no control
    characters.

    Raises:
        BadParameter: it is not. (Which address the host stands for is checked when it is dialled.)
    """
    url = url.strip()
    if len(url) > _MAX_URL_CHARS:
        raise BadParameter(f"the URL is longer than {_MAX_URL_CHARS} characters")
    try:
        url.encode()
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not _CONTROL.search(url)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https"):
        raise BadParameter("the URL is not valid")
    if "@" in parts.netloc:
        raise BadParameter("a URL must not contain a user name or password")
    return url


def looks_like_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a picture file; decoding makes sure later."""
    prefixes = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*", b"GIF8")
    riff = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith(prefixes) or riff or data[4:8] == b"ftyp"


def _decode_data_uri(value: str, max_bytes: int) -> bytes:
    comma = value.find(",")
    if comma < 0 or not value[:comma].rstrip().lower().endswith(";base64"):
        raise BadParameter("a data URI must have the form data:<type>;base64,<data>")
    data = _decode_base64(value, max_bytes, start=comma + 1)
    if not data:
        raise BadParameter("the data URI holds no data")
    return data


def _decode_bare(value: str, max_bytes: int) -> bytes:
    try:
        data = _decode_base64(value, max_bytes)
    except BadParameter:
        data = b""
    if not looks_like_picture(data):
        looks_like_path = value.startswith(("/", "~", ".", "\\")) and len(value) < _MAX_URL_CHARS
        raise BadParameter(_NO_FILES if looks_like_path else _NO_SOURCE)
    return data


def _decode_base64(text: str, max_bytes: int, *, start: int = 0) -> bytes:
    """The bytes of a text from `start` on. What has neither escapes nor spaces is not copied."""
    try:
        if "%" in text or " " in text:
            text, start = _restore_spaces(without_percents(text[start:])), 0
        return _decode_digits(text, start, _end_of_digits(text, start), max_bytes)
    except ValueError as error:
        raise BadParameter("the base64 data is broken") from error


def _end_of_digits(text: str, start: int) -> int:
    """Where padding and line breaks begin that nothing follows."""
    end = len(text)
    while end > start:
        piece = text[max(end - _PIECE_CHARS, start) : end]
        kept = len(piece.rstrip(_PADDING))
        end -= len(piece) - kept
        if kept:
            break
    return end


def _decode_digits(text: str, start: int, end: int, max_bytes: int) -> bytes:
    """Base64 without its padding, piece by piece: each holds the interpreter, so that other threads wait.

    Raises:
        InputTooLarge: it is more than `max_bytes`.
        ValueError: it is broken.
    """
    data, rest = BytesIO(), b""
    for at in range(start, end, _PIECE_CHARS):
        piece = text[at : min(at + _PIECE_CHARS, end)].encode("ascii")
        rest += piece.translate(_URLSAFE_TO_STANDARD, _WHITESPACE)
        if data.tell() + len(rest) * 3 // 4 > max_bytes:
            raise InputTooLarge(f"the picture is larger than {max_bytes} bytes")
        whole = len(rest) - len(rest) % 4
        data.write(_decoded(rest[:whole]))
        rest = rest[whole:]
    data.write(_decoded(rest + b"=" * (-len(rest) % 4)))
    return data.getvalue()


def _decoded(digits: bytes) -> bytes:
    return binascii.a2b_base64(digits, strict_mode=True)


def _restore_spaces(text: str) -> str:
    """Base64 without spaces: each is taken away where it folds lines, and is a "+" where it was one.

    A program that sends base64 in a form without escaping it loses every "+" to a space, and to drop those
    would shift all that follows. Text that still has a "+" has lost none.
    """
    if " " not in text:
        return text
    lost = not any(digit in text for digit in _STILL_THERE)
    if text.count("\n") + text.count("\r") > len(text) // _SHORTEST_LINE * 2 + 2:
        return text.replace(" ", "")
    lines = _LINE_BREAK.split(text.strip("\r\n"))
    if lost and _are_folded_lines(lines):
        return "+".join("".join(lines).split(" "))
    folded = _lines("".join(line.strip(" ") for line in lines) if len(lines) > 1 else text.rstrip())
    bare = folded.replace(" ", "")
    restored = folded.replace(" ", "+")
    if not lost or restored == bare:
        return bare
    if "=" not in text:  # the last digits may have been lost too
        trailing = len(text) - len(text.rstrip())
        restored += "+" * (trailing if (len(restored) + trailing) % 4 == 0 else 0)
    return bare if _of_whole_bytes(bare) and not _of_whole_bytes(restored) else restored


def _lines(text: str) -> str:
    """The text without the spaces that part it evenly: line breaks that something turned into spaces."""
    if text.count(" ") <= len(text) // _SHORTEST_LINE:
        pieces = text.split(" ")
        if _are_folded_lines(pieces):
            return "".join(pieces)
    for length in _USUAL_LINES:
        breaks = text[length :: length + 1]
        if len(breaks) > 1 and not breaks.strip(" "):
            return "".join(text[at : at + length] for at in range(0, len(text), length + 1))
    return text


def _are_folded_lines(lines: Sequence[str]) -> bool:
    """Whether these are lines as encoders make them: all but the last of one length, a multiple of four."""
    length = len(lines[0])
    alike = len(lines) > 1 and all(len(line) == length for line in lines[:-1])
    return alike and length >= _SHORTEST_LINE and length % 4 == 0 and 0 < len(lines[-1]) <= length


def _of_whole_bytes(digits: str) -> bool:
    """Whether so many digits stand for whole bytes; with padding they come in fours."""
    return len(digits) % 4 == 0 if "=" in digits else len(digits) % 4 != 1
