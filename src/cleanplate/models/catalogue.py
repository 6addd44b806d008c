"""The models that this installation has, by what they can do."""

from collections.abc import Mapping

import cleanplate.models
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.models.base import Model
from cleanplate.models.roles import AnyRole
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import nearest


def models(runtime: Runtime) -> Mapping[str, Model]:
    """Every model by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(cleanplate.models, "MODEL", Model, runtime.plugins)


def candidates(role: AnyRole, runtime: Runtime) -> list[Model]:
    """All that have `role`, here or elsewhere, the best first; none of negative rank."""
    able = [model for model in models(runtime).values() if model.can(role) and model.rank >= 0]
    return sorted(able, key=lambda model: -model.rank)


def missing(role: AnyRole, runtime: Runtime) -> str:
    """Why no model has `role` here and what to type, or "" when one does."""
    able = candidates(role, runtime)
    if any(not model.card.missing(runtime) for model in able):
        return ""
    if not able:
        return unknown(role.name)
    near = nearest([model.card for model in able])
    return f"no model that can {role.name} is installed; {near.name}: {near.missing(runtime)}"


def unknown(role: str) -> str:
    """What to say where no model has that role, here or elsewhere."""
    return f"no model that can {role} is known; add one as a plug-in: see docs/plugins.md"


def model_for(role: AnyRole, runtime: Runtime, name: str = "") -> Model:
    """The best model that has `role` and can run now, or the one called `name`.

    Raises:
        BadParameter: there is no model of that name, or it does not have the role.
        EngineFailed: none can run here.
    """
    if name:
        return _named(role, runtime, name)
    for model in candidates(role, runtime):
        if not model.card.missing(runtime):
            return model
    raise EngineFailed(missing(role, runtime))


def _named(role: AnyRole, runtime: Runtime, name: str) -> Model:
    model = models(runtime).get(name)
    if model is None or not model.can(role):
        able = sorted(model.name for model in models(runtime).values() if model.can(role))
        raise BadParameter(f"model: {name!r} cannot {role.name}; choose one of {', '.join(able) or 'none'}")
    if why := model.card.missing(runtime):
        raise EngineFailed(f"the model {name} cannot run here", log=f"{name}: {why}")
    return model
