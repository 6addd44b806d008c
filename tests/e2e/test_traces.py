"""The traces of a real server, as a collector gets them: one from the client's request to the callback."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.servers import data_uri, png
from tests.e2e.real_server import Receiver, receiver, running, wait
from tests.otlp_collector import collector

CLIENT = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{CLIENT}-{CALLER}-01", "tracestate": "shop=plates"}
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}


@pytest.fixture
def away() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def test_one_trace_from_the_request_to_the_callback(tmp_path: Path, away: Receiver) -> None:
    with collector() as collected:
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.address, "OTEL_SERVICE_NAME": "plates"}
        with running(tmp_path, endpoint | SOON) as server:
            reply = server.edit(f"{away.address}/photo.png?sig=1", f"{away.address}/cb", PARENT)
            task_id = reply.json()["id"]
            done = server.ended(task_id)
            (callback,) = collected.named("POST", CLIENT)
            unsampled = {"traceparent": f"00-{'1' * 32}-{CALLER}-00"}
            ended = server.edit(data_uri(png("photo")), f"{away.address}/cb", unsampled).json()["id"]
            server.ended(ended)
            server.stop()
    spans = {span.name: span for span in collected.spans if span.trace == CLIENT}
    request = spans["POST /v1/edits"]
    assert {name: (span.kind, span.parent) for name, span in spans.items()} == {
        "POST /v1/edits": ("server", CALLER),
        "stage": ("internal", request.id),
        "GET": ("client", spans["stage"].id),
        "queue": ("internal", request.id),
        "attempt": ("internal", request.id),
        **dict.fromkeys(("decode", "edit", "encode"), ("internal", spans["attempt"].id)),
        "POST": ("client", request.id),
    }
    about = {"cleanplate.task.id": task_id, "cleanplate.dialect": "native", "cleanplate.edit": "erase"}
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/edits",
        "url.path": "/v1/edits",
        "url.scheme": "http",
        "http.response.status_code": 202,
        "cleanplate.request.id": reply.headers["x-request-id"],
        **about,
    }
    assert spans["queue"].attributes == spans["stage"].attributes == about
    assert spans["attempt"].attributes == {
        **about,
        "cleanplate.task.attempt": 1,
        "cleanplate.task.state": "succeeded",
        "cleanplate.engine": done["results"][0]["recipe"]["engine"],
    }
    host = {"server.address": "127.0.0.1", "server.port": int(away.address.rpartition(":")[2])}
    assert spans["GET"].attributes == {
        "http.request.method": "GET",
        "cleanplate.input.role": "image",
        **host,
    }
    assert callback.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "cleanplate.task.id": task_id,
        **host,
    }
    attempt = spans["attempt"]
    for stage in ("decode", "edit", "encode"):
        assert attempt.began_ns <= spans[stage].began_ns <= spans[stage].ended_ns
    assert spans["decode"].ended_ns <= spans["edit"].ended_ns <= spans["encode"].ended_ns
    assert not any(span.failed for span in spans.values())
    # What the client decided holds for all that comes of it, and who is called back goes on with it
    assert "1" * 32 not in {span.trace for span in collected.spans}
    sent = [headers for _, headers in away.callbacks]
    assert [headers["traceparent"] for headers in sent[:1]] == [f"00-{CLIENT}-{callback.id}-01"]
    assert sent[0]["tracestate"] == "shop=plates"
    assert all(headers["traceparent"].endswith("-00") for headers in sent[1:])
    assert collected.resource["service.name"] == "plates"


def test_failures_are_told_and_begin_traces_of_their_own(tmp_path: Path, away: Receiver) -> None:
    with (
        collector() as collected,
        running(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.address} | SOON) as server,
    ):
        missing = server.edit("http://127.0.0.1:1/gone.png", f"{away.address}/refused", {})
        server.ended(missing.json()["id"])
        broken = f"{data_uri(b'no picture')}"
        server.ended(server.edit(broken, f"{away.address}/cb", {}).json()["id"])
        wait(lambda: len(away.callbacks) >= 2)
        server.ask("GET", "/v1/edits/no-such")
        server.ask("GET", "/healthz")
        server.ask("PURGE", "/v1/edits", headers={"traceparent": "00-nonsense"})
        server.stop()
    spans = collected.spans
    by_task = {
        span.trace: span.attributes["cleanplate.task.id"]
        for span in spans
        if span.kind == "server" and "cleanplate.task.id" in span.attributes
    }
    assert len(by_task) == 2, "each is a trace of its own"
    failed = {(span.name, span.attributes["error.type"]) for span in spans if span.failed}
    assert {
        ("GET", "DownloadFailed"),
        ("stage", "download-failed"),
        ("POST", "500"),
        ("attempt", "not-a-picture"),
    } <= failed
    again = [
        span for span in spans if span.name == "POST" and span.attributes.get("http.request.resend_count")
    ]
    assert all(by_task[span.trace] == missing.json()["id"] for span in again)
    routes = {
        span.name: span.attributes["http.response.status_code"] for span in spans if span.kind == "server"
    }
    assert routes["GET /v1/edits/{id}"] == 404
    assert routes["_OTHER /v1/edits"] == 405
    assert not any("health" in str(span.attributes.get("url.path")) for span in spans)


def _silent() -> socket.socket:
    """Takes connections and never says a word."""
    return socket.create_server(("127.0.0.1", 0), backlog=64)


@pytest.mark.parametrize("listens", [True, False])
def test_a_collector_that_is_stuck_or_away_holds_nothing_up(
    tmp_path: Path, away: Receiver, listens: bool
) -> None:
    with _silent() as listener:
        port = listener.getsockname()[1]
        if not listens:
            listener.close()
        patient = {"OTEL_EXPORTER_OTLP_TIMEOUT": "3600", "OTEL_BSP_MAX_QUEUE_SIZE": "16"}
        small = {
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        }
        with running(tmp_path, patient | small | SOON) as server:
            for _ in range(30):
                assert server.ask("GET", "/v1/edits").status_code == 200
            task = server.edit(data_uri(png("photo")), f"{away.address}/cb", {}).json()["id"]
            assert server.ended(task)["state"] == "succeeded"
            wait(lambda: away.callbacks)
            server.stop()
            assert server.process.returncode in (0, -signal.SIGTERM)
            complaints = [
                line
                for line in server.lines()
                if "traces:" in line["message"] or line["logger"].startswith("opentelemetry")
            ]
            assert [line["message"] for line in complaints[-1:]] == [
                "traces: the collector does not take the last spans; they are dropped"
            ]
            assert len(complaints) <= 2


def test_one_that_refuses_is_told_of_once_and_so_is_its_return(tmp_path: Path) -> None:
    with collector() as collected:
        collected.status = 400
        with running(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.address} | SOON) as server:

            def said(words: str) -> list[str]:
                return [line["message"] for line in server.lines() if words in line["message"]]

            wait(lambda: server.ask("GET", "/v1/edits") and said("takes no spans"))
            for _ in range(3):
                server.ask("GET", "/v1/edits")
            collected.status = 200
            wait(lambda: server.ask("GET", "/v1/edits") and said("takes spans again"))
            server.stop()
            assert len(said("takes no spans")) == 1
            assert "Failed to export spans batch code: 400" in said("takes no spans")[0]
            assert not [line for line in server.lines() if line["logger"].startswith("opentelemetry")]
