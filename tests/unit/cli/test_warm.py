from collections.abc import Callable
from typing import Any

import pytest

from cleanplate.errors import EngineFailed
from cleanplate.runtime.runtime import Runtime

Run = Callable[..., Any]


def test_it_compiles_and_says_nothing(run: Run) -> None:
    ran = run("warm")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_help_says_when_it_is_for(run: Run) -> None:
    ran = run("warm", "--help")
    assert ran.code == 0
    assert ran.out.startswith("Usage: cleanplate warm")
    assert "once after each installation" in ran.out


def test_a_failure_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(runtime: Runtime) -> None:
        raise EngineFailed("the fill cannot run here")

    monkeypatch.setattr("cleanplate.warm.warm_up", fail)
    ran = run("warm")
    assert ran.code == 2
    assert ran.err == "cleanplate: the fill cannot run here\n"


def test_nothing_else_is_asked_for(run: Run) -> None:
    assert run("warm", "twice").code == 2
