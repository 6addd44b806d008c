"""Every query of the Grafana dashboard, asked of a real Prometheus that has watched a real server at work."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from tests.api.servers import KEY, data_uri, png, served, settings_for

from cleanplate.app import build
from cleanplate.metrics.exposition import metrics_port

DASHBOARD: Final = Path(__file__).parents[2] / "docs" / "grafana" / "cleanplate.json"
CONFIG: Final = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: cleanplate
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
_WINDOW: Final = "20s"
_PATIENCE_S: Final = 60.0


def queries() -> list[str]:
    """All of them, with a window of time in place of Grafana's variable."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel["targets"]]
    return [query.replace("$__rate_interval", _WINDOW) for query in found]


def _get(url: str, **options: Any) -> Any:
    with requests.Session() as client:
        client.trust_env = False
        return client.request(options.pop("method", "GET"), url, timeout=20, **options)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def prometheus(folder: Path, watched: int) -> Iterator[str]:
    """A Prometheus that looks at this port each second; gives its address."""
    program = shutil.which("prometheus")
    assert program is not None
    folder.mkdir()
    (folder / "config.yml").write_text(CONFIG.format(port=watched))
    address = f"127.0.0.1:{_free_port()}"
    command = [
        program,
        f"--config.file={folder / 'config.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield f"http://{address}"
        finally:
            process.terminate()


@pytest.fixture
def receiver() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Says nothing."""

        def _answer(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._answer(png("photo"))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _submit(base: str, receiver: str, edit: str = "erase") -> None:
    body = {
        "edit": edit,
        "image": f"{receiver}/photo.png",
        "mask": data_uri(png("mask")),
        "webhook": {"url": receiver},
    }
    reply = _get(base + "/v1/edits", method="POST", json=body, headers={"Authorization": f"Bearer {KEY}"})
    assert reply.status_code == 202, reply.text


def _answer(address: str, query: str) -> list[Any]:
    """What Prometheus says now; [] while it does not answer yet."""
    try:
        reply = _get(f"{address}/api/v1/query", params={"query": query})
    except requests.ConnectionError:
        return []
    if reply.status_code == 503:
        return []
    assert reply.json()["status"] == "success", (query, reply.text)
    result = reply.json()["data"]["result"]
    return [series for series in result if series["value"][1] != "NaN"]


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's package prometheus; CI installs it")
def test_every_query_has_an_answer(tmp_path: Path, receiver: str, caplog: pytest.LogCaptureFixture) -> None:
    app = build(settings_for(tmp_path / "data"))
    with (
        caplog.at_level("INFO"),
        served(app, lifespan="on") as base,
        metrics_port(app.state.metrics.registry, "127.0.0.1", 0),
    ):
        watched = int(re.findall(r":(\d+)/metrics", caplog.text)[0])
        with prometheus(tmp_path / "prometheus", watched) as address:
            _submit(base, receiver, "remove_text")  # by a model that is in a package
            left, deadline_s = queries(), time.monotonic() + _PATIENCE_S
            while left:
                _submit(base, receiver)
                left = [query for query in left if not _answer(address, query)]
                assert time.monotonic() < deadline_s, left
                time.sleep(0.5)


def test_the_dashboard_names_no_metric_twice_and_no_other_data_source() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert len(queries()) > len(panels)
