"""Finds the one constant of each module in a plug-in folder, of the package or of somebody else.

A new edit, model, inpainter or dialect is one new file: `discover(cleanplate.edits, "EDIT", Edit)` finds
it. Files from outside the package come in by `load_plugins`: a folder, or the entry points
"cleanplate.plugins" of installed packages. One of their modules may hold several of the constants.
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from cleanplate.errors import SetupError

T = TypeVar("T")


def _own_name(item: Any) -> str:
    name: str = item.name
    return name


ENTRY_POINTS = "cleanplate.plugins"

_plugins: dict[str, ModuleType] = {}
"""Modules from outside, by name. Filled once at start-up; imported modules are process-wide in any case."""


_found: dict[tuple[ModuleType, str, type, tuple[ModuleType, ...]], dict[str, Any]] = {}
"""What `discover` found, while the plug-ins stay the same."""


def load_plugins(folder: Path | None) -> None:
    """Import every entry point, and every `*.py` of `folder`; a module that is already there is kept.

    Raises:
        SetupError: the folder does not exist, or a module fails on import; the text names it.
    """
    for point in entry_points(group=ENTRY_POINTS):
        if point.name not in _plugins:
            _plugins[point.name] = _guarded(point.name, point.load)
    if folder is None:
        return
    if not folder.is_dir():
        raise SetupError(f"CLEANPLATE_PLUGINS: there is no folder {folder}")
    for path in sorted(folder.resolve().glob("[!_]*.py")):
        name = f"cleanplate_plugin_{path.stem}"
        if name not in _plugins or _plugins[name].__file__ != str(path):
            _plugins[name] = _guarded(str(path), partial(_import, name, path))


def plugins() -> tuple[ModuleType, ...]:
    """The modules from outside that were loaded."""
    return tuple(_plugins.values())


def discover(
    package: ModuleType, constant: str, kind: type[T], *, name: Callable[[T], str] = _own_name
) -> dict[str, T]:
    """Import every direct child of `package`, and collect its `constant` and each plug-in's, by name.

    Modules without the constant are skipped: they are the folder's own parts. A constant may also be a tuple.

    Args:
        name: of one; by default its attribute `name`.

    Raises:
        TypeError: the constant is not a `kind`.
        ValueError: two modules claim one name.
        SetupError: the same of a plug-in; the text names its file.
    """
    key = (package, constant, kind, plugins())
    if key not in _found:
        _found[key] = _discover(*key, name)
    return _found[key]


def _discover(
    package: ModuleType,
    constant: str,
    kind: type[T],
    extra: tuple[ModuleType, ...],
    name: Callable[[T], str],
) -> dict[str, T]:
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    children = [importlib.import_module(f"{package.__name__}.{child}") for child in names]
    found: dict[str, T] = {}
    for module in (*children, *extra):
        try:
            for item, where in _items(module, constant):
                _add(found, item, where, kind, name)
        except (TypeError, ValueError) as error:
            if module not in extra:
                raise
            raise SetupError(f"the plug-in {module.__file__} cannot be used: {error}") from error
    return found


def _items(module: ModuleType, constant: str) -> list[tuple[object, str]]:
    """What the constant holds, each with its place for error texts."""
    value = getattr(module, constant, ())
    return [
        (item, f"{module.__name__}.{constant}") for item in (value if isinstance(value, tuple) else (value,))
    ]


def _add(found: dict[str, T], item: object, where: str, kind: type[T], name_of: Callable[[T], str]) -> None:
    if not isinstance(item, kind):
        raise TypeError(f"{where} is no {kind.__name__}")
    name = name_of(item)
    if name in found:
        raise ValueError(f"{where}: {name!r} is the name of another {kind.__name__}")
    found[name] = item


def _guarded(name: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except Exception as error:
        raise SetupError(f"the plug-in {name} cannot be loaded: {type(error).__name__}: {error}") from error


def _import(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
