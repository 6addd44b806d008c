"""Runtimes for tests: as the environment says; and what a test makes up beside what is here, or for it."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeAlias

import pytest

import cleanplate.edits
import cleanplate.fill.inpainters
import cleanplate.models
from cleanplate.edits.base import Edit
from cleanplate.fill.base import Inpainter
from cleanplate.models.base import Model
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings, load

Thing: TypeAlias = Model | Inpainter | Edit

PACKAGES: Final[Mapping[type, ModuleType]] = MappingProxyType(
    {Model: cleanplate.models, Inpainter: cleanplate.fill.inpainters, Edit: cleanplate.edits}
)


def here(**options: Any) -> Runtime:
    """As the environment says, and `options`, which are settings; equal ones share the models in memory."""
    return _kept(Runtime.from_settings(load(**options)))


@lru_cache(maxsize=4)
def _kept(runtime: Runtime) -> Runtime:
    return runtime


def plug_in(monkeypatch: pytest.MonkeyPatch, *made_up: Thing) -> None:
    """Until the test ends every new runtime has these, as if a file of the folder of plug-ins brought them.

    One that has the name of what the package brings stands in its place.
    """
    module = ModuleType("made_up")
    for kind in PACKAGES:
        without(monkeypatch, kind, *(name_of(one) for one in made_up if isinstance(one, kind)))
        setattr(module, kind.__name__.upper(), tuple(one for one in made_up if isinstance(one, kind)))
    _add(monkeypatch, module)


def without(monkeypatch: pytest.MonkeyPatch, kind: type, *names: str) -> None:
    """Until the test ends no new runtime knows those of the package that are called so."""
    constant = kind.__name__.upper()
    for module in _modules(PACKAGES[kind]):
        there = getattr(module, constant, ())
        things = there if isinstance(there, tuple) else (there,)
        if any(name_of(one) in names for one in things):
            left = tuple(one for one in things if name_of(one) not in names)
            monkeypatch.setattr(module, constant, left)
            anew(monkeypatch)


def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test ends new runtimes look at the package again: catalogues remember what they found."""
    _add(monkeypatch, ModuleType("anew"))


def name_of(thing: Thing) -> str:
    """As catalogues have it."""
    return thing.facts.name if isinstance(thing, Inpainter) else thing.name


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


def _add(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    before = Runtime.from_settings

    def from_settings(settings: Settings) -> Runtime:
        runtime = before(settings)
        return replace(runtime, plugin_modules=(*runtime.plugin_modules, module))

    monkeypatch.setattr(Runtime, "from_settings", from_settings)
