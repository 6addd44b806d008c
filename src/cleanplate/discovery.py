"""Finds the one constant of each module in a plug-in folder, of the package or of somebody else.

A new edit, model, inpainter or dialect is one new file: `discover(cleanplate.edits, "EDIT", Edit)` finds
it. Files from outside the package come in by `load_plugins`: a folder, or the entry points
"cleanplate.plugins" of installed packages. One of their modules may hold several of the constants.

Nothing is imported before it is asked for. Python keeps each imported module for the whole process; which of
them are anybody's plug-ins is not: whoever loads a folder gets its modules, and passes them to `discover`.
"""

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from threading import RLock
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeVar, cast

from cleanplate.errors import SetupError

T = TypeVar("T")

ENTRY_POINTS: Final = "cleanplate.plugins"
CONSTANTS: Final = ("MODEL", "EDIT", "INPAINTER", "DIALECT")
"""What the file of a plug-in may hold."""
_OF_FOLDER: Final = "@"
"""In a module's name, before what tells its folder."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What can be typed in a command, and written in an address."""

_importing: Final = RLock()
"""`sys.modules` is the process's own, so two threads that import one file must take turns."""


def load_plugins(folder: Path | None) -> tuple[ModuleType, ...]:
    """Import every entry point, and every `*.py` of `folder`; a file that was imported before is not again.

    Returns:
        The modules, those of entry points first, then by name of the file.

    Raises:
        SetupError: the folder does not exist, or a module fails on import; the text names it.
    """
    found: dict[str, ModuleType] = {}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name not in found:
            found[point.name] = _guarded(point.name, point.load)
    if folder is None:
        return tuple(found.values())
    if not folder.is_dir():
        raise SetupError(f"CLEANPLATE_PLUGINS: there is no folder {folder}")
    files = [
        _guarded(str(path), partial(_import, path)) for path in sorted(folder.resolve().glob("[!_]*.py"))
    ]
    return (*found.values(), *files)


def _own_name(item: Any) -> str:
    name: str = item.name
    return name


def origin(plugin: ModuleType) -> str:
    """Its file; the name of one that has none."""
    return str(getattr(plugin, "__file__", None) or plugin.__name__)


def unused_plugins(plugins: Sequence[ModuleType]) -> tuple[str, ...]:
    """A sentence for each that holds none of `CONSTANTS`."""
    expected = f"{', '.join(CONSTANTS[:-1])} and {CONSTANTS[-1]}"
    return tuple(
        f"the plug-in {origin(plugin)} adds nothing: it has none of {expected}"
        for plugin in plugins
        if not any(hasattr(plugin, constant) for constant in CONSTANTS)
    )


def discover(
    package: ModuleType,
    constant: str,
    kind: type[T],
    plugins: tuple[ModuleType, ...] = (),
    *,
    name_of: Callable[[T], str] = _own_name,
    reserved: tuple[str, ...] = (),
) -> Mapping[str, T]:
    """Import every direct child of `package`, and collect its `constant` and each plug-in's, by name.

    Modules without the constant are skipped: they are the folder's own parts. A constant may also be a tuple.
    The same arguments are answered from memory.

    Args:
        name_of: the name of one; by default its attribute `name`.
        reserved: names that none may have.

    Raises:
        TypeError: the constant is not a `kind`.
        ValueError: two modules claim one name, or one is no name: letters, digits, - and _.
        SetupError: the same of a plug-in; the text names its file.
    """
    return cast(Mapping[str, T], _discover(package, constant, cast(type, kind), plugins, name_of, reserved))


@lru_cache(maxsize=64)
def _discover(
    package: ModuleType,
    constant: str,
    kind: type,
    extra: tuple[ModuleType, ...],
    name_of: Callable[[Any], str],
    reserved: tuple[str, ...],
) -> Mapping[str, object]:
    children_names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    children = [importlib.import_module(f"{package.__name__}.{child}") for child in children_names]
    found: dict[str, object] = {}
    for module in (*children, *extra):
        try:
            for item in _items(module, constant, kind):
                name = name_of(item)
                _check_name(name, constant, reserved)
                _add(found, name, item, f"{constant}: {name!r} is the name of another {kind.__name__}")
        except (TypeError, ValueError) as error:
            if module not in extra:
                raise type(error)(f"{module.__name__}.{error}") from None
            raise SetupError(f"the plug-in {origin(module)} cannot be used: {error}") from error
    return MappingProxyType(found)


def _check_name(name: object, constant: str, reserved: Collection[str]) -> None:
    """Raises `ValueError` where nothing can be called so."""
    if not (isinstance(name, str) and _PLAIN_NAME.fullmatch(name)):
        raise ValueError(
            f"{constant}: {name!r} is no name: letters, digits, - and _, none of the last two first"
        )
    if name in reserved:
        raise ValueError(f"{constant}: {name!r} has a meaning of its own and cannot be a name")


def _add(found: dict[str, object], name: str, item: object, taken: str) -> None:
    """Raises `ValueError`, with the text `taken`, where the name is."""
    if name in found:
        raise ValueError(taken)
    found[name] = item


def _items(module: ModuleType, constant: str, kind: type) -> tuple[object, ...]:
    """What the constant holds; nothing where there is none. Raises `TypeError` for what is no `kind`."""
    value = getattr(module, constant, ())
    items: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
    for item in items:
        if isinstance(item, type) or not isinstance(item, kind):  # a class has what its objects have
            raise TypeError(f"{constant} is no {kind.__name__}")
    return items


def _guarded(name: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except Exception as error:
        raise SetupError(f"the plug-in {name} cannot be loaded: {type(error).__name__}: {error}") from error


def _import(path: Path) -> ModuleType:
    name = _module_name(path)
    with _importing:
        if name not in sys.modules:
            _execute(name, path)
        return sys.modules[name]


def _module_name(path: Path) -> str:
    """Two folders may each have a file of one name, so the folder is in it."""
    digest = hashlib.sha256(str(path.parent).encode()).hexdigest()[:12]
    return f"cleanplate_plugin_{path.stem}{_OF_FOLDER}{digest}"


def _execute(name: str, path: Path) -> None:
    """Run the file as a module of that name; one that fails leaves nothing behind."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
