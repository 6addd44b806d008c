"""A collector of traces on loopback: takes OTLP over HTTP, as OpenTelemetry's own, and keeps the spans."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATIENCE_S = 90.0
Attribute = str | bool | int | float


@dataclass(frozen=True)
class Collected:
    """One span as it came."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Attribute]
    failed: bool
    began_ns: int
    ended_ns: int


@dataclass
class Collector:
    """What came until now.

    Attributes:
        bodies: of the requests, as they came.
        headers: of the last one.
        status: what it answers.
    """

    address: str
    bodies: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    @property
    def resource(self) -> dict[str, Attribute]:
        """Who sent the last spans."""
        sent = ExportTraceServiceRequest.FromString(self.bodies[-1]).resource_spans[0]
        return {pair.key: _value(pair.value) for pair in sent.resource.attributes}

    @property
    def spans(self) -> list[Collected]:
        sent = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        scopes = [scope for one in sent for resource in one.resource_spans for scope in resource.scope_spans]
        return [_collected(span) for scope in scopes for span in scope.spans]

    def named(self, name: str, trace: str, count: int = 1) -> list[Collected]:
        """Waits for so many spans of this name in a trace; by their beginnings."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            found = [span for span in self.spans if (span.name, span.trace) == (name, trace)]
            if len(found) >= count:
                return sorted(found, key=lambda span: span.began_ns)
            assert time.monotonic() < deadline_s, (name, [span.name for span in self.spans])
            time.sleep(0.05)


@contextmanager
def collector() -> Iterator[Collector]:
    """One that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Says nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.status == 200:
                found.headers = dict(self.headers)
                found.bodies.append(body)
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def _collected(span: Span) -> Collected:
    return Collected(
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        {pair.key: _value(pair.value) for pair in span.attributes},
        span.status.code == 2,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
    )


def _value(value: AnyValue) -> Attribute:
    kind = value.WhichOneof("value")
    assert kind is not None
    found: Attribute = getattr(value, kind)
    return found
