"""Spans: pieces of work with a beginning and an end, and the tracer that is told of them.

Names and attributes are those of OpenTelemetry's semantic conventions where these have one; what is our own
begins with `cleanplate.`. No attribute holds a prompt, a picture, a key, or more of an address than its host.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

Kind: TypeAlias = Literal["server", "client", "internal"]
"""Whether it answers a request, makes one, or does neither."""
Attributes: TypeAlias = Mapping[str, str | bool | int | float]
TraceContext: TypeAlias = Mapping[str, str]
"""Headers of W3C Trace Context, `traceparent` and `tracestate`: what a span belongs to. {} is no trace."""

NO_TRACE: Final[TraceContext] = MappingProxyType({})
_NONE: Final[Attributes] = MappingProxyType({})


class TraceSpan(Protocol):
    """A piece of work that is being done."""

    @property
    def context(self) -> TraceContext:
        """What its parts belong to, also those that others do."""

    def rename(self, name: str) -> None:
        """Call it this, where the name was not known at its beginning."""

    def set(self, attributes: Attributes) -> None:
        """Say more of it."""

    def fail(self, kind: str) -> None:
        """It failed. `kind`: a word for the sort of failure; one of few."""


class Tracer(Protocol):
    """Is told of spans. Any thread may use it; nothing here blocks or raises, but `close`, which blocks."""

    @property
    def current(self) -> TraceContext:
        """Of the span that this thread, or this task of an event loop, is in."""

    def span(
        self, name: str, parent: TraceContext, *, kind: Kind = "internal", attributes: Attributes = _NONE
    ) -> AbstractContextManager[TraceSpan]:
        """Be in a span until the block ends. What the block raises is its failure.

        Args:
            parent: what it belongs to; `NO_TRACE` begins a trace.
        """

    def record(
        self, name: str, parent: TraceContext, began_ns: int, ended_ns: int, attributes: Attributes = _NONE
    ) -> None:
        """Tell of a span that has ended. Times are Unix nanoseconds."""

    def close(self) -> None:
        """Hand over what was not handed over yet, for two seconds at most. A second time does nothing."""


def server_of(url: str) -> Attributes:
    """What a span may say of an address: its host, and its port where it names one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _NONE
    named = {} if port is None else {"server.port": port}
    return {"server.address": parts.hostname or "", **named}


@dataclass(frozen=True, slots=True)
class NoSpan:
    """A `TraceSpan` that nobody is told of."""

    @property
    def context(self) -> TraceContext:
        return NO_TRACE

    def rename(self, name: str) -> None:
        """Tells nobody."""

    def set(self, attributes: Attributes) -> None:
        """Tells nobody."""

    def fail(self, kind: str) -> None:
        """Tells nobody."""


NO_SPAN: Final = NoSpan()


@dataclass(frozen=True, slots=True)
class NoTracer:
    """A `Tracer` that tells nobody."""

    @property
    def current(self) -> TraceContext:
        return NO_TRACE

    def span(
        self, name: str, parent: TraceContext, *, kind: Kind = "internal", attributes: Attributes = _NONE
    ) -> AbstractContextManager[TraceSpan]:
        return nullcontext(NO_SPAN)

    def record(
        self, name: str, parent: TraceContext, began_ns: int, ended_ns: int, attributes: Attributes = _NONE
    ) -> None:
        """Tells nobody."""

    def close(self) -> None:
        """There is nothing to hand over."""


NO_TRACES: Final = NoTracer()
