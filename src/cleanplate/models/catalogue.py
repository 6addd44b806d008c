"""The models that this installation has, by what they can do."""

from collections.abc import Mapping, Sequence

import cleanplate.models
from cleanplate.discovery import discover
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.models.base import Model, Role
from cleanplate.runtime.runtime import Runtime


def models(runtime: Runtime) -> Mapping[str, Model]:
    """Every model by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(cleanplate.models, "MODEL", Model, runtime.plugins)


def candidates(role: Role, runtime: Runtime) -> list[Model]:
    """All that could play `role`, here or elsewhere, the best first; none of negative rank."""
    able = [model for model in models(runtime).values() if role in model.roles and model.rank >= 0]
    return sorted(able, key=lambda model: -model.rank)


def missing(role: Role, runtime: Runtime) -> str:
    """Why no model can play `role` here and what to type, or "" when one can."""
    able = candidates(role, runtime)
    if any(not model.missing(runtime) for model in able):
        return ""
    if not able:
        return f"no model that can {role} is known; add one as a plug-in: see docs/plugins.md"
    near = nearest(able)
    return f"no model that can {role} is installed; {near.name}: {near.missing(runtime)}"


def nearest(able: Sequence[Model]) -> Model:
    """Of models that cannot run here, best first, the one that takes least: no GPU, then no more packages."""
    return min(able, key=lambda model: (model.gpu, bool(model.extra)))


def model_for(role: Role, runtime: Runtime, name: str = "") -> Model:
    """The best model that can play `role` now, or the one called `name`.

    Raises:
        BadParameter: there is no model of that name, or it cannot play the role.
        EngineFailed: none can run here.
    """
    if name:
        return _named(role, runtime, name)
    for model in candidates(role, runtime):
        if not model.missing(runtime):
            return model
    raise EngineFailed(missing(role, runtime))


def _named(role: Role, runtime: Runtime, name: str) -> Model:
    model = models(runtime).get(name)
    if model is None or role not in model.roles:
        able = sorted(model.name for model in models(runtime).values() if role in model.roles)
        raise BadParameter(f"model: {name!r} cannot {role}; choose one of {', '.join(able) or 'none'}")
    if why := model.missing(runtime):
        raise EngineFailed(f"the model {name} cannot run here", log=f"{name}: {why}")
    return model
