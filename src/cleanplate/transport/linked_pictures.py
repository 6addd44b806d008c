"""Pictures of the internet for pages that may not ask there themselves: fetched as inputs of edits are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cleanplate.errors import LimitReached, NotAPicture
from cleanplate.intake.fair_places import FairPlaces
from cleanplate.intake.sources import looks_like_picture

Fetch: TypeAlias = Callable[[str, int, str], Awaitable[bytes]]
"""(URL, most bytes, account that asks) -> the file; as `intake.fetch.Fetcher.fetch`."""
_AT_ONCE: Final = 8
_WAIT_S: Final = 10.0
_RETRY_S: Final = 5
# A stranger's file is a picture or nothing: no browser may run it, or show it as a page of this server
_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "content-disposition": "attachment",
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
}


class LinkedPictures:
    """Fetches pictures and hands them on. Belongs to one event loop.

    Args:
        fetch: refuses private addresses.
        max_bytes: of one picture.
        at_once: how many may be in memory, from the first byte that comes to the last that goes; the
            accounts share them.
        wait_s: how long a request waits for its place.
    """

    def __init__(
        self, fetch: Fetch, *, max_bytes: int, at_once: int = _AT_ONCE, wait_s: float = _WAIT_S
    ) -> None:
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._places = FairPlaces(at_once)
        self._wait_s = wait_s

    async def get(self, url: str, account: str) -> Response:
        """The file that a URL leads to, as it is.

        Raises:
            DownloadFailed: it cannot be fetched, or may not be.
            InputTooLarge: it has more than `max_bytes`.
            LimitReached: there was no place for some seconds.
            NotAPicture: it is something else.
        """
        async with AsyncExitStack() as holding:
            try:
                async with asyncio.timeout(self._wait_s):
                    await holding.enter_async_context(self._places.hold(account))
            except TimeoutError:
                told = "other pictures are being fetched; try again later"
                raise LimitReached(told, kind="queue", retry_after_s=_RETRY_S) from None
            data = await self._fetch(url, self._max_bytes, account)
            if not looks_like_picture(data):
                raise NotAPicture("what the URL leads to is no picture")
            return _Held(data, holding.pop_all())


class _Held(Response):
    """A file that keeps its place until it has gone out, or nobody wants it any more."""

    media_type = "application/octet-stream"

    def __init__(self, data: bytes, holding: AsyncExitStack) -> None:
        super().__init__(data, headers=_HEADERS)
        self._holding = holding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._holding:
            await super().__call__(scope, receive, send)
