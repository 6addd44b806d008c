"""The models that this installation has, by what they can do."""

import cleanplate.models
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.models.base import Model
from cleanplate.models.roles import AnyRole
from cleanplate.weights.card import nearest


def models() -> dict[str, Model]:
    """Every model by name, plug-ins included."""
    return discover(cleanplate.models, "MODEL", Model)


def candidates(role: AnyRole) -> list[Model]:
    """All that have `role`, here or elsewhere, the best first; none of negative rank."""
    able = [model for model in models().values() if model.can(role) and model.rank >= 0]
    return sorted(able, key=lambda model: -model.rank)


def missing(role: AnyRole) -> str:
    """Why no model has `role` here and what to type, or "" when one does."""
    able = candidates(role)
    if any(not model.card.missing() for model in able):
        return ""
    if not able:
        return unknown(role.name)
    near = nearest([model.card for model in able])
    return f"no model that can {role.name} is installed; {near.name}: {near.missing()}"


def unknown(role: str) -> str:
    """What to say where no model has that role, here or elsewhere."""
    return f"no model that can {role} is known; add one as a plug-in: see docs/plugins.md"


def model_for(role: AnyRole, name: str = "") -> Model:
    """The best model that has `role` and can run now, or the one called `name`.

    Raises:
        BadParameter: there is no model of that name, or it does not have the role.
        EngineFailed: none can run here.
    """
    if name:
        return _named(role, name)
    for model in candidates(role):
        if not model.card.missing():
            return model
    raise EngineFailed(missing(role))


def _named(role: AnyRole, name: str) -> Model:
    model = models().get(name)
    if model is None or not model.can(role):
        able = sorted(model.name for model in models().values() if model.can(role))
        raise BadParameter(f"model: {name!r} cannot {role.name}; choose one of {', '.join(able) or 'none'}")
    if why := model.card.missing():
        raise EngineFailed(f"the model {name} cannot run here", log=f"{name}: {why}")
    return model
