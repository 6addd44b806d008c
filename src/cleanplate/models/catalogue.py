"""The models that this installation has, by what they can do."""

from collections.abc import Sequence

import cleanplate.models
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.models.base import Model, Role


def models() -> dict[str, Model]:
    """Every model by name, plug-ins included."""
    return discover(cleanplate.models, "MODEL", Model)


def candidates(role: Role) -> list[Model]:
    """All that could play `role`, here or elsewhere, the best first; none of negative rank."""
    able = [model for model in models().values() if role in model.roles and model.rank >= 0]
    return sorted(able, key=lambda model: -model.rank)


def missing(role: Role) -> str:
    """Why no model can play `role` here and what to type, or "" when one can."""
    able = candidates(role)
    if any(not model.missing() for model in able):
        return ""
    if not able:
        return f"no model that can {role} is known; add one as a plug-in: see docs/plugins.md"
    near = nearest(able)
    return f"no model that can {role} is installed; {near.name}: {near.missing()}"


def nearest(able: Sequence[Model]) -> Model:
    """Of models that cannot run here, best first, the one that takes least: no GPU, then no more packages."""
    return min(able, key=lambda model: (model.gpu, bool(model.extra)))


def model_for(role: Role, name: str = "") -> Model:
    """The best model that can play `role` now, or the one called `name`.

    Raises:
        BadParameter: there is no model of that name, or it cannot play the role.
        EngineFailed: none can run here.
    """
    if name:
        return _named(role, name)
    for model in candidates(role):
        if not model.missing():
            return model
    raise EngineFailed(missing(role))


def _named(role: Role, name: str) -> Model:
    model = models().get(name)
    if model is None or role not in model.roles:
        able = sorted(model.name for model in models().values() if role in model.roles)
        raise BadParameter(f"model: {name!r} cannot {role}; choose one of {', '.join(able) or 'none'}")
    if why := model.missing():
        raise EngineFailed(f"the model {name} cannot run here", log=f"{name}: {why}")
    return model
