"""nginx and Caddy as the files in docs/ set them up, before a server in a process of its own, on loopback."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
from tests.api.servers import KEY

FILES: Final = Path(__file__).parents[2] / "docs" / "proxies"
LOG: Final = "told-of-requests"
"""nginx' log of requests, in the folder of a `proxied`."""
TEST_KEY: Final = "test-proxy"
SITE: Final = "plates.example.com"
_PATIENCE_S: Final = 60.0
_PORTS: Final = range(20_000, 32_000)
_NGINX: Final = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/requests;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/replies;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
_CADDY: Final = """
{{
	admin off
	auto_https off
	log {{
		output file {folder}/errors
	}}
}}
"""


def free_port() -> int:
    """One below those that the system gives to connections: nobody takes it before it is listened on."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("every port is taken")


class ServerBehind:
    """`cleanplate serve` on a port that stays the same when it is killed and started again."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.port = free_port()
        self._data = data
        self._environment = {
            **os.environ,
            "CLEANPLATE_API_KEYS": f"{KEY},{TEST_KEY}",
            "CLEANPLATE_LIMITS": "relaxed",
            "CLEANPLATE_WORKERS": "1",
            **{f"CLEANPLATE_{name.upper()}": value for name, value in settings.items()},
        }

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "cleanplate", "serve"),
            *("--port", str(self.port), "--data", str(self._data)),
        ]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.DEVNULL)
        until_it_listens(self.port, self._process)
        # It listens before it has begun: whoever calls now waits, and a test's patience is short
        with requests.Session() as client:
            client.trust_env = False
            client.get(f"http://127.0.0.1:{self.port}/healthz", timeout=_PATIENCE_S).raise_for_status()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True)
class Proxied:
    """A server, and the proxy before it.

    Attributes:
        base: what clients call, https://.
        plain: where the proxy listens without TLS; empty where it does not.
        certificate: file that clients have to trust.
        folder: of the files of both.
    """

    base: str
    plain: str
    certificate: str
    folder: Path
    server: ServerBehind

    def request(self, method: str, path: str, *, key: str = KEY, **options: Any) -> requests.Response:
        """Through the proxy, on a connection of its own. `path` may be a whole link."""
        headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})} if key else {}
        url = path if path.startswith("http") else self.base + path
        with requests.Session() as client:
            client.trust_env = False
            return client.request(
                method, url, headers=headers, verify=self.certificate, timeout=_PATIENCE_S, **options
            )


@contextmanager
def proxied(program: str, folder: Path, **settings: str) -> Iterator[Proxied]:
    """A server with these settings behind this proxy."""
    port, plain_port = free_port(), free_port()
    server = ServerBehind(folder / "data", **{"public_url": f"https://localhost:{port}", **settings})
    certificate, key = _self_signed(folder)
    run = {"nginx": _nginx, "caddy": _caddy}[program]
    changes = {"127.0.0.1:8080": f"127.0.0.1:{server.port}"}
    command = run(folder, changes, (port, plain_port), (certificate, key))
    server.start()
    with (folder / "told").open("w") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=os.environ | {"HOME": str(folder)})
    try:
        until_it_listens(port, process)
        plain = f"http://localhost:{plain_port}" if program == "nginx" else ""
        yield Proxied(f"https://localhost:{port}", plain, certificate, folder, server)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        server.kill()


def _nginx(
    folder: Path, changes: Mapping[str, str], ports: tuple[int, int], pair: tuple[str, str]
) -> list[str]:
    kept = f"/etc/letsencrypt/live/{SITE}"
    site = changed(
        (FILES / "nginx.conf").read_text(),
        {
            **changes,
            "listen 443 ": f"listen 127.0.0.1:{ports[0]} ",
            "listen 80;": f"listen 127.0.0.1:{ports[1]};",
            f"{kept}/fullchain.pem": pair[0],
            f"{kept}/privkey.pem": pair[1],
            "/var/log/nginx/cleanplate.log": str(folder / LOG),
        },
    )
    return nginx_command(folder, site)


def nginx_command(folder: Path, site: str) -> list[str]:
    """nginx with this site; its files are in the folder."""
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, user=user))
    return [_program("nginx"), "-e", str(folder / "errors"), "-c", str(folder / "nginx.conf")]


def _caddy(
    folder: Path, changes: Mapping[str, str], ports: tuple[int, int], pair: tuple[str, str]
) -> list[str]:
    opened = f"https://localhost:{ports[0]} {{\n\ttls {pair[0]} {pair[1]}\n"
    site = changed((FILES / "Caddyfile").read_text(), {**changes, f"\n{SITE} {{\n": f"\n{opened}"})
    (folder / "Caddyfile").write_text(_CADDY.format(folder=folder) + site)
    return [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def changed(text: str, changes: Mapping[str, str]) -> str:
    """A file with other names and ports: each old text is there once."""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _program(name: str) -> str:
    found = find(name)
    assert found is not None
    return found


def find(name: str) -> str | None:
    """Where a program is that Debian may keep off the path of those who are not root."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def _self_signed(folder: Path) -> tuple[str, str]:
    """Files of a certificate for localhost, and of its key."""
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", key, "-out", certificate, "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def until_it_listens(port: int, process: "subprocess.Popen[Any]") -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "it has ended"
            assert time.monotonic() < deadline_s, "it does not listen"
            time.sleep(0.05)
        else:
            return
