"""Descriptors: as many as this user may have."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="Windows has no such limits")
import resource

PROGRAM = """
import resource, sys
from cleanplate.serving.descriptors import raise_descriptors
soft, hard = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(raise_descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""

SERVE = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (44, 63))
from cleanplate.cli.entry import main
main()
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections"), [(256, 1024, 412), (1024, 1024, 412), (64, 100, 1), (44, 64, 1)]
)
def test_the_limit_is_raised_and_some_are_left_for_others(soft: int, hard: int, connections: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this user may not have as many")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(connections), str(hard)]


def test_too_few_end_the_start_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    told = "cleanplate: too few open files are allowed: 63, needed are 64 (ulimit -n)\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    assert not (tmp_path / "data").exists()
