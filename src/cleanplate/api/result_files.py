"""`GET /results/<task>/<attempt>/<file>`: a finished picture, for whoever holds its signed link."""

import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import closing
from email.utils import formatdate
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cleanplate.api.services import Services
from cleanplate.errors import BlobMissing, StorageFailed
from cleanplate.storage.base import BlobInfo, Pieces
from cleanplate.storage.media_types import blob_headers
from cleanplate.tasks.task import Output
from cleanplate.transport.byte_ranges import is_known, is_other_version, requested_range
from cleanplate.transport.json_response import CompactJson
from cleanplate.transport.request_threads import RequestThreads
from cleanplate.transport.streamed_reply import StreamedReply

_log = logging.getLogger(__name__)

_CACHING: Final[Mapping[str, str]] = {"cache-control": "private, max-age=3600"}


def result_route(services: Services) -> Route:
    """The route of all result links. It needs no key: the signature opens one file until it expires."""

    async def serve(request: Request) -> Response:
        return await services.threads.read_file(partial(_serve, services, request))

    return Route("/results/{name:path}", serve, methods=["GET"])


def _serve(services: Services, request: Request) -> Response:
    key = f"results/{request.path_params['name']}"
    expires = request.query_params.get("expires", "")
    signature = request.query_params.get("signature", "")
    # Keys that were never made are never signed: what passes is a key of our own.
    if not services.links.verify(key, expires, signature, time.time()):
        return CompactJson({"code": "AccessDenied", "message": "The link is not valid or has expired."}, 403)
    try:
        return stored_picture(services, request, key)
    except BlobMissing:
        return CompactJson({"code": "NotFound", "message": "The picture is no longer here."}, 404)
    except StorageFailed as error:
        _log.warning("a result cannot be read: %s", error.log)
        told = {"code": "ServiceUnavailable", "message": "The picture cannot be read just now."}
        return CompactJson(told, 503, {"Retry-After": str(error.retry_after_s)})


def stored_picture(services: Services, request: Request, key: str) -> Response:
    """The picture, the part of it that is wanted, or that it has not changed. May block.

    Args:
        key: of a result, as `Output.key` has it; who may see it is asked before.

    Raises:
        BlobMissing: it is not there (any more); `StorageFailed`: it cannot be read just now.
    """
    info = services.objects.info(key)
    if info is None:
        raise BlobMissing("a stored file could not be read", log=f"{key}: it is not there")
    validators = _validators(info)
    if is_other_version(request, validators):
        return Response(status_code=412, headers=validators)
    if is_known(request, validators):
        return Response(status_code=304, headers={**_CACHING, **validators})
    part = requested_range(request, info.size_bytes, validators)
    if part == "unsatisfiable":
        return PlainTextResponse(status_code=416, headers={"content-range": f"bytes */{info.size_bytes}"})
    start, end = (0, info.size_bytes) if part is None else (part.start, part.end)
    headers = _headers(key) | validators | {"content-length": str(end - start)}
    if part is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{info.size_bytes}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(None, status, headers)
    pieces = services.objects.open_range(key, start, end - start)
    return StreamedReply(_streamed(services.threads, pieces), status, headers)


def picture_response(services: Services, output: Output, headers: Mapping[str, str]) -> Response:
    """A result as it is, in reply to who waited for it. Raises `StorageFailed`, `BlobMissing`."""
    info = services.objects.info(output.key)
    if info is None:
        raise BlobMissing("a stored file could not be read", log=f"{output.key}: it is not there")
    more = {
        "content-length": str(info.size_bytes),
        "content-type": output.media_type,
        "x-content-type-options": "nosniff",
    }
    pieces = services.objects.open_range(output.key, 0, info.size_bytes)
    return StreamedReply(_streamed(services.threads, pieces), headers={**headers, **more})


async def _streamed(threads: RequestThreads, pieces: Pieces) -> AsyncGenerator[bytes]:
    with closing(pieces):
        while (piece := await threads.read_file(partial(next, pieces, None))) is not None:
            yield piece


def _validators(info: BlobInfo) -> dict[str, str]:
    """What tells one version of a file from another."""
    version = hashlib.md5(f"{info.modified_s}-{info.size_bytes}".encode(), usedforsecurity=False)
    return {"last-modified": formatdate(info.modified_s, usegmt=True), "etag": f'"{version.hexdigest()}"'}


def _headers(key: str) -> dict[str, str]:
    return {
        **_CACHING,
        **blob_headers(key),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
    }
