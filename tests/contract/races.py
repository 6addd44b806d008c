"""Processes that do the same at once, on one database."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from tests.contract.conftest import Database

TIMEOUT_S: Final = 120.0
"""Far more than any of them needs: what takes this long has hung."""
_TOGETHER: Final = """
import sys
from concurrent.futures import ThreadPoolExecutor
def together(step, count):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(step, range(count)))
def ready():
    print("ready", flush=True)
    sys.stdin.readline()
"""
"""`together(step, count)`: what `step(0)` … return, each in a thread. `ready()`: wait for the others."""


def race(database: Database, script: str, *, words: Sequence[Sequence[str]]) -> list[list[str]]:
    """Run it in a process for each of these lists of words (`sys.argv[1:]`); the lines that each prints.

    It has the database as `engine`, calls `ready()`, and goes on when all have.
    """
    code = database.opening + _TOGETHER + script
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for arguments in words
    ]
    for process in racing:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=TIMEOUT_S)[0].splitlines() for process in racing]
    assert [process.returncode for process in racing] == [0] * len(racing)
    return printed
