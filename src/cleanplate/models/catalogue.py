"""The models that this installation has, by what they can do."""

import cleanplate.models
from cleanplate.discovery import discover
from cleanplate.errors import EngineFailed
from cleanplate.models.base import Model, Role

HOW = "add one as a plug-in: see docs/plugins.md"


def models() -> dict[str, Model]:
    """Every model by name, plug-ins included."""
    return discover(cleanplate.models, "MODEL", Model)


def missing(role: Role) -> str:
    """Why no model can play `role` here, or "" when one can."""
    if any(role in model.roles and not model.missing() for model in models().values()):
        return ""
    return f"no model that can {role} is installed; {HOW}"


def model_for(role: Role) -> Model:
    """A model that can play `role` now.

    Raises:
        EngineFailed: there is none.
    """
    for model in models().values():
        if role in model.roles and not model.missing():
            return model
    raise EngineFailed(missing(role))
