"""Finds the one constant of each module in a plug-in folder.

A new edit, engine or dialect is one new file: `discover(cleanplate.edits, "EDIT", Edit)` finds it.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Import every direct child of `package` and collect its `constant`, keyed by `.name`.

    Modules without the constant are skipped: they are the folder's own parts.

    Raises:
        TypeError: the constant is not a `kind`.
        ValueError: two modules claim one name.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, constant, None)
        if value is None:
            continue
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__}.{constant} is no {kind.__name__}")
        name: str = value.name  # type: ignore[attr-defined]
        if name in found:
            raise ValueError(f"two modules of {package.__name__} are named {name!r}")
        found[name] = value
    return found
