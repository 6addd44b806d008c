"""Descriptors: as many as this user may have."""

import subprocess
import sys

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


@pytest.mark.parametrize(("soft", "hard", "connections"), [(256, 1024, 412), (1024, 1024, 412), (64, 100, 1)])
def test_the_limit_is_raised_and_some_are_left_for_others(soft: int, hard: int, connections: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this user may not have as many")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(connections), str(hard)]
