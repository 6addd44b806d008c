"""The log and the traces of a real server and a whole run: one id from submit to callback, and no secret."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.servers import data_uri, png
from tests.e2e.real_server import Receiver, Running, receiver, running, wait
from tests.otlp_collector import Collector, collector

STATIC = "sk-static-sesame-1234567890"
METRICS = "metrics-sesame"
ID = "client-0001.of_a-test"
SENTINEL = "s3same"
SETTINGS = {
    "CLEANPLATE_API_KEYS": STATIC,
    "CLEANPLATE_METRICS_KEY": METRICS,
    "CLEANPLATE_LOG_LEVEL": "DEBUG",
    "CLEANPLATE_METRICS_KEI": f"{SENTINEL}0",
    "OTEL_EXPORTER_OTLP_HEADERS": f"api-key={SENTINEL}8",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
}


@pytest.fixture
def collected() -> Iterator[Collector]:
    with collector() as found:
        yield found


@pytest.fixture
def server(tmp_path: Path, collected: Collector) -> Iterator[Running]:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.address.replace("//", f"//ann:{SENTINEL}9@")}
    with running(tmp_path, SETTINGS | endpoint) as found:
        yield found


@pytest.fixture
def away() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def test_one_id_and_no_secret(server: Running, away: Receiver, collected: Collector) -> None:
    named = {"X-Request-Id": ID}
    image, callback = f"{away.address}/photo.png?sig={SENTINEL}1", f"{away.address}/cb?token={SENTINEL}2"
    reply = server.edit(image, callback, named)
    assert (reply.status_code, reply.headers["x-request-id"]) == (202, ID)
    done = server.ended(reply.json()["id"])
    wait(lambda: away.callbacks)
    ((path, headers),) = away.callbacks
    assert (path, headers["X-Request-Id"]) == (f"/cb?token={SENTINEL}2", ID)
    # What goes wrong is told at greater length
    link = done["results"][0]["url"].removeprefix(server.base)
    assert server.ask("GET", link).status_code == 200
    assert server.ask("GET", link + "x").status_code == 403
    assert server.edit(f"http://ann:{SENTINEL}3@127.0.0.1/", callback, named).status_code == 422
    wrong = f"http://ann:{SENTINEL}4@127.0.0.1/"
    assert server.edit(data_uri(png("photo")), wrong, named).status_code == 422
    nothing, refused = f"{away.address}/nothing?sig={SENTINEL}5", f"{away.address}/refused?token={SENTINEL}6"
    server.edit(nothing, refused, {"X-Request-Id": "client-0002"})
    wait(lambda: len(away.callbacks) > 2)
    task = f"/v1/edits/{reply.json()['id']}"
    forged = {"Authorization": f"Bearer cp-{SENTINEL}7-0123456789abcdef"}
    assert server.ask("GET", task, headers=forged).status_code == 401
    server.ask("GET", "/v1/edits", headers={"Authorization": f"Bearer {STATIC}"})
    server.ask("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    server.ask("GET", f"/v1/edits/{server.key}?key={SENTINEL}")
    shapeless = server.ask("GET", "/", headers={"X-Request-Id": "has spaces and is no id"})
    assert re.fullmatch(r"[0-9a-f-]{36}", shapeless.headers["x-request-id"])
    server.stop()

    mistyped = "no settings of this version: CLEANPLATE_METRICS_KEI (did you mean CLEANPLATE_METRICS_KEY?)"
    assert [line["level"] for line in server.lines() if line["message"] == mistyped] == ["WARNING"]
    said = {line["message"] for line in server.lines() if line.get("request_id") == ID}
    assert {"task accepted", "answered", "task ended", "callback done"} <= said
    traced = {span.name for span in collected.spans}
    assert {"POST /v1/edits", "GET /results/{name:path}", "stage", "GET", "attempt", "POST"} <= traced
    text, spans = server.log.read_text(), b"".join(collected.bodies).decode("utf-8", "replace")
    signature = re.search(r"signature=([\w-]+)", link)
    assert signature is not None
    for secret in (SENTINEL, server.key, STATIC, METRICS, signature[1], "whsec_"):
        assert secret not in text, [line for line in text.splitlines() if secret in line]
        assert secret not in spans
    assert collected.headers["api-key"] == f"{SENTINEL}8"
