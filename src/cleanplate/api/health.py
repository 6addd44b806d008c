"""`GET /healthz`: the process is alive. `GET /readyz`: tasks are accepted and done, or which part is ill.

Neither needs a key, and neither tells more than a word for each part.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.errors import StorageFailed, StorageFull
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.probing import probe
from cleanplate.transport.json_response import CompactJson

_log = logging.getLogger(__name__)

Check = Callable[[], str]
"""What is wrong with one part, in a few words; "" when it is well. It may block."""

_PATIENCE_S: Final = 3.0
_KEPT_S: Final = 1.0
"""Whoever asks again sooner gets what was found before: asking costs the server nothing."""
_THREADS: Final = 16
"""Of their own: a part that hangs takes none from requests."""
_NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}


def health_routes(checks: Mapping[str, Check], *, advisory: Collection[str] = ()) -> list[Route]:
    """`/healthz` and `/readyz`.

    `/healthz` is 200 `{"status": "ok"}`, and looks at nothing. `/readyz` is 200 with `ok`, or `degraded` when
    only advisory parts are ill, else 503 `unavailable`; and a word for each part.

    Args:
        checks: by part.
        advisory: parts that a server can be ill in, and be the right one to ask all the same.
    """
    readiness = _Readiness(checks, advisory)

    async def healthz(request: Request) -> Response:
        return CompactJson({"status": "ok"}, headers=_NO_STORE)

    async def readyz(request: Request) -> Response:
        words = await readiness.words()
        status = readiness.status(words)
        code = HTTPStatus.SERVICE_UNAVAILABLE if status == "unavailable" else HTTPStatus.OK
        told = {part: word or "ok" for part, word in words.items()}
        return CompactJson({"status": status, **told}, code, headers=_NO_STORE)

    return [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


@dataclass(slots=True)
class _Readiness:
    """What was found of each part, kept for a moment. Used in the event loop only."""

    checks: Mapping[str, Check]
    advisory: Collection[str]
    _limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_THREADS))
    _open: dict[str, asyncio.Task[str]] = field(default_factory=dict)
    _looking: asyncio.Task[dict[str, str]] | None = None
    _words: dict[str, str] = field(default_factory=dict)
    _until_s: float = 0.0

    async def words(self) -> dict[str, str]:
        """A word for each part, "" when it is well; looked for once, however many ask."""
        if time.monotonic() < self._until_s:
            return self._words
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        # Who asked may go away: the others still wait for the answer
        return await asyncio.shield(self._looking)

    def status(self, words: Mapping[str, str]) -> str:
        """All of them in one word."""
        ill = {part for part, word in words.items() if word}
        return "unavailable" if ill - set(self.advisory) else "degraded" if ill else "ok"

    async def _look(self) -> dict[str, str]:
        found = await asyncio.gather(*map(self._check, self.checks))
        words = dict(zip(self.checks, found, strict=True))
        if words != self._words and (any(words.values()) or any(self._words.values())):
            ill = {part: word for part, word in words.items() if word}
            _log.log(logging.ERROR if ill else logging.INFO, "%s: %s", self.status(words), ill or "all parts")
        self._words, self._until_s = words, time.monotonic() + _KEPT_S
        return words

    async def _check(self, part: str) -> str:
        # One look at a time: requests do not pile up behind a part that hangs
        if part not in self._open:
            look = anyio.to_thread.run_sync(self.checks[part], limiter=self._limiter)
            self._open[part] = asyncio.ensure_future(look)
            self._open[part].add_done_callback(lambda _: self._open.pop(part))
        done, _ = await asyncio.wait({self._open[part]}, timeout=_PATIENCE_S)
        return _word(part, done.pop()) if done else "does not answer"


def _word(part: str, look: asyncio.Task[str]) -> str:
    if (fault := look.exception()) is None:
        return look.result()
    _log.error("%s could not be looked at", part, exc_info=fault)
    return "cannot be looked at"


def objects_trouble(objects: BlobStore) -> str:
    """Whether a blob can be written and taken away again."""
    try:
        probe(objects)
    except StorageFull:
        return "full"
    except StorageFailed:
        return "cannot be written"
    return ""


def disk_trouble(floor: DiskFloor) -> str:
    """Whether there is as much room as is wanted."""
    try:
        floor.check()
    except StorageFull:
        return "full"
    except StorageFailed:
        return "cannot be used"
    return ""


def queue_trouble(oldest_s: Callable[[], float], longest_s: float) -> str:
    """Whether tasks wait longer than they should."""
    try:
        return "slow" if oldest_s() > longest_s else ""
    except StorageFailed:
        return "not known"
