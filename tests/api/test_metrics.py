"""The path `/metrics`, the port of its own, and what a whole run leaves in them."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client import CollectorRegistry, Counter
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import NATIVE, VENDORS, Client

from cleanplate.app import build
from cleanplate.errors import SetupError
from cleanplate.metrics.exposition import metrics_port
from cleanplate.tasks.service import TaskService


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    with served(build(settings_for(tmp_path, metrics_key="sesame")), lifespan="on") as base:
        yield base


def scrape(base: str, key: str = "sesame") -> requests.Response:
    with requests.Session() as client:
        client.trust_env = False
        return client.get(base + "/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=10)


def test_the_path_needs_its_key(base: str) -> None:
    assert scrape(base).status_code == 200
    for wrong in ("", "other", KEY, "séame"):
        refused = scrape(base, wrong.encode("utf-8").decode("latin-1"))
        assert refused.status_code == 401
        assert "cleanplate_" not in refused.text


def test_without_a_key_there_is_no_path(tmp_path: Path) -> None:
    with served(build(settings_for(tmp_path)), lifespan="on") as base:
        assert scrape(base).status_code == 404


def test_a_run_is_counted(base: str) -> None:
    for vendor in VENDORS:
        with Client(vendor, base, KEY) as client:
            task_id = client.submitted()
            assert client.polled("00000000-0000-4000-8000-000000000000").status_code < 500
        with Client(vendor, base, "wrong") as stranger:
            stranger.submit()
    with Client(NATIVE, base, KEY) as client:
        while client.word(task_id) in ("queued", "running"):
            """It ends."""
        while 'cleanplate_tasks_total{edit="erase",state="succeeded"} 4.0' not in scrape(base).text:
            """So do the others."""
    lines = scrape(base).text.splitlines()
    for vendor in VENDORS:
        assert f'cleanplate_submit_seconds_count{{dialect="{vendor.name}"}} 1.0' in lines
    assert 'cleanplate_requests_total{code="401",dialect="native",method="POST"} 1.0' in lines
    assert 'cleanplate_requests_total{code="403",dialect="novita",method="POST"} 1.0' in lines
    assert any(line.startswith('cleanplate_task_seconds_count{edit="erase",engine="') for line in lines)
    assert 'cleanplate_queue_tasks{state="queued"} 0.0' in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    assert all(KEY not in line for line in lines)


def test_a_fault_is_counted_as_one(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TaskService, "get", fail)
    with Client(NATIVE, base, KEY) as client:
        assert client.polled("00000000-0000-4000-8000-000000000000").status_code == 500
    assert 'cleanplate_requests_total{code="500",dialect="native",method="GET"} 1.0' in scrape(base).text


def test_a_port_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry()
    Counter("knocks", "Of a test.", registry=registry).inc()
    with caplog.at_level("INFO"), metrics_port(registry, "127.0.0.1", 0):
        address = caplog.records[-1].getMessage().rpartition(" ")[2]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert b"knocks_total 1.0" in opener.open(address, timeout=10).read()
        port = int(address.rpartition(":")[2].partition("/")[0])
        with pytest.raises(SetupError, match="in use"), metrics_port(registry, "127.0.0.1", port):
            pass
    with metrics_port(registry, "127.0.0.1", None):
        pass
