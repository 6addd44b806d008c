"""Downloads a picture that a stranger's URL names, without letting the URL reach anything private.

`dialing` checks the address; each redirect is checked as a URL and dialled anew.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from cleanplate.errors import BadParameter, DownloadFailed, InputTooLarge
from cleanplate.intake.dialing import FAILURES, guarded_session, reason
from cleanplate.intake.sources import checked_url
from cleanplate.settings import Network

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
# Nothing compressed is asked for, and nothing compressed is accepted: what is counted is what arrives.
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}


class Fetcher:
    """Fetches http(s) URLs. Belongs to one event loop; `close` it there.

    Args:
        allow: networks that may be reached besides public addresses.
        timeout_s: seconds for one download in all, redirects included.
        resolver: how names become addresses; the system's by default.
    """

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        timeout_s: float = 30.0,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._opened: aiohttp.ClientSession | None = None

    async def fetch(self, url: str, max_bytes: int) -> bytes:
        """Download at most `max_bytes`.

        Raises:
            DownloadFailed: for whatever reason there is no answer 200, or the URL may not be fetched.
            InputTooLarge: the file is larger.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url, max_bytes)
        except TimeoutError as error:
            raise DownloadFailed("the download took too long") from error
        except BadParameter as error:
            raise DownloadFailed(error.public) from error
        except FAILURES as error:
            raise DownloadFailed(reason(error)) from error

    async def close(self) -> None:
        """Close what is open. A later `fetch` would open it again."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _follow(self, url: str, max_bytes: int) -> bytes:
        target = URL(checked_url(url))
        for _ in range(_MAX_REDIRECTS + 1):
            async with self._session().get(target, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await _read(response, max_bytes)
                location = response.headers.get("Location", "")
                target = URL(checked_url(str(target.join(URL(location)))))
        raise DownloadFailed("too many redirects")

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = guarded_session(
                self._allow, timeout_s=self._timeout_s, headers=_HEADERS, resolver=self._resolver
            )
        return self._opened


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if response.status != _OK:
        raise DownloadFailed(f"the server answered {response.status}")
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise DownloadFailed("the server sent compressed data")
    too_large = InputTooLarge(f"the file is larger than {max_bytes} bytes")
    if (response.content_length or 0) > max_bytes:
        raise too_large
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > max_bytes:
            raise too_large
    return bytes(data)
