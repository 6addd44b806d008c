"""What a dialect is: one vendor's HTTP, as a constant `DIALECT` that says everything about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.access import Caller
from cleanplate.api.endpoint import Endpoint, JsonReply
from cleanplate.api.refusal import ErrorTable
from cleanplate.api.services import Services
from cleanplate.settings import Settings
from cleanplate.tasks.task import Task
from cleanplate.transport.json_response import CompactJson


def bearer(request: Request) -> str | None:
    """The secret of `Authorization: Bearer <secret>`, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def plain_json(request: Request, reply: JsonReply) -> Response:
    """The content as it is."""
    return CompactJson(reply.content, reply.status, headers=reply.headers)


def no_routes(services: Services) -> Sequence[Route]:
    """Nothing but endpoints."""
    return ()


def always(settings: Settings) -> bool:
    """Whatever the settings are."""
    return True


def nobody(request: Request, settings: Settings) -> Caller | None:
    """Without a key nobody comes in."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's HTTP.

    Attributes:
        name: stored with each task.
        prefix: the paths it owns, as `/acme`; every error below takes its shape, each path needs a key. It
            may lie within another dialect's, where that one has no paths.
        endpoints: what it answers, each below `prefix` or one of `others`.
        errors: the vendor's words and shape for what goes wrong.
        secret: where the vendor's clients put the API key; None when there is none.
        reply: gives good replies what all of the vendor's have.
        trailing_slash: each path is served with one as well: a redirect would lose body and key.
        webhook_body: the JSON that tells a task's `callback_url` how it ended; given the base URL of links.
            None: the vendor has no webhooks.
        webhook_headers: beside the server's own signature: what the vendor's receivers look at, of a task and
            the bytes of that body.
        webhook_tries: how often one that is not taken is sent, the first time included.
        cors: web pages of any origin may call it, as far as the server's setting allows.
        exposed: headers of its own that web pages may read.
        others: more prefixes, where the vendor has what is not served here; `/v1/acme-*` is all that begin
            so, of requests that have the vendor's kind of key.
        routes: what no endpoint can be: paths elsewhere, without a key, or bodies that are streamed.
        switched_on: whether it is served at all.
        keyless: who asks, of a request that has no key and needs none; None where it needs one.
    """

    name: str
    prefix: str
    endpoints: Sequence[Endpoint]
    errors: ErrorTable
    secret: Callable[[Request], str | None] = bearer
    reply: Callable[[Request, JsonReply], Response] = plain_json
    trailing_slash: bool = True
    webhook_body: Callable[[Services, Task, str], Mapping[str, Any]] | None = None
    webhook_headers: Callable[[Task, bytes], Mapping[str, str]] | None = None
    webhook_tries: int = 6
    cors: bool = False
    exposed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    routes: Callable[[Services], Sequence[Route]] = no_routes
    switched_on: Callable[[Settings], bool] = always
    keyless: Callable[[Request, Settings], Caller | None] = nobody

    def is_idempotent(self, path: str) -> bool:
        """Whether a POST to this path obeys an `Idempotency-Key`."""
        known = path.rstrip("/")
        return any(endpoint.idempotent and endpoint.path == known for endpoint in self.endpoints)

    @property
    def served_paths(self) -> str:
        """What there is below the prefix, in a sentence."""
        by_path: dict[str, list[str]] = {}
        for endpoint in self.endpoints:
            by_path.setdefault(endpoint.path, []).append(endpoint.method)
        known = [f"{method} {path}" for path, methods in by_path.items() for method in sorted(methods)]
        return f"This server serves: {', '.join(known)}."


def is_below(prefix: str, path: str) -> bool:
    """Whether the path is the prefix itself, or lies below it; "/v1/acme-*" is all that begins so."""
    if prefix.endswith("*"):
        return path.startswith(prefix[:-1])
    return path == prefix or path.startswith(prefix + "/")


def dialect_of(dialects: Sequence[Dialect], request: Request) -> Dialect | None:
    """The dialect that owns the path of this request; else one that stands in for its vendor there."""
    path = request.scope["path"]
    owner = owner_of(dialects, path)
    if owner is None or owner.secret(request) or _owns_surely(owner, path):
        return owner
    return owner_of([dialect for dialect in dialects if dialect is not owner], path)


def _owns_surely(dialect: Dialect, path: str) -> bool:
    named = (prefix for prefix in (dialect.prefix, *dialect.others) if not prefix.endswith("*"))
    return any(is_below(prefix, path) for prefix in named)


def owner_of(dialects: Sequence[Dialect], path: str) -> Dialect | None:
    """The same of a path alone. Of prefixes within each other the longest has it."""
    found = [
        (len(prefix), prefix == dialect.prefix, dialect)
        for dialect in dialects
        for prefix in (dialect.prefix, *dialect.others)
        if is_below(prefix, path)
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None
