"""`cleanplate mcp`: what it says of itself, and what it refuses before it serves anything."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_help_has_the_lines_to_copy(run: Run) -> None:
    said = run("mcp", "--help").out
    assert "claude mcp add cleanplate -- cleanplate mcp" in said
    assert '{"mcpServers": {"cleanplate": {"command": "cleanplate", "args": ["mcp"]}}}' in said


def test_the_missing_package_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cleanplate.mcp_server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    ran = run("mcp")
    assert ran.code == 2
    assert ran.err == "cleanplate: the MCP server needs a package more: pip install 'cleanplate[mcp]'\n"


def test_others_need_a_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    monkeypatch.delenv("CLEANPLATE_API_KEYS", raising=False)
    ran = run("mcp", "--http", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert ran.code == 2
    assert "set CLEANPLATE_API_KEYS" in ran.err


def test_a_folder_that_cannot_be_made_is_told(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    (tmp_path / "file").write_text("")
    ran = run("mcp", "--results", tmp_path / "file" / "out")
    assert ran.code == 2
    assert "--results: cannot make" in ran.err
