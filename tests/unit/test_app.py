"""The composition root: one process a data directory, clear set-up errors, a start that tells what it did."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.runtimes import here
from tests.static_access import static_access

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.database import open_database
from cleanplate.errors import SetupError
from cleanplate.serving import serve
from cleanplate.serving.welcome import describe_fills, welcome_text
from cleanplate.settings import Settings, load

SERVE = """
import sys
from pathlib import Path
from cleanplate.serving import serve
from cleanplate.settings import load
serve(load(data=Path(sys.argv[1]), port=0))
"""
ADDRESS = re.compile(r"Cleanplate listens at +(http://127\.0\.0\.1:\d+)")
LINK = re.compile(r"Open it in a browser: +(http://127\.0\.0\.1:\d+)/#sign-in=(\S+)")
KEY = re.compile(r"API key, shown this once: +(cp-\S+)")


def free_settings(data: Path, **more: Any) -> Settings:
    return load(**{"data": data, "port": 0, **more})


@contextmanager
def running(data: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A server process, its address, and what it printed. It is killed at the end unless it has ended."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLEANPLATE_")}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | more,
    ) as process:
        try:
            assert process.stdout is not None
            printed = ""
            while "Authorization header." not in printed:
                line = process.stdout.readline()
                assert line, process.stderr.read() if process.stderr else ""
                printed += line
            found = ADDRESS.search(printed)
            assert found
            yield process, found.group(1), printed
        finally:
            process.kill()


def test_a_first_start_serves_prints_a_key_and_ends_on_sigterm(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (process, address, printed):
        key = KEY.search(printed)
        assert key
        with requests.Session() as client:
            client.trust_env = False
            health = client.get(address + "/healthz", timeout=5)
            assert health.status_code == 200, health.text
            assert health.json() == {"status": "ok"}
            ready = client.get(address + "/readyz", timeout=5)
            assert (ready.status_code, ready.json()["status"]) == (200, "ok"), ready.text
            assert client.head(address + "/healthz", timeout=5).status_code == 200
            assert client.get(address + "/", timeout=5).text.startswith("Cleanplate")
            missing = client.get(address + "/nothing", timeout=5)
            assert (missing.status_code, missing.json()) == (404, {"message": "Not Found"})
            tasks = address + "/api/v1/tasks"
            assert client.get(tasks, timeout=5).status_code == 401
            allowed = client.get(tasks, headers={"Authorization": f"Bearer {key.group(1)}"}, timeout=5)
            assert allowed.status_code == 200
            link = LINK.search(printed)
            assert link
            assert link[1] == address
            word = {"Authorization": f"Bearer {link[2]}"}
            signed_in = client.post(address + "/studio/session", headers=word, timeout=5)
            session = {"Authorization": f"Bearer {signed_in.json()['key']}"}
            assert client.get(address + "/v1/usage", headers=session, timeout=5).status_code == 200
            assert client.post(address + "/studio/session", headers=word, timeout=5).status_code == 401
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        assert process.returncode in (0, -signal.SIGTERM)
        assert "Traceback" not in log
        assert key.group(1) not in log
        assert link[2] not in log
        assert signed_in.json()["key"] not in log


def test_a_second_start_prints_no_key_and_no_second_process_gets_in(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _, printed):
        assert KEY.search(printed)
        with pytest.raises(SetupError, match="another cleanplate already uses the data directory"):
            build(free_settings(tmp_path))
        process.kill()
        process.wait()
    with running(tmp_path) as (_, _, printed):
        assert not KEY.search(printed)
        assert not LINK.search(printed)
        assert "Bearer YOUR-KEY" in printed


def test_every_start_from_a_terminal_prints_a_link_unless_there_is_no_studio(tmp_path: Path) -> None:
    with running(tmp_path) as (_, _, printed):
        assert LINK.search(printed)
    assert LINK.search(on_a_terminal(tmp_path))
    assert not LINK.search(on_a_terminal(tmp_path, CLEANPLATE_STUDIO="off"))


def on_a_terminal(data: Path, **more: str) -> str:
    """What a start prints whose output is a terminal."""
    inner, outer = os.openpty()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLEANPLATE_")}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(data)],
        stdout=outer,
        stderr=subprocess.DEVNULL,
        env=environment | more,
    ) as process:
        os.close(outer)
        try:
            printed = ""
            while "Authorization header." not in printed:
                printed += os.read(inner, 4096).decode()
            return printed
        finally:
            process.kill()
            os.close(inner)


def test_keys_are_made_only_when_there_is_none(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "cleanplate.db")
    try:
        assert static_access(engine, "static").create_first("first") is None
        secret = Access(engine, []).create_first("first")
        assert secret is not None
        assert Access(engine, []).create_first("first") is None
        (info,) = Access(engine, []).keys()
        assert info.name == "first"
        Access(engine, []).revoke(info.id)
        assert Access(engine, []).create_first("first") is not None
    finally:
        engine.dispose()


def test_the_welcome_can_be_copied() -> None:
    text = welcome_text("http://127.0.0.1:8080", "cp-x")
    assert "curl -sS http://127.0.0.1:8080/api/v1/services/aigc/image2image/image-synthesis" in text
    assert "-H 'Authorization: Bearer cp-x'" in text
    command = text[text.index("printf") : text.index("\n  Then")]
    subprocess.run(["bash", "-n", "-c", command], check=True)  # noqa: S607 - the shell of the operator


def test_the_welcome_says_who_fills_and_what_to_type() -> None:
    told = "patchmatch; lama (208 MB, Apache-2.0) makes wide holes better: cleanplate models pull lama"
    assert describe_fills(here()) == told
    assert f"Holes are filled by:       {told}\n" in welcome_text("http://127.0.0.1:8080", None, told)


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"port {port} on 127.0.0.1 is in use"):
            serve(free_settings(tmp_path / "data", port=port))
    assert not (tmp_path / "data").exists()


def test_a_taken_port_of_metrics_ends_the_start_before_a_key_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"metrics: cannot listen on 127.0.0.1, port {port}"):
            serve(free_settings(tmp_path / "data", metrics_port=port))
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "data").exists()


def test_the_port_of_metrics_tells_those_of_the_server(tmp_path: Path) -> None:
    with (
        running(tmp_path / "data", CLEANPLATE_METRICS_PORT="0") as (process, _, _),
        requests.Session() as client,
    ):
        assert process.stderr is not None
        address = next(line for line in process.stderr if "metrics are at" in line).split()[-1]
        client.trust_env = False
        assert "cleanplate_queue_tasks" in client.get(address, timeout=5).text


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_somebody_else(tmp_path: Path, host: str) -> None:
    with pytest.raises(SetupError, match=f"cannot listen on {host}"):
        serve(free_settings(tmp_path / "data", host=host))


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SetupError, match="cannot be used"):
        build(free_settings(tmp_path / "data"))


def test_a_failed_start_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"damaged")
    with pytest.raises(SetupError, match="damaged"):
        build(free_settings(tmp_path))
    (tmp_path / "secret").unlink()
    app = build(free_settings(tmp_path))
    app.state.close()


def test_the_api_layer_needs_no_pixels() -> None:
    code = (
        "import sys, cleanplate.api.dashscope, cleanplate.api.result_files\n"
        "print(*sorted({'numpy', 'cv2', 'PIL', 'patchmatch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
