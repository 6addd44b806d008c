"""Mistakes made on purpose: each must make the tests fail that are named beside it.

`make check-deep` runs it: some minutes. Each mutation of mutations.toml is applied to a copy of the tree and
the tests are run there; one that survives, or whose text has gone from its file, fails the run.

The list is our own since the tools that make mutations by themselves (mutmut, cosmic-ray) wrap or rewrite
every function: numba compiles no wrapped kernel, and some ten thousand mutants, each tried in a process that
imports and compiles, are days of two cores.
"""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LIST: Final = Path(__file__).with_name("mutations.toml")
COPIED: Final = ("src", "tests", "examples", "benchmarks", "docs", "pyproject.toml", "README.md")
FAILED: Final = 1
"""pytest's exit code when tests failed; any other says that they could not be run."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mistake.

    Attributes:
        file: below the root of the repository.
        old: text that is in the file once, and what stands there instead.
        tests: arguments of pytest; one of these tests must fail.
    """

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file's text with the mistake in it.

        Raises:
            ValueError: `old` is not there once.
        """
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"{self.file}: {self.old!r} is there {count} times")
        return text.replace(self.old, self.new)


def mutations() -> list[Mutation]:
    """All of mutations.toml."""
    listed = tomllib.loads(LIST.read_text())["mutation"]
    return [Mutation(one["file"], one["old"], one["new"], tuple(one["tests"])) for one in listed]


@contextmanager
def copied() -> Iterator[Path]:
    """A tree of our own, with what is compiled already."""
    with TemporaryDirectory(prefix="cleanplate-mutations-") as made:
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, Path(made) / name)
        yield Path(made)


@contextmanager
def mutated(tree: Path, mutation: Mutation) -> Iterator[None]:
    """The mistake is in the tree until the block ends."""
    file = tree / mutation.file
    text = file.read_text()
    file.write_text(mutation.applied(text))
    try:
        yield
    finally:
        file.write_text(text)


def tested(tree: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """pytest on the tree's own code, up to the first failure."""
    options = ("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider")
    env = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *options, *tests]
    return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)


def survived(tree: Path, mutation: Mutation) -> str:
    """Why the tests are to blame; "" when they saw the mistake."""
    with mutated(tree, mutation):
        done = tested(tree, mutation.tests)
    if done.returncode == FAILED:
        return ""
    if done.returncode == 0:
        return f"survived: {mutation.file}: {mutation.old!r} -> {mutation.new!r}"
    return f"{mutation.file}: the tests could not be run\n{done.stdout}{done.stderr}"


def main() -> None:
    """`python -m tests.mutations.try_them [WORD]`: those whose file has the word in its path, or all."""
    word = "".join(sys.argv[1:])
    chosen = [one for one in mutations() if word in one.file]
    with copied() as tree:
        every_test = sorted({test for one in chosen for test in one.tests})
        sound = tested(tree, every_test)
        if sound.returncode:
            sys.exit(f"the tests fail without any mutation\n{sound.stdout}{sound.stderr}")
        blamed = []
        for one in chosen:
            start = time.monotonic()
            why = survived(tree, one)
            print(f"{why or 'killed'}  {one.file}  {time.monotonic() - start:.1f} s", flush=True)
            blamed += [why] if why else []
    print(f"{len(chosen) - len(blamed)} of {len(chosen)} mutations killed")
    sys.exit("\n".join(blamed) if blamed else 0)


if __name__ == "__main__":
    main()
