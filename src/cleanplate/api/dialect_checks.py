"""What is looked at in every dialect before the server starts: a mistake in one is told then, in one line."""

from collections.abc import Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from itertools import takewhile
from types import ModuleType
from typing import Any, Final

from cleanplate.api.dialect import Dialect, is_below, owner_of
from cleanplate.api.endpoint import Endpoint
from cleanplate.discovery import origin
from cleanplate.errors import SetupError

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What an endpoint may answer. HEAD is answered by its GET, OPTIONS by the server."""
_OWN: Final = ("/healthz", "/readyz", "/metrics", "/results")
"""Paths of the server itself, which need no key."""
_BRACES: Final = frozenset("{}")


def check_dialects(dialects: Sequence[Dialect], plugins: Sequence[ModuleType] = ()) -> None:
    """Look for what would be served without a key, in another dialect's words, or not at all.

    Raises:
        SetupError: names the dialect, its plug-in's file if it is one, and the path or the prefix.
    """
    for dialect in dialects:
        if fault := next(_faults(dialect, dialects), None):
            raise SetupError(f"{_called(dialect, plugins)} cannot be used: {fault}")


def _called(dialect: Dialect, plugins: Sequence[ModuleType]) -> str:
    held = (module for module in plugins if _holds(module, dialect))
    module = next(held, None)
    name = f"the dialect {dialect.name}"
    return name if module is None else f"the plug-in {origin(module)}, {name},"


def _holds(module: ModuleType, dialect: Dialect) -> bool:
    value = getattr(module, "DIALECT", None)
    return any(item is dialect for item in (value if isinstance(value, tuple) else (value,)))


def _faults(dialect: Dialect, dialects: Sequence[Dialect]) -> Iterator[str]:
    yield from _faults_of_prefixes(dialect)
    # Of two that collide the later is told: plug-ins come after what was there.
    earlier = tuple(takewhile(lambda other: other is not dialect, dialects))
    for other in earlier:
        yield from _collisions(dialect, other)
    yield from _faults_of_functions(dialect)
    seen: set[tuple[str, str]] = set()
    for endpoint in dialect.endpoints:
        yield from _faults_of_endpoint(endpoint, dialect, (*earlier, dialect))
        called = (endpoint.method, endpoint.path)
        if called in seen:
            yield f"{endpoint.method} {endpoint.path} is there twice"
        seen.add(called)


def _faults_of_prefixes(dialect: Dialect) -> Iterator[str]:
    for prefix in _prefixes(dialect):
        if not prefix.startswith("/"):
            yield f"the prefix {prefix!r} does not begin with a slash"
        if prefix.endswith("/"):
            yield f"the prefix {prefix!r} ends with a slash"
        if _BRACES & set(prefix):
            yield f"the prefix {prefix!r} has a part that varies"
        if any(is_below(own, prefix) for own in _OWN):
            yield f"the prefix {prefix!r} belongs to the server itself"


def _prefixes(dialect: Dialect) -> tuple[str, ...]:
    return (dialect.prefix, *dialect.others)


def _collisions(dialect: Dialect, other: Dialect) -> Iterator[str]:
    """One may own what the other only stands in for, or a part of its prefix in which it has no path."""
    pairs = [(dialect.prefix, other.prefix)]
    pairs += [(mine, theirs) for mine in dialect.others for theirs in other.others]
    for mine, theirs in pairs:
        if mine == theirs:
            yield f"its prefix {mine} and {theirs}, the prefix of {other.name}, are equal"
    for prefix in _prefixes(dialect):
        if path := _taken(other, prefix):
            yield f"its prefix {prefix} takes the path {path} of {other.name}"
    for prefix in _prefixes(other):
        if path := _taken(dialect, prefix):
            yield f"its path {path} is below {prefix}, a prefix of {other.name}"


def _taken(dialect: Dialect, prefix: str) -> str:
    """The first path that the prefix of another dialect takes away from this one; "" where it takes none."""
    within = any(is_below(outer, prefix) and outer != prefix for outer in _prefixes(dialect))
    paths = (endpoint.path for endpoint in dialect.endpoints if within and _meets(endpoint.path, prefix))
    return next(paths, "")


def _meets(path: str, prefix: str) -> bool:
    """Whether a path with `{parts}` has addresses below the prefix."""
    parts, wanted = path.split("/"), prefix.split("/")
    pairs = zip(parts, wanted, strict=False)
    return len(parts) >= len(wanted) and all(part == one or _BRACES & set(part) for part, one in pairs)


def _faults_of_functions(dialect: Dialect) -> Iterator[str]:
    errors = dialect.errors
    functions: dict[str, Callable[..., Any] | None] = {
        "secret": dialect.secret,
        "reply": dialect.reply,
        "webhook_body": dialect.webhook_body,
        "webhook_headers": dialect.webhook_headers,
        "routes": dialect.routes,
        "switched_on": dialect.switched_on,
        "keyless": dialect.keyless,
        "errors.render": errors.render,
        "errors.of_status": errors.of_status,
        "errors.of_error": errors.of_error,
    }
    for name, function in functions.items():
        if _is_async(function):
            yield f"{name} is an async function; it must be a plain one"


def _faults_of_endpoint(endpoint: Endpoint, dialect: Dialect, dialects: Sequence[Dialect]) -> Iterator[str]:
    called = f"{endpoint.method} {endpoint.path}"
    if endpoint.method not in METHODS:
        yield f"{called}: the method must be one of {', '.join(METHODS)}"
    owner = owner_of(dialects, endpoint.path)
    if owner is None:
        yield f"the path {endpoint.path} is not below its prefix {' or '.join(_prefixes(dialect))}"
    elif owner is not dialect:
        yield f"the path {endpoint.path} is below the prefix of {owner.name}"
    if _is_async(endpoint.handler):
        yield f"{called}: its handler is an async function; it must be a plain one, it runs in a thread"
    if endpoint.idempotent and (endpoint.method != "POST" or _BRACES & set(endpoint.path)):
        yield f"{called}: only a POST to a path without {{parts}} can be idempotent"


def _is_async(function: Callable[..., Any] | None) -> bool:
    # An object that is called has its function in its class.
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(type(function), "__call__", None))  # noqa: B004
