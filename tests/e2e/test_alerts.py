"""Prometheus' alerts: that it takes them, that each fires when it should, and that each is told of."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import generate_latest
from tests.api.servers import settings_for

from cleanplate.app import build

ROOT: Final = Path(__file__).parents[2]
RULES: Final = ROOT / "docs" / "prometheus" / "alerts.yml"
CASES: Final = Path(__file__).with_name("alerts_test.yml")
ALERTS: Final = re.findall(r"alert: (\w+)", RULES.read_text())
_PROMTOOL: Final = shutil.which("promtool")


@pytest.mark.skipif(_PROMTOOL is None, reason="Debian's package prometheus; CI installs it")
@pytest.mark.parametrize("arguments", [("check", "rules", str(RULES)), ("test", "rules", CASES.name)])
def test_prometheus_takes_them(arguments: tuple[str, ...]) -> None:
    command = [_PROMTOOL or "", *arguments]
    told = subprocess.run(command, cwd=CASES.parent, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_each_fires_in_a_case_and_is_told_of(alert: str) -> None:
    fired = rf"alertname: {alert}\n +exp_alerts:\n"
    assert re.search(fired, CASES.read_text())
    assert f"{{eval_time: 8h, alertname: {alert}}}" in CASES.read_text()
    assert f"\n## {alert}\n" in (ROOT / "docs" / "alerts.md").read_text()


def test_they_name_what_a_server_says(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path / "data"))
    said = generate_latest(app.state.metrics.registry).decode()
    app.state.close()
    known = {*re.findall(r"^# TYPE (\w+)", said, re.MULTILINE)}
    named = {*re.findall(r"\b(?:cleanplate|process)_\w+", RULES.read_text())}
    assert named
    assert named - known == set(), said
