import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.compiled import inline_kernel, kernel, lent
from cleanplate.compiled.stored_code import SUFFIX, StoredCode

KERNELS = """
import sys
from cleanplate.compiled import inline_kernel, kernel

STEP = 1

@inline_kernel
def twice(x):
    return 2 * x

@kernel
def work(x):
    return twice(x) + STEP
"""
WORK = "import own, sys; print(own.work(20), len(own.work.compiled), 'numba' in sys.modules)"


def run(script: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder
    )
    return done.stdout.strip()


class Given(NamedTuple):
    flags: NDArray[np.bool_]
    values: NDArray[np.float32]
    factor: float


@inline_kernel
def _scaled(value: float, factor: float) -> float:
    return value * factor


@kernel
def add_up(given: Given, rows: NDArray[np.int64], how: tuple[int, bool]) -> int:
    """Adds flagged values to the second column of `rows`; returns how many there were."""
    first, negative = how
    count = 0
    for at in range(first, len(given.values)):
        if given.flags[at]:
            value = int(_scaled(given.values[at], given.factor))
            rows[at, 1] += -value if negative else value
            count += 1
    return count


@kernel
def any_above(rows: NDArray[np.int64], limit: int) -> bool:
    for row in rows:  # noqa: SIM110 - numba has no generators without an array
        if row[1] > limit:
            return True
    return False


@kernel
def divided(number: int, by: int) -> int:
    return number // by


@kernel
def makes_an_array(count: int) -> int:
    return int(np.zeros(count).sum())


def given() -> Given:
    return Given(np.array([1, 1, 0, 1], np.bool_), np.array([1, 2, 3, 4], np.float32), 2.5)


def rows() -> NDArray[np.int64]:
    return np.arange(8, dtype=np.int64).reshape(4, 2)


def test_numbers_arrays_and_tuples_arrive_as_they_are() -> None:
    target = rows()
    assert add_up(given(), target, (1, False)) == 2
    assert target.tolist() == [[0, 1], [2, 8], [4, 5], [6, 17]]
    assert add_up(given(), target, (1, True)) == 2
    assert target.tolist() == rows().tolist()


def test_arguments_by_name() -> None:
    target = rows()
    assert add_up(given(), how=(0, False), rows=target) == 3
    assert target[0, 1] == 3


def test_what_is_lent_is_looked_at_once_and_may_change() -> None:
    facts, target = given(), rows()
    again = lent(facts)
    add_up(again, target, (0, False))
    facts.flags[:] = False
    assert add_up(again, target, (0, False)) == 0


def test_arrays_that_are_not_in_one_piece() -> None:
    target = np.zeros((4, 2, 2), np.int64)[:, :, 1]
    add_up(given(), target, (0, False))
    assert target.tolist() == [[0, 2], [0, 5], [0, 0], [0, 10]]


def test_a_truth_value_comes_back() -> None:
    assert any_above(rows(), 6) is True
    assert any_above(rows(), 7) is False


def test_an_exception_is_an_error_and_never_a_result() -> None:
    assert divided(7, 2) == 3
    with pytest.raises(RuntimeError, match="divided ended with status"):
        divided(7, 0)


def test_a_kernel_that_makes_an_array_is_refused() -> None:
    with pytest.raises(TypeError, match=r"makes_an_array.*makes no array"):
        makes_an_array(3)


def test_code_is_compiled_once_and_found_without_the_compiler(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    assert run(WORK, tmp_path) == "41 1 True"
    assert run(WORK, tmp_path) == "41 0 False"
    assert [path.name[:9] for path in (tmp_path / "__pycache__").glob(f"*{SUFFIX}")] == ["own.work-"]


@pytest.mark.parametrize(("old", "new", "found"), [("2 * x", "30 * x", 601), ("STEP = 1", "STEP = 4", 44)])
def test_changed_code_is_compiled_again(tmp_path: Path, old: str, new: str, found: int) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    run(WORK, tmp_path)
    (tmp_path / "own.py").write_text(KERNELS.replace(old, new))
    assert run(WORK, tmp_path) == f"{found} 1 True"


def test_damaged_code_is_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    run(WORK, tmp_path)
    (stored,) = (tmp_path / "__pycache__").glob(f"*{SUFFIX}")
    stored.write_bytes(stored.read_bytes()[:-9] + b"\0" * 9)
    assert run(WORK, tmp_path) == "41 1 True"
    assert run(WORK, tmp_path) == "41 0 False"


def test_without_a_folder_for_the_code_it_still_runs(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KERNELS)
    (tmp_path / "file").touch()
    nowhere = f"import os; os.environ['NUMBA_CACHE_DIR'] = {str(tmp_path / 'file' / 'no')!r}; "
    assert run(nowhere + WORK, tmp_path) == "41 1 True"


def test_another_folder_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert StoredCode(divided, ("int", "int")).folders == (tmp_path,)  # type: ignore[arg-type]


def test_code_can_be_read_by_those_who_did_not_compile_it(tmp_path: Path) -> None:
    """An image is built by root, and its program runs as somebody else."""
    (tmp_path / "own.py").write_text(KERNELS)
    run("import os; os.umask(0o022); " + WORK, tmp_path)
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob(f"*{SUFFIX}")] == [0o644]
    assert not list(tmp_path.rglob("*.new"))


def test_only_who_compiles_pays_for_numba() -> None:
    script = "import sys, {}; print('numba' in sys.modules)"
    for module in (
        "cleanplate.app",
        "cleanplate.library",
        "cleanplate.fill.patchmatch.fill",
        "cleanplate.cli.entry",
    ):
        assert run(script.format(module)) == "False", module
