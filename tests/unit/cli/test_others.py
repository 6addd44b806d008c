import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cleanplate

Run = Callable[..., Any]


def test_help_teaches(run: Run) -> None:
    for arguments in ((), ("--help",)):
        ran = run(*arguments)
        assert ran.code == 0
        assert "cleanplate erase photo.jpg mask.png -o clean.jpg" in ran.out
    for command in ("erase", "serve", "keys", "doctor"):
        ran = run(command, "--help")
        assert ran.code == 0
        assert ran.out.startswith(f"Usage: cleanplate {command}")


def test_help_pays_for_nothing_heavy() -> None:
    script = (
        "import sys; from cleanplate.cli.entry import cli\n"
        "print([m for m in ('numpy', 'cv2', 'PIL', 'starlette', 'sqlalchemy', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(run: Run) -> None:
    assert cleanplate.__version__ in run("--version").out


def test_an_unknown_command_is_one_line(run: Run) -> None:
    ran = run("remove")
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_keys_live_from_create_to_revoke(run: Run, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    assert "there is no database" in run("keys", "list", *data).err
    secret = run("keys", "create", "--name", "ann", *data).out.strip()
    assert re.fullmatch(r"cp-[\w-]{43}", secret)
    (row,) = run("keys", "list", *data).out.splitlines()
    key_id = row.split()[0]
    assert "active" in row
    assert row.endswith(f"...{secret[-4:]}  ann")
    assert secret not in row
    assert run("keys", "revoke", key_id, *data).code == 0
    assert "revoked" in run("keys", "list", *data).out
    again = run("keys", "revoke", key_id, *data)
    assert again.code == 2
    assert "no active key" in again.err


def test_doctor_is_well_here(run: Run, tmp_path: Path) -> None:
    ran = run("doctor", "--data", tmp_path / "data")
    assert "engine patchmatch" in ran.out
    assert "edit erase" in ran.out
    assert not (tmp_path / "data").exists(), "looking is no reason to make a folder"
    assert ran.code == (1 if "!!" in ran.out else 0)


def test_doctor_says_what_to_type(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.cli.doctor.LOW_DISK_BYTES", 1 << 60)
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    assert "-> free some space" in ran.out


def test_a_bad_setting_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_FETCH_ALLOW", "everything")
    ran = run("serve")
    assert ran.code == 2
    assert ran.err.startswith("cleanplate: CLEANPLATE_FETCH_ALLOW")
    assert ran.err.count("\n") == 1


def test_serve_refuses_a_taken_port(run: Run, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", "--port", str(taken.getsockname()[1]), "--data", tmp_path)
    assert ran.code == 2
    assert "in use" in ran.err
