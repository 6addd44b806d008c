"""`GET /metrics` for Prometheus, where the operator has set a key for it."""

import hmac

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.dialect import bearer
from cleanplate.transport.json_response import CompactJson


def metrics_routes(registry: CollectorRegistry, key: str) -> list[Route]:
    """The path, for `Authorization: Bearer <key>` alone; no path at all where the key is empty."""

    async def metrics(request: Request) -> Response:
        given = bearer(request) or ""
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), key.encode()):
            headers = {"WWW-Authenticate": "Bearer"}
            return CompactJson({"message": "a key is needed: Authorization: Bearer"}, 401, headers=headers)
        return await _told(registry, request)

    return [Route("/metrics", metrics, methods=["GET"])] if key else []


def open_metrics_route(registry: CollectorRegistry) -> Route:
    """The path for everybody, on a port that strangers do not reach."""

    async def metrics(request: Request) -> Response:
        return await _told(registry, request)

    return Route("/metrics", metrics, methods=["GET"])


async def _told(registry: CollectorRegistry, request: Request) -> Response:
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    body = await run_in_threadpool(encode, registry)
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
