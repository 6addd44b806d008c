"""All targets, by name."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from tests.fuzz.target import Target

_MODULES: Final = (
    *("pictures", "masks", "results", "jpeg_coefficients", "metadata", "json_bodies", "forms", "compressed"),
    *("addresses", "prompts", "connections", "dialects", "siblings", "image_edits"),
)


def targets() -> Mapping[str, Target]:
    """Every target. Their modules are imported here, which takes seconds."""
    return _of(*_MODULES)


def target_of(name: str) -> Target:
    """The target of this name, or one that is faulty on purpose. Raises `KeyError`."""
    return _of(*_MODULES, "faulty")[name]


def _of(*names: str) -> Mapping[str, Target]:
    modules = (import_module(f"tests.fuzz.targets.{name}") for name in names)
    return {target.name: target for module in modules for target in module.TARGETS}
