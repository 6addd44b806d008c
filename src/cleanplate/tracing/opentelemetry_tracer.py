"""Spans for OpenTelemetry, sent by OTLP over HTTP. Imported only where traces are asked for.

A collector that is slow or away costs nobody anything: spans wait in a queue of bounded length that a thread
empties, and what does not fit is dropped.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cleanplate.telemetry import hideable, redact
from cleanplate.tracing.spans import Attributes, Kind, TraceContext, TraceSpan
from cleanplate.version import __version__

_log = logging.getLogger(__name__)

_KINDS: Final[Mapping[Kind, trace.SpanKind]] = MappingProxyType(
    {
        "server": trace.SpanKind.SERVER,
        "client": trace.SpanKind.CLIENT,
        "internal": trace.SpanKind.INTERNAL,
    }
)
_CHATTY: Final = ("opentelemetry.trace", "opentelemetry.sdk.trace")
"""Once all is set up, they warn of what strangers send in `traceparent`, and of requests that are over before
their span is told of its task."""
_QUEUE: Final = "opentelemetry.sdk._shared_internal"
"""The logger that tells of spans for which the queue has no room."""
_LONGEST: Final = 200
"""Of what an attribute says, in characters."""
_FLUSH_S: Final = 2.0
_NONE: Final[Attributes] = MappingProxyType({})


class OpenTelemetryTracer:
    """A `Tracer` that OpenTelemetry's own variables configure, `OTEL_…`.

    Args:
        secrets: taken out of whatever an attribute says.

    Raises:
        ValueError: a variable does not fit; the text names it.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = hideable(secrets)
        self._exporter = _OnceToldExporter(trace_exporter.OTLPSpanExporter())
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("cleanplate", __version__)
        self._closed = False
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.ERROR)

    @property
    def current(self) -> TraceContext:
        return _headers(None)

    @contextmanager
    def span(
        self, name: str, parent: TraceContext, *, kind: Kind = "internal", attributes: Attributes = _NONE
    ) -> Iterator[TraceSpan]:
        """See `Tracer`. The text of an exception is not told: it may quote what is secret."""
        with self._tracer.start_as_current_span(
            name,
            _context(parent),
            _KINDS[kind],
            self._clean(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            told = _OpenSpan(span, self._clean)
            try:
                yield told
            except BaseException as error:
                told.fail(type(error).__name__)
                raise

    def record(
        self, name: str, parent: TraceContext, began_ns: int, ended_ns: int, attributes: Attributes = _NONE
    ) -> None:
        """See `Tracer`."""
        context, said = _context(parent), self._clean(attributes)
        self._tracer.start_span(name, context, attributes=said, start_time=began_ns).end(ended_ns)

    def close(self) -> None:
        """See `Tracer`. What the collector has not taken by then is dropped."""
        if self._closed:
            return
        self._closed = True
        flush = threading.Thread(target=self._provider.shutdown, name="traces-flush", daemon=True)
        flush.start()
        flush.join(_FLUSH_S)
        if flush.is_alive():
            _log.warning("traces: the collector does not take the last spans; they are dropped")
        self._exporter.shutdown()

    def _clean(self, attributes: Attributes) -> Attributes:
        return {name: self._hidden(value) for name, value in attributes.items()}

    def _hidden(self, value: str | bool | int | float) -> str | bool | int | float:
        return redact(value, self._secrets)[:_LONGEST] if isinstance(value, str) else value


class _OpenSpan:
    """A `TraceSpan` of OpenTelemetry's."""

    def __init__(self, span: trace.Span, clean: Callable[[Attributes], Attributes]) -> None:
        self._span, self._clean = span, clean

    @property
    def context(self) -> TraceContext:
        return _headers(trace.set_span_in_context(self._span, Context()))

    def rename(self, name: str) -> None:
        """See `TraceSpan`."""
        self._span.update_name(name)

    def set(self, attributes: Attributes) -> None:
        """See `TraceSpan`."""
        self._span.set_attributes(self._clean(attributes))

    def fail(self, kind: str) -> None:
        """See `TraceSpan`."""
        self.set({"error.type": kind})
        self._span.set_status(trace.StatusCode.ERROR)


class _OnceToldExporter(SpanExporter):
    """Says once that the collector takes nothing, with the exporter's first word, and that it does again.

    It lets be said once that the queue is full.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._well = True
        self._open = True
        self._reason = ""
        self._queue_told = False
        logging.getLogger(_QUEUE).addFilter(self._is_new)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if not self._open:
            return SpanExportResult.FAILURE
        self._reason = ""
        logger = logging.getLogger(trace_exporter.__name__)
        logger.addFilter(self._note)
        try:
            result = self._exporter.export(spans)
        finally:
            logger.removeFilter(self._note)
        well = result is SpanExportResult.SUCCESS
        if well and not self._well:
            _log.info("traces: the collector takes spans again")
        elif self._well and not well and self._open:
            _log.warning(
                "traces: the collector takes no spans; they are dropped until it does. %s", self._reason
            )
        self._well = well
        return result

    def shutdown(self) -> None:
        """Ends the waits of an export that is under way, too."""
        if self._open:
            self._open = False
            self._exporter.shutdown()
            logging.getLogger(_QUEUE).removeFilter(self._is_new)

    def _note(self, record: logging.LogRecord) -> bool:
        self._reason = self._reason or record.getMessage()
        return False

    def _is_new(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.WARNING:
            return True
        is_new = self._well and not self._queue_told
        self._queue_told = True
        return is_new


def _context(parent: TraceContext) -> Context:
    return TraceContextTextMapPropagator().extract(dict(parent), Context())


def _headers(context: Context | None) -> TraceContext:
    """Of the span in this context; None is the current one."""
    found: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(found, context)
    return found


def _resource() -> Resource:
    """Who we are, as far as `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` do not say."""
    ours = {
        "service.name": "cleanplate",
        "service.version": __version__,
        "service.instance.id": str(uuid.uuid4()),
    }
    given = OTELResourceDetector().detect().attributes
    return Resource.create({name: value for name, value in ours.items() if name not in given})
