"""Each dialect's requests as spans: names, attributes, parents."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import NATIVE, VENDORS, Client
from tests.otlp_collector import Collected, Collector, collector

from cleanplate.app import build
from cleanplate.tasks.service import TaskService
from cleanplate.transport.request_span import _came

CALLER = "b7ad6b7169203331"


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield found


@pytest.fixture
def base(tmp_path: Path, collected: Collector) -> Iterator[str]:
    with served(build(settings_for(tmp_path)), lifespan="on") as base:
        yield base


def _get(base: str, path: str, headers: dict[str, str]) -> requests.Response:
    with requests.Session() as client:
        client.trust_env = False
        return client.get(base + path, headers={"Authorization": f"Bearer {KEY}", **headers}, timeout=10)


def _parent(number: int) -> tuple[str, dict[str, str]]:
    trace = f"{number:032x}"
    return trace, {"traceparent": f"00-{trace}-{CALLER}-01"}


def _answered(collected: Collector, trace: str) -> Collected:
    """The span of the request in this trace."""
    while not (found := [span for span in collected.spans if (span.kind, span.trace) == ("server", trace)]):
        """It comes."""
    (span,) = found
    return span


def test_every_dialect(base: str, collected: Collector) -> None:
    for number, vendor in enumerate(VENDORS, 1):
        trace, headers = _parent(number)
        with Client(vendor, base, KEY) as client:
            client._session.headers.update(headers)
            task_id = client.submitted()
        span = _answered(collected, trace)
        assert (span.name, span.parent, span.failed) == (f"POST {vendor.path}", CALLER, False)
        assert span.attributes["cleanplate.task.id"] == task_id
        assert span.attributes["cleanplate.dialect"] == vendor.name
        assert collected.named("attempt", trace)[0].parent == span.id


def test_a_refusal_is_no_failure_and_a_fault_is(
    base: str, collected: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    trace, headers = _parent(1)
    path = NATIVE.poll("00000000-0000-4000-8000-000000000000")
    assert _get(base, path, headers | {"Authorization": "Bearer wrong"}).status_code == 401
    refused = _answered(collected, trace)
    assert (refused.attributes["http.response.status_code"], refused.failed) == (401, False)
    monkeypatch.setattr(TaskService, "get", fail)
    trace, headers = _parent(2)
    assert _get(base, path, headers).status_code == 500
    fault = _answered(collected, trace)
    assert (fault.attributes["http.response.status_code"], fault.failed) == (500, True)
    assert fault.attributes["error.type"] in ("500", "ZeroDivisionError")
    assert b"secret words" not in b"".join(collected.bodies)


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "nonsense",
        f"00-{'0' * 32}-{CALLER}-01",
        f"00-{'a' * 32}-{CALLER}-01, 00-{'b' * 32}-{CALLER}-01",
        "x" * 9000,
    ],
)
def test_a_parent_that_is_none_begins_a_trace(
    base: str, collected: Collector, parent: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert _get(base, "/v1/edits", {"traceparent": parent, "tracestate": "x" * 9000}).status_code == 200
    while not collected.spans:
        """It comes."""
    (span,) = collected.spans
    assert (span.name, span.parent) == ("GET /v1/edits", "")
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


def test_two_parents_are_none() -> None:
    one = (b"traceparent", b"00-" + b"a" * 32 + b"-" + CALLER.encode() + b"-01")
    assert _came({"type": "http", "headers": [one, (b"tracestate", b"a=1"), (b"tracestate", b"b=2")]}) == {
        "traceparent": one[1].decode(),
        "tracestate": "a=1,b=2",
    }
    assert _came({"type": "http", "headers": [one, one]}) == {}


def test_a_path_that_holds_a_secret(base: str, collected: Collector) -> None:
    assert _get(base, f"/v1/edits/{KEY}{'x' * 3000}?token=abc", {}).status_code == 404
    while not collected.spans:
        """It comes."""
    (span,) = collected.spans
    path = str(span.attributes["url.path"])
    assert path.startswith("/v1/edits/***xxx")
    assert len(path) == 200
    assert KEY.encode() not in b"".join(collected.bodies)
