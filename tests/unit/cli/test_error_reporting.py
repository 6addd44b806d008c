"""However a command ends, a terminal sees one line and never a traceback."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cleanplate.edits.parts import filling
from cleanplate.errors import BadInput, DatabaseAway, ServiceAway, StoreAway

Run = Callable[..., Any]


def short_of_memory() -> cv2.error:
    error = cv2.error("Failed to allocate 12345 bytes")
    error.code = -4  # cv2.Error.StsNoMem
    return error


@dataclass(frozen=True)
class End:
    """What an edit raises, the exit code, and how the line begins."""

    error: BaseException
    code: int
    words: str


ENDS = [
    End(ValueError("high <= 0"), 70, "internal error: ValueError: high <= 0; CLEANPLATE_DEBUG=1 shows"),
    End(ZeroDivisionError(), 70, "internal error: ZeroDivisionError; CLEANPLATE_DEBUG=1 shows"),
    End(AssertionError("two\nlines"), 70, "internal error: AssertionError: two lines; "),
    End(RecursionError("too deep"), 70, "internal error: RecursionError: too deep; "),
    End(GeneratorExit(), 70, "internal error: GeneratorExit; "),
    End(MemoryError(), 2, "out of memory; "),
    End(short_of_memory(), 2, "out of memory; "),
    End(OSError(errno.EIO, "Input/output error", "a.png"), 2, "a.png: Input/output error"),
    End(OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device"),
    End(BadInput("it is\nbad"), 2, "it is bad"),
    End(ServiceAway("nobody listens"), 75, "nobody listens"),
    End(DatabaseAway("it restarts"), 75, "it restarts"),
    End(StoreAway("it answers 503"), 75, "it answers 503"),
]
ends = pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end.error).__name__)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int = 0) -> None:
    """Every erase from then on ends so, but for the first few."""
    calls = iter(range(1000))
    real = filling.fill

    def fails(*arguments: Any, **named: Any) -> Any:
        if next(calls) >= after:
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(filling, "fill", fails)


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLEANPLATE_DEBUG", raising=False)


@ends
def test_any_error_is_one_line(
    end: End, run: Run, photo: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, end.error)
    ran = run("erase", photo, mask, "-o", tmp_path / "out.png")
    assert ran.code == end.code
    assert ran.err.startswith(f"cleanplate: {end.words}")
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_ctrl_c_says_nothing(
    run: Run, photo: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    ran = run("erase", photo, mask, "-o", tmp_path / "out.png")
    assert (ran.code, ran.err.strip()) == (130, "")


def test_a_traceback_for_those_who_ask(
    run: Run, photo: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ValueError("high <= 0"))
    monkeypatch.setenv("CLEANPLATE_DEBUG", "1")
    ran = run("erase", photo, mask, "-o", tmp_path / "out.png")
    assert ran.err.startswith("Traceback")
    assert ran.err.splitlines()[-1].startswith("cleanplate: internal error: ValueError: high <= 0")


@ends
def test_in_a_folder_one_picture_fails_and_the_rest_goes_on(
    end: End, run: Run, photo: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(end.error, Exception):
        pytest.skip("ends the command")
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(photo.read_bytes())
    failing(monkeypatch, end.error, after=1)
    ran = run("erase", folder, mask, "-o", out)
    assert ran.code == 1
    assert f"b.png: {end.words}" in ran.err
    assert "Traceback" not in ran.err
    assert [path.name for path in out.iterdir()] == ["a.png"]


def started(shell: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = f"{sys.executable} -m cleanplate"
    return subprocess.run(
        ["/bin/bash", "-c", shell.format(program)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("{} models list | true", ""),
        ("{} models list | head -c 1 >/dev/null", ""),
        ("{} --help >&-", ""),
        ("{} erase nothing.png --box 1,1,2,2 -o - <&- >&-", "no such file"),
        ("{} erase - --box 1,1,2,2 -o - <&-", "the file is empty"),
    ],
)
def test_streams_that_nobody_reads_or_writes(shell: str, words: str) -> None:
    ran = started(shell)
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr
    assert words in ran.stderr
    assert ran.stderr.count("\n") <= 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_a_disk_that_is_full_is_one_line() -> None:
    ran = started("{} models list >/dev/full")
    assert (ran.returncode, ran.stderr) == (2, "cleanplate: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_a_result_that_a_full_disk_refuses_names_the_output(tmp_path: Path) -> None:
    photo = tmp_path / "in.png"
    cv2.imwrite(str(photo), np.full((30, 40, 3), 150, np.uint8))
    ran = started(f"{{}} erase {photo} --box 5,5,9,9 --engine telea -o - >/dev/full")
    assert (ran.returncode, ran.stderr) == (2, "cleanplate: standard output: No space left on device\n")


def test_a_drawing_whose_quiet_parts_have_no_noise(run: Run, tmp_path: Path) -> None:
    """A balloon with an outline over hatching: no tile of it could lend the fill any noise."""
    rgb = np.full((300, 400, 3), 150, np.uint8)
    for x in range(0, 600, 5):
        cv2.line(rgb, (x, 0), (x - 100, 300), (120, 120, 120), 1)
    cv2.ellipse(rgb, (200, 150), (137, 107), 0, 0, 360, (250, 252, 252), -1)
    cv2.ellipse(rgb, (200, 150), (137, 107), 0, 0, 360, (0, 0, 0), 5)
    cv2.imwrite(str(tmp_path / "in.png"), rgb)
    ran = run("erase", tmp_path / "in.png", "--box", "130,110,140,40", "-o", tmp_path / "out.png")
    assert (ran.code, ran.err) == (0, "")
    assert np.array_equal(np.asarray(cv2.imread(str(tmp_path / "out.png"))), rgb)


SHORT_OF_ADDRESSES = """
import resource, sys
from cleanplate.cli.error_reporting import error_line, exit_code

torch = ImportError("`torch` can only be initialized once per process")
errors = torch, OSError("libx.so: failed to map segment from shared object"), MemoryError(), ValueError("x")
print(error_line(torch))
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
for error in errors:
    print(exit_code(error), error_line(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_process_with_few_addresses_is_told_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_ADDRESSES], capture_output=True, text=True, check=True
    )
    before, *after = done.stdout.splitlines()
    told = "2 out of memory: a process may have 4096 MiB of addresses here; `ulimit -v unlimited` first"
    assert before.startswith("internal error: ImportError: `torch` can only")
    assert after[:3] == [told] * 3
    assert after[3].startswith("70 internal error: ValueError: x")
