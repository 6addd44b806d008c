import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from numba import njit

from cleanplate import compiled

KERNELS = """
import sys
from cleanplate.compiled import inline_kernel, kernel

@inline_kernel
def twice(x):
    return 2 * x

@kernel
def work(x):
    return twice(x) + 1
"""
WORK = "import own; print(own.work(20), sum(own.work.stats.cache_hits.values()))"


def run(script: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder
    )
    return done.stdout.strip()


def plain(x: int) -> int:
    return x + 1


def test_code_is_compiled_once_and_kept_on_disk(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    assert run(WORK, tmp_path) == "41 0"
    assert run(WORK, tmp_path) == "41 1"


def test_changed_code_is_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    run(WORK, tmp_path)
    (tmp_path / "own.py").write_text(KERNELS.replace("2 * x", "30 * x"))
    assert run(WORK, tmp_path) == "601 0"


def test_kernels_run_beside_each_other() -> None:
    options = getattr(compiled.kernel(plain), "targetoptions")  # noqa: B009 - numba's, which mypy cannot see
    assert options["nogil"]
    assert not options.get("parallel"), "numba's own threads do not get on with a server's"


def test_without_a_folder_for_the_code_it_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:

    def nowhere(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available for file")
        return njit(**options)

    monkeypatch.setattr("cleanplate.compiled.njit", nowhere)
    assert compiled.kernel(plain)(1) == 2


def test_only_who_fills_pays_for_numba() -> None:
    script = "import sys, {}; print('numba' in sys.modules)"
    for module in (
        "cleanplate.app",
        "cleanplate.library",
        "cleanplate.fill.catalogue",
        "cleanplate.cli.entry",
    ):
        assert run(script.format(module)) == "False", module
