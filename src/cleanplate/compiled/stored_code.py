"""Where machine code is kept: beside the package, or in the user's cache where that cannot be written to.

A file's name says what it was made from, so that what is found is never stale: the code and the constants of
the kernel and of those that it calls, the kinds of its arguments, the compiler's version, and the processor.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cleanplate.compiled.arguments import name_of
from cleanplate.compiled.machine_code import MachineCode, processor

if TYPE_CHECKING:
    from cleanplate.compiled import Kernel
    from cleanplate.compiled.arguments import Kind

SUFFIX = ".kernel"
FOLDER = "NUMBA_CACHE_DIR"
"""The environment variable that names another folder; numba's own."""
_LAYOUT = 1
"""Of the files, and of how a function is called."""


class StoredCode:
    """The machine code of one kernel for one kind of arguments."""

    def __init__(self, kernel: "Kernel[Any, Any]", kinds: "Kind") -> None:
        facts = (
            _LAYOUT,
            sys.version_info[:2],
            version("numba"),
            processor(),
            name_of(kinds),
        )
        made_from = hashlib.sha256(repr((*facts, *_facts(kernel, set()))).encode()).hexdigest()
        self.name = f"{kernel.__module__}.{kernel.name}-{made_from[:32]}{SUFFIX}"
        self.folders = tuple(_folders(kernel))

    def read(self) -> MachineCode | None:
        """What is kept; None where there is nothing that can be read."""
        for folder in self.folders:
            with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError, AttributeError):
                digest, data = (folder / self.name).read_bytes().split(b"\n", 1)
                if hashlib.sha256(data).hexdigest().encode() == digest:
                    code: MachineCode = pickle.loads(data)  # noqa: S301 - machine code is trusted anyway
                    return code
        return None

    def write(self, code: MachineCode) -> None:
        """Keep it in the first folder that can be written to, whole or not at all; nowhere where none can.

        Whoever may read the package may read it: who compiles, as when an image is built, is not who runs.
        """
        data = pickle.dumps(code)
        content = hashlib.sha256(data).hexdigest().encode() + b"\n" + data
        for folder in self.folders:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                temporary = folder / f"{uuid4().hex}.new"
                with temporary.open("xb") as file:
                    file.write(content)
                temporary.replace(folder / self.name)
                return


def _folders(kernel: "Kernel[Any, Any]") -> Iterator[Path]:
    if named := os.environ.get(FOLDER):
        yield Path(named)
        return
    yield Path(kernel.function.__code__.co_filename).parent / "__pycache__"
    with suppress(RuntimeError):  # who has no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cleanplate" / "kernels"


def _facts(kernel: "Kernel[Any, Any]", seen: set[int]) -> Iterator[object]:
    """What the machine code of a kernel depends on, as far as it is written in Python."""
    from cleanplate.compiled import Kernel

    if id(kernel) in seen:
        return
    seen.add(id(kernel))
    code = kernel.function.__code__
    yield kernel.inline, code.co_code, code.co_consts, code.co_names, code.co_varnames
    yield kernel.function.__defaults__, kernel.function.__kwdefaults__
    for name in code.co_names:
        value = kernel.function.__globals__.get(name)
        if isinstance(value, Kernel):
            yield from _facts(value, seen)
        elif isinstance(value, int | float | str | bool) or type(value).__module__ == "numpy":
            yield name, repr(value)
        elif isinstance(value, type):
            yield name, value.__qualname__, getattr(value, "_fields", ())
    assert not any(isinstance(one, CodeType) for one in code.co_consts)  # noqa: S101 - repr would not tell
