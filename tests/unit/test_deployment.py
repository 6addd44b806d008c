"""The files in docs/ that set other programs up fit the server's own numbers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from cleanplate.serving.server import _DRAIN_S
from cleanplate.settings import Settings

ROOT: Final = Path(__file__).parents[2]
NGINX: Final = (ROOT / "docs" / "proxies" / "nginx.conf").read_text()
CADDY: Final = (ROOT / "docs" / "proxies" / "Caddyfile").read_text()
UNIT: Final = (ROOT / "docs" / "systemd" / "cleanplate.service").read_text()
DEFAULTS: Final = Settings()
_MOST_EXPOSED: Final = 25
"""Tenths of systemd's measure: 100 is no protection at all."""


def _number(pattern: str, text: str) -> int:
    (found,) = re.findall(pattern, text)
    return int(found)


@pytest.mark.parametrize(
    ("kept", "body", "reply"),
    [
        (
            _number(r"keepalive_timeout (\d+)s;", NGINX),
            _number(r"client_max_body_size (\d+)m;", NGINX) * 2**20,
            _number(r"proxy_read_timeout (\d+)s;", NGINX),
        ),
        (
            _number(r"keepalive (\d+)s", CADDY),
            _number(r"max_size (\d+)MB", CADDY) * 10**6,
            _number(r"response_header_timeout (\d+)s", CADDY),
        ),
    ],
    ids=["nginx", "caddy"],
)
def test_a_proxy_outlasts_the_server_only_where_it_should(kept: int, body: int, reply: int) -> None:
    assert kept < min(DEFAULTS.idle_timeout_s, DEFAULTS.keep_alive_s)
    assert body > DEFAULTS.max_body_bytes
    assert reply > DEFAULTS.sync_timeout_s


def test_the_server_may_end_in_its_own_time() -> None:
    needed_s = DEFAULTS.shutdown_grace_s + _DRAIN_S
    assert _number(r"TimeoutStopSec=(\d+)", UNIT) > needed_s
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert int(compose["services"]["cleanplate"]["stop_grace_period"].removesuffix("s")) > needed_s


def test_a_unit_may_open_enough() -> None:
    assert _number(r"LimitNOFILE=(\d+)", UNIT) >= 200 + 2 * DEFAULTS.connections


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="Debian's package systemd; CI installs it"
)
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a program and a user that are here; both are made by what docs/deploy.md tells."""
    here = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT, flags=re.MULTILINE)
    here = re.sub(r"^(User|Group)=.*", r"\1=daemon", here, flags=re.MULTILINE)
    (tmp_path / "cleanplate.service").write_text(here)
    program = shutil.which("systemd-analyze") or ""
    security = ("security", "--offline=yes", "--no-pager", f"--threshold={_MOST_EXPOSED}")
    for command in (("verify",), security):
        told = subprocess.run(
            [program, *command, str(tmp_path / "cleanplate.service")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (told.returncode, told.stderr) == (0, ""), told.stdout
