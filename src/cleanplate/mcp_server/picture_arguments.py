"""From the string that a tool was given to the bytes of a picture."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import anyio.to_thread

from cleanplate.errors import BadInput, BadParameter, InputTooLarge
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Remote, parse_source
from cleanplate.library.given import RULES, read_file
from cleanplate.mcp_server.result_folder import SCHEME, ResultFolder

SERVED_RULES: Final = replace(RULES, max_bytes=64 * 2**20, max_side_px=8192, max_pixels=40_000_000)
"""What may come over HTTP, as by the native API."""
_LONGEST_PATH: Final = 4096
_ELSEWHERE: Final = ("http:", "https:", "data:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class _SizeIsFineError(BadInput):
    """Ends the decoding of a picture of which only the size was asked."""


@dataclass(frozen=True, slots=True)
class GivenPicture:
    """A picture as a file's bytes. `stem`: what its result is called after."""

    data: bytes
    stem: str = "picture"


@dataclass(frozen=True, slots=True)
class PictureReader:
    """Reads what tools are given.

    Attributes:
        local: files of this machine may be read.
        results: those of earlier calls may be named.
        fetch: (URL, most bytes) -> the file there. From public addresses alone.
        most_bytes: of a download.
    """

    local: bool
    results: ResultFolder
    fetch: Callable[[str, int], Awaitable[bytes]]
    most_bytes: int

    @property
    def rules(self) -> PictureRules:
        """What is accepted."""
        return RULES if self.local else SERVED_RULES

    async def read(self, value: str, role: str) -> GivenPicture:
        """The picture.

        Raises:
            BadInput: there is none, it may not be read, or it is larger than what is taken here; the message
                starts with the role.
        """
        try:
            found = await self._found(value.strip(), role)
        except BadInput as error:
            said = error.public if error.public.startswith(f"{role}: ") else f"{role}: {error.public}"
            raise type(error)(said) from None
        if not self.local:
            await anyio.to_thread.run_sync(check_size, found.data, role, self.rules)
        return found

    async def _found(self, value: str, role: str) -> GivenPicture:
        if value.startswith(SCHEME):
            data = await anyio.to_thread.run_sync(self.results.read, value)
            return GivenPicture(data, _stem(value))
        if self.local and (path := _path(value)) is not None:
            data = await anyio.to_thread.run_sync(_file_data, path, role, self.rules.max_bytes)
            return GivenPicture(data, _safe(path.stem))
        source = parse_source(value, max_bytes=self.rules.max_bytes)
        if isinstance(source, Remote):
            data = await self.fetch(source.url, min(self.rules.max_bytes, self.most_bytes))
            return GivenPicture(data, _stem(source.url))
        return GivenPicture(source.data)


def check_size(data: bytes, role: str, rules: PictureRules) -> None:
    """Refuse what the rules do not allow before it is decoded. Raises `BadInput`."""

    def stop(width: int, height: int) -> None:
        raise _SizeIsFineError("")

    try:
        decode_picture(data, rules, role=role, check=stop)
    except _SizeIsFineError:
        return


def _path(value: str) -> Path | None:
    """The file that the value names; None where it is a URL, or data."""
    if value.lower().startswith("file:"):
        with suppress(ValueError):
            parts = urlsplit(value)
            if parts.netloc in ("", "localhost"):
                return Path(url2pathname(parts.path))
        raise BadParameter("only a file: URI of this machine can be read, as file:///home/me/photo.jpg")
    if not value or len(value) > _LONGEST_PATH or value.lower().startswith(_ELSEWHERE):
        return None
    if found := _SCHEME.match(value):
        raise BadParameter(f"{found[0]} is not read: name a file, or an http(s) or data URL")
    path = Path(value)
    with suppress(RuntimeError):  # there is no such user
        return path.expanduser()
    return path


def _file_data(path: Path, role: str, most_bytes: int) -> bytes:
    """A file, but no device and no pipe: some never end. Raises `BadInput`."""
    with suppress(OSError, ValueError):  # which `read_file` puts into words
        about = path.stat()
        if not (S_ISREG(about.st_mode) or S_ISDIR(about.st_mode)):
            raise BadInput(f"{role}: {path} is no file")
        if about.st_size > most_bytes:
            raise InputTooLarge(f"{role}: {path} is larger than {most_bytes} bytes")
    return read_file(path, role)


def _stem(uri: str) -> str:
    return _safe(Path(unquote(urlsplit(uri).path)).stem)


def _safe(stem: str) -> str:
    """A name that every system takes, of at most 60 signs."""
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in stem)[:60].strip("-")
    return kept or "picture"
