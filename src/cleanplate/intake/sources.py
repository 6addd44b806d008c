"""Where a picture comes from: the string of a request becomes bytes or a URL, or is refused."""

import binascii
import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from cleanplate.errors import BadParameter, InputTooLarge

_MAX_URL_CHARS = 8192
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URLSAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_WHITESPACE = b" \t\r\n\f\v"

_NO_FILES = "files and paths of the caller's machine cannot be read by the server; send a URL or base64 data"
_NO_SOURCE = "must be an http(s) URL, a data URI or the base64 data of a picture"


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that came inside the request."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Remote:
    """A picture to fetch, not yet looked at."""

    url: str


Source: TypeAlias = Inline | Remote


def parse_source(value: str, *, max_bytes: int) -> Source:
    """Read one picture field: http(s) URL, `data:<mime>;base64,` URI, or bare base64 of a picture.

    The media type of a data URI is not trusted; decoding sniffs the bytes. Whitespace inside base64 and
    its URL-safe alphabet are accepted.

    Raises:
        BadParameter: anything else, such as `file://`, a path, or broken base64.
        InputTooLarge: inline data over `max_bytes`, found before it is decoded.
    """
    value = value.strip()
    scheme = _SCHEME.match(value)
    match scheme.group(1).lower() if scheme else "":
        case "http" | "https":
            return Remote(checked_url(value))
        case "data":
            return Inline(_decode_data_uri(value, max_bytes))
        case "":
            return Inline(_decode_bare(value, max_bytes))
        case "file":
            raise BadParameter(_NO_FILES)
        case _:
            raise BadParameter(_NO_SOURCE)


def checked_url(url: str) -> str:
    """The URL itself, when it is one that may be tried: http(s), a host, no user name, no control characters.

    Raises:
        BadParameter: it is not. (Which address the host stands for is checked when it is dialled.)
    """
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
    prefixes = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*")
    riff = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith(prefixes) or riff or data[4:8] == b"ftyp"


def _decode_data_uri(value: str, max_bytes: int) -> bytes:
    header, comma, payload = value.partition(",")
    if not comma or not header.rstrip().lower().endswith(";base64"):
        raise BadParameter("a data URI must have the form data:<type>;base64,<data>")
    if "%" in payload:
        payload = unquote(payload)
    data = _decode_base64(payload, max_bytes)
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


def _decode_base64(text: str, max_bytes: int) -> bytes:
    try:
        digits = text.encode("ascii").translate(_URLSAFE_TO_STANDARD, _WHITESPACE).rstrip(b"=")
        if len(digits) * 3 // 4 > max_bytes:
            raise InputTooLarge(f"the picture is larger than {max_bytes} bytes")
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4), strict_mode=True)
    except ValueError as error:
        raise BadParameter("the base64 data is broken") from error
