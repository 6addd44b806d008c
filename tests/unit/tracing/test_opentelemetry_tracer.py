"""Spans as OpenTelemetry's tracer sends them."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from tests.otlp_collector import Collector, collector

from cleanplate.tracing.opening import open_tracer
from cleanplate.tracing.opentelemetry_tracer import OpenTelemetryTracer
from cleanplate.tracing.spans import NO_TRACE, NO_TRACES, Attributes, Tracer, server_of


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.address)
        yield found


@pytest.fixture
def tracer(collected: Collector) -> Iterator[Tracer]:
    made = open_tracer("auto", ["sesame-street", "own"])
    assert isinstance(made, OpenTelemetryTracer)
    yield made
    made.close()


def test_parents_and_times(tracer: Tracer, collected: Collector) -> None:
    with tracer.span("outer", NO_TRACE, kind="server") as outer:
        assert tracer.current == outer.context
        with tracer.span("inner", tracer.current) as inner:
            assert tracer.current == inner.context != outer.context
        tracer.record("earlier", outer.context, 10, 30, {"n": 1})
    assert tracer.current == NO_TRACE
    tracer.close()
    spans = {span.name: span for span in collected.spans}
    assert {span.trace for span in spans.values()} == {outer.context["traceparent"].split("-")[1]}
    assert spans["inner"].parent == spans["earlier"].parent == spans["outer"].id
    assert (spans["earlier"].began_ns, spans["earlier"].ended_ns) == (10, 30)
    assert spans["earlier"].attributes == {"n": 1}
    assert [spans[name].kind for name in ("outer", "inner")] == ["server", "internal"]


def test_each_thread_and_each_task_is_in_its_own_span(tracer: Tracer) -> None:
    async def part(name: str, parent: str) -> None:
        with tracer.span(name, NO_TRACE) as span:
            await asyncio.sleep(0)
            assert tracer.current == span.context

    async def both() -> None:
        await asyncio.gather(part("a", ""), part("b", ""))

    asyncio.run(both())
    with tracer.span("here", NO_TRACE):
        seen: list[object] = []
        thread = threading.Thread(target=lambda: seen.append(tracer.current))
        thread.start()
        thread.join()
    assert seen == [{}]


def test_what_is_raised_is_a_failure_without_its_words(tracer: Tracer, collected: Collector) -> None:
    with pytest.raises(ValueError, match="words"), tracer.span("a", NO_TRACE):
        raise ValueError("words that nobody else shall read")
    tracer.close()
    (span,) = collected.spans
    assert (span.failed, span.attributes) == (True, {"error.type": "ValueError"})
    assert b"words" not in collected.bodies[0]


def test_attributes_are_short_and_hold_no_secret(tracer: Tracer, collected: Collector) -> None:
    told: Attributes = {
        "url": "https://ann:geheim@x.example/a?b=c",
        "long": "/" + "y" * 999,
        "static": "a sesame-street b",
        "short": "down",
        "n": 2**40,
        "yes": True,
        "share": 0.5,
    }
    with tracer.span("first", NO_TRACE, attributes=told) as span:
        span.set({"later": "Bearer abcdef"})
        span.rename("second")
    tracer.close()
    (sent,) = collected.spans
    assert sent.name == "second"
    assert sent.attributes == {
        **told,
        "url": "https://***@x.example/a?***",
        "long": "/" + "y" * 199,
        "static": "a *** b",
        "later": "Bearer ***",
    }


def test_who_sends_them(collected: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    def sent() -> dict[str, object]:
        tracer = open_tracer("auto")
        with tracer.span("a", NO_TRACE):
            pass
        tracer.close()
        return dict(collected.resource)

    assert sent()["service.name"] == "cleanplate"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "plates")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.version=9,deployment.environment.name=shop")
    found = sent()
    assert [found[f"service.{name}"] for name in ("name", "version")] == ["plates", "9"]
    assert found["deployment.environment.name"] == "shop"
    assert found["telemetry.sdk.language"] == "python"


def test_a_sampler_of_the_environment(collected: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    tracer = open_tracer("auto")
    with tracer.span("a", NO_TRACE) as span:
        assert int(span.context["traceparent"].rpartition("-")[2], 16) % 2 == 0
    tracer.close()
    assert collected.bodies == []


def test_closed_it_takes_what_comes_and_drops_it(tracer: Tracer, collected: Collector) -> None:
    tracer.close()
    with tracer.span("late", NO_TRACE):
        tracer.record("later", NO_TRACE, 1, 2)
    tracer.close()
    assert collected.bodies == []


def test_nobody_is_told_where_there_is_no_tracer() -> None:
    with NO_TRACES.span("a", {"traceparent": "x"}, kind="client", attributes={"a": 1}) as span:
        span.set({"b": 2})
        span.rename("c")
        span.fail("d")
        assert span.context == NO_TRACES.current == {}
    NO_TRACES.record("a", NO_TRACE, 1, 2)
    NO_TRACES.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://ann:geheim@x.example/a?b=c", {"server.address": "x.example"}),
        ("http://[::1]:8080/", {"server.address": "::1", "server.port": 8080}),
        ("http://x.example:99999/", {}),
        ("http://[oops/", {}),
    ],
)
def test_what_is_said_of_an_address(url: str, said: dict[str, object]) -> None:
    assert server_of(url) == said
