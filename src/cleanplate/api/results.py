"""`GET /results/<task>/<attempt>/<file>`: a finished picture, for whoever holds its signed link."""

import time
from collections.abc import Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from cleanplate.api.base import CompactJson, Services

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


def result_route(services: Services) -> Route:
    """The route of all result links. It needs no key: the signature opens one file until it expires."""

    async def serve(request: Request) -> Response:
        return await run_in_threadpool(_serve, services, request)

    return Route("/results/{name:path}", serve, methods=["GET"])


def _serve(services: Services, request: Request) -> Response:
    key = f"results/{request.path_params['name']}"
    expires = request.query_params.get("expires", "")
    signature = request.query_params.get("signature", "")
    # Keys that were never made are never signed: what passes is a key of our own.
    if not services.links.verify(key, expires, signature, time.time()):
        return CompactJson({"code": "AccessDenied", "message": "The link is not valid or has expired."}, 403)
    path = services.objects.path(key)
    if path is None:
        return CompactJson({"code": "NotFound", "message": "The picture is no longer here."}, 404)
    media_type = _MEDIA_TYPES.get(path.suffix.removeprefix("."), "application/octet-stream")
    return FileResponse(
        path,
        media_type=media_type,
        headers=_HEADERS,
        filename=path.name,
        content_disposition_type="inline",
    )
