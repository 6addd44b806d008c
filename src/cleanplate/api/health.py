"""`GET /healthz`: whether tasks can be accepted and done. It needs no key, and names the ill part alone."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.json_response import CompactJson

_log = logging.getLogger(__name__)

Check = Callable[[], str]
"""What is wrong with one part, in a few words; "" when it is well. It may block."""

_PATIENCE_S: Final = 3.0
FREE_BYTES: Final = 64 * 2**20
"""Less room than this on the disk is no room: one task brings as much."""


def health_route(checks: Mapping[str, Check]) -> Route:
    """200 when all parts are well, else 503; `{"status": …}` and a word for each part."""
    open_checks: dict[str, asyncio.Task[str]] = {}

    async def check(part: str) -> str:
        # One look at a time: requests do not pile up behind a part that hangs
        if part not in open_checks:
            open_checks[part] = asyncio.create_task(anyio.to_thread.run_sync(checks[part]))
            open_checks[part].add_done_callback(lambda _: open_checks.pop(part))
        done, _ = await asyncio.wait({open_checks[part]}, timeout=_PATIENCE_S)
        return done.pop().result() if done else "does not answer"

    async def healthz(request: Request) -> Response:
        wrong = dict(zip(checks, await asyncio.gather(*map(check, checks)), strict=True))
        well = not any(wrong.values())
        if not well:
            _log.error("not well: %s", {part: word for part, word in wrong.items() if word})
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        words = {part: word or "ok" for part, word in wrong.items()}
        body = {"status": "ok" if well else "unavailable", **words}
        return CompactJson(body, status, headers={"Cache-Control": "no-store"})

    return Route("/healthz", healthz, methods=["GET"])


def disk_trouble(data: Path, *, least_bytes: int = FREE_BYTES) -> str:
    """Whether a file can be written to the folder, and how much room there is left."""
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"well")
        free_bytes = shutil.disk_usage(data).free
    except OSError:
        return "cannot be written"
    return "full" if free_bytes < least_bytes else ""
