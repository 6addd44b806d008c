"""Downloads a picture that a stranger's URL names, without letting the URL reach anything private.

The address is checked in the one place that nothing can go round: when the socket for it is made. So
literal addresses, odd spellings, redirects and names that change their answer are all judged alike.
"""

import asyncio
import logging
import socket
from collections.abc import Iterator, Sequence
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from cleanplate.errors import BadParameter, DownloadFailed, InputTooLarge
from cleanplate.intake.addresses import may_dial
from cleanplate.intake.sources import checked_url
from cleanplate.settings import Network

_log = logging.getLogger(__name__)

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
# Nothing compressed is asked for, and nothing compressed is accepted: what is counted is what arrives.
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "cleanplate"}
# RuntimeError: what uvloop raises where asyncio has an OSError.
_FAILURES: Final = (aiohttp.ClientError, HttpProcessingError, OSError, RuntimeError, ValueError)


class _ForbiddenAddressError(OSError):
    """The address to be dialled is private, or no address of the public internet."""


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
        except _FAILURES as error:
            raise DownloadFailed(_reason(error)) from error

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
            # force_close: a kept connection would be a checked address used for a name that has moved on
            connector = aiohttp.TCPConnector(
                resolver=self._resolver,
                socket_factory=self._socket,
                use_dns_cache=False,
                force_close=True,
            )
            self._opened = aiohttp.ClientSession(
                connector=connector,
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            )
        return self._opened

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, target = address
        if not may_dial(str(target[0]), self._allow):
            _log.warning("refused to dial a private address", extra={"address": target[0]})
            raise _ForbiddenAddressError("the address may not be dialled")
        return socket.socket(family, kind, protocol)


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


def _reason(error: Exception) -> str:
    """One public sentence for what went wrong on the way."""
    chain = list(_causes(error))
    for kind, sentence in (
        (_ForbiddenAddressError, "the address is not allowed"),
        (TimeoutError, "the download took too long"),
        (aiohttp.ClientSSLError, "the server's certificate or TLS set-up is not valid"),
        (socket.gaierror, "the host name was not found"),
        (aiohttp.ClientConnectorDNSError, "the host name was not found"),
        (aiohttp.InvalidURL, "the URL is not valid"),
        (aiohttp.ClientConnectorError, "the server could not be reached"),
        (aiohttp.ClientPayloadError, "the download broke off"),
        (aiohttp.ClientError, "the server's answer could not be read"),
        (ValueError, "the URL is not valid"),
    ):
        if any(isinstance(cause, kind) for cause in chain):
            return sentence
    return "the server could not be reached"


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
