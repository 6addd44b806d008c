"""Downloads a picture that a stranger's URL names, without letting the URL reach anything private.

`guarded_connector` checks the address; each redirect is checked as a URL and dialled anew.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from cleanplate.errors import BadParameter, DownloadFailed, InputTooLarge, NotAPicture
from cleanplate.intake.content_encoding import decode_content
from cleanplate.intake.dead_hosts import DeadHosts
from cleanplate.intake.fair_places import FairPlaces
from cleanplate.intake.guarded_connector import FAILURES, failure_reason, guarded_session
from cleanplate.intake.sources import check_url
from cleanplate.settings import Network

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WHOLE: Final = frozenset({200, 203})
_PART: Final = 206
_BUSY: Final = frozenset({429, 502, 503, 504})
"""What a host says that will do it in a moment."""
_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5
_HEADERS: Final[Mapping[str, str]] = {"Accept": "image/*, */*;q=0.8", "Accept-Encoding": "identity"}
_URL_SIGNS: Final = "!$%&'()*+,/:;=?@[]~"
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_RANGE = re.compile(r"bytes 0-(\d{1,15})/(\d{1,15})")
_WEB_PAGE = re.compile(
    rb"\s*(?:<!--.{0,1000}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MOST_COOKIE_CHARS: Final = 4096
_TOO_LONG: Final = "the download took too long"


class _RetryableError(Exception):
    """The first try failed in a way that may be over in a moment."""

    def __init__(self, failure: DownloadFailed, pause_s: float) -> None:
        super().__init__(failure.public)
        self.failure = failure
        self.pause_s = pause_s


@dataclass(slots=True)
class _Download:
    """One file on its way.

    Attributes:
        timeout: counts the time on the way alone.
        waits_for: the host that was asked and has said nothing yet; "" when it has.
    """

    max_bytes: int
    key: str
    timeout: asyncio.Timeout
    waits_for: str = ""


class Fetcher:
    """Fetches http(s) URLs. Belongs to one event loop; `close` it there.

    Args:
        allow: networks that may be reached besides public addresses.
        timeout_s: seconds for one download in all, redirects included.
        memory_bytes: what all downloads together may hold; those that do not fit wait for the others.
        resolver: how names become addresses; the system's by default.
    """

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        timeout_s: float = 30.0,
        memory_bytes: int = 256 * 2**20,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._memory = FairPlaces(memory_bytes)
        self._dead = DeadHosts()
        # `fetch` counts the seconds.
        self._endless = aiohttp.ClientTimeout(total=None)
        self._opened: aiohttp.ClientSession | None = None

    async def fetch(self, url: str, max_bytes: int, key: str = "") -> bytes:
        """Download at most `max_bytes`.

        Args:
            key: who asks; keys share the memory.

        Raises:
            DownloadFailed: for whatever reason the file does not come whole, or the URL may not be fetched.
            InputTooLarge: the file is larger.
            NotAPicture: it is a web page.
        """
        try:
            async with asyncio.timeout(self._timeout_s) as timeout:
                download = _Download(max_bytes, key, timeout)
                return await self._try_twice(url, download)
        except TimeoutError as error:
            if download.waits_for:
                self._dead.silent(key, download.waits_for)
            raise DownloadFailed(_TOO_LONG) from error
        except BadParameter as error:
            raise DownloadFailed(error.public) from error
        except FAILURES as error:
            raise DownloadFailed(failure_reason(error)) from error

    async def close(self) -> None:
        """Close what is open. A later `fetch` would open it again."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _try_twice(self, url: str, download: _Download) -> bytes:
        """Try, and once more when the host was busy or hung up."""
        try:
            return await self._follow_redirects(url, download)
        except _RetryableError as busy:
            await asyncio.sleep(busy.pause_s)
        try:
            return await self._follow_redirects(url, download)
        except _RetryableError as still:
            raise still.failure from still

    async def _follow_redirects(self, url: str, download: _Download) -> bytes:
        cookies: dict[URL, dict[str, str]] = {}
        for _ in range(_MAX_REDIRECTS + 1):
            target = _exact_url(url)
            download.waits_for = str(target.origin())
            if self._dead.is_dead(download.key, download.waits_for):
                raise DownloadFailed(_TOO_LONG, log="a host that does not answer is not asked for a while")
            try:
                async with self._session().get(
                    target,
                    headers=_cookie_header(cookies, target),
                    allow_redirects=False,
                    timeout=self._endless,
                ) as response:
                    self._dead.answered(download.key, download.waits_for)
                    download.waits_for = ""
                    if response.status not in _REDIRECTS:
                        return await self._read(response, download)
                    _store_cookies(cookies, target, response)
                    url = urljoin(str(target), _quote(response.headers.get("Location", "")))
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                raise _RetryableError(DownloadFailed(failure_reason(error)), _PAUSE_S) from error
        raise DownloadFailed("too many redirects")

    async def _read(self, response: aiohttp.ClientResponse, download: _Download) -> bytes:
        """The whole file, once there is room for it. The host waits meanwhile, and no time is counted."""
        whole_bytes, announced = _announced_bytes(response), response.content_length
        if (announced or 0) > download.max_bytes:
            raise _too_large(download.max_bytes)
        left_s = (download.timeout.when() or 0.0) - asyncio.get_running_loop().time()
        download.timeout.reschedule(None)
        async with self._memory.hold(download.key, announced or download.max_bytes):
            download.timeout.reschedule(asyncio.get_running_loop().time() + left_s)
            return await _read_whole(response, download.max_bytes, whole_bytes)

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = guarded_session(
                self._allow, timeout_s=self._timeout_s, headers=_HEADERS, resolver=self._resolver
            )
        return self._opened


def _too_large(max_bytes: int) -> InputTooLarge:
    return InputTooLarge(f"the file is larger than {max_bytes} bytes")


async def _read_whole(response: aiohttp.ClientResponse, max_bytes: int, whole_bytes: int | None) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > max_bytes:
            raise _too_large(max_bytes)
    if whole_bytes is not None and len(data) != whole_bytes:
        raise DownloadFailed("the download broke off")
    encoding = response.headers.get("Content-Encoding", "")
    # In a thread: a bomb takes its time even if it comes to nothing
    return _refuse_page(await asyncio.to_thread(decode_content, bytes(data), encoding, max_bytes))


def _announced_bytes(response: aiohttp.ClientResponse) -> int | None:
    """How many bytes a range says there are; None without one. Only answers with the whole file pass."""
    status = response.status
    if status in _WHOLE:
        return None
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if status == _PART and found and int(found[1]) + 1 == int(found[2]):
        return int(found[2])
    failure = DownloadFailed(f"the server answered {status}")
    wanted = response.headers.get("Retry-After", "")
    pause_s = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else _PAUSE_S  # noqa: PLR2004 - digits
    if status in _BUSY and pause_s <= _LONGEST_PAUSE_S:
        raise _RetryableError(failure, pause_s)
    raise failure


def _refuse_page(data: bytes) -> bytes:
    if not data:
        raise DownloadFailed("the server sent an empty file")
    if _WEB_PAGE.match(data):
        raise NotAPicture("the URL leads to a web page, not to a picture")
    return data


def _exact_url(url: str) -> URL:
    """The URL as it was written, byte for byte where it is valid: signatures are made over that spelling."""
    parts = urlsplit(check_url(url))
    query = f"?{parts.query}" if parts.query else ""
    return URL(str(URL(url).origin()) + _quote((parts.path or "/") + query), encoded=True)


def _quote(text: str) -> str:
    """Escaped is what may not stand in a URL; bytes that are no UTF-8 stay what they are."""
    raw = _NO_ESCAPE.sub("%25", text).encode("utf-8", "surrogateescape")
    return quote(raw, safe=_URL_SIGNS + "#")


def _store_cookies(cookies: dict[URL, dict[str, str]], target: URL, response: aiohttp.ClientResponse) -> None:
    """Some hosts give a cookie, redirect to the same place and look for it. It lives for one download."""
    given = {name: morsel.coded_value for name, morsel in response.cookies.items()}
    if given:
        cookies.setdefault(target.origin(), {}).update(given)


def _cookie_header(cookies: dict[URL, dict[str, str]], target: URL) -> dict[str, str]:
    line = "; ".join(f"{name}={value}" for name, value in cookies.get(target.origin(), {}).items())
    return {"Cookie": line} if 0 < len(line) <= _MOST_COOKIE_CHARS else {}
