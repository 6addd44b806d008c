"""The one way out to an address that a stranger named: an HTTP session that reaches nothing private.

The address is checked in the one place that nothing can go round: when the socket for it is made. So
literal addresses, odd spellings, redirects and names that change their answer are all judged alike.
"""

import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError

from cleanplate.intake.public_addresses import may_dial
from cleanplate.settings import Network
from cleanplate.version import __version__

_log = logging.getLogger(__name__)

# RuntimeError: what uvloop raises where asyncio has an OSError.
FAILURES: Final = (aiohttp.ClientError, HttpProcessingError, OSError, RuntimeError, ValueError)
"""All that a request of the session may raise; `failure_reason` says each in words."""


class ForbiddenAddressError(OSError):
    """The address to be dialled is private, or no address of the public internet."""


def guarded_session(
    allow: Sequence[Network],
    *,
    timeout_s: float,
    headers: Mapping[str, str],
    resolver: AbstractResolver | None = None,
) -> aiohttp.ClientSession:
    """Open a session on the running event loop. It keeps no cookies and no connections.

    Args:
        allow: networks that may be reached besides public addresses.
        timeout_s: seconds for one request in all.
        headers: sent with each, besides our name.
        resolver: how names become addresses; the system's by default.
    """

    def dial(address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, target = address
        if not may_dial(str(target[0]), allow):
            _log.warning("refused to dial a private address", extra={"address": target[0]})
            raise ForbiddenAddressError("the address may not be dialled")
        return socket.socket(family, kind, protocol)

    # force_close: a kept connection would be a checked address used for a name that has moved on
    connector = aiohttp.TCPConnector(
        resolver=resolver, socket_factory=dial, use_dns_cache=False, force_close=True
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": f"cleanplate/{__version__}", **headers},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    )


def failure_reason(error: Exception) -> str:
    """One public sentence for what went wrong on the way."""
    chain = list(_causes(error))
    for kind, sentence in (
        (ForbiddenAddressError, "the address is not allowed"),
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
