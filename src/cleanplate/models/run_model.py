"""Run a model: choose the one for a role, run it, and make sure that it returned what its role promises."""

from dataclasses import dataclass
from typing import Generic

from cleanplate.errors import EngineFailed
from cleanplate.models.catalogue import model_for
from cleanplate.models.roles import Job, Result, Role


@dataclass(frozen=True, slots=True)
class ModelResult(Generic[Result]):
    """What a model made, as its role says, and what a recipe says of the model."""

    made: Result
    facts: dict[str, str]


def run_model(role: Role[Job, Result], job: Job, name: str = "") -> ModelResult[Result]:
    """Run the best installed model that has `role`, or the one called `name`.

    Raises:
        BadParameter: no such model.
        EngineFailed: there is none, it failed, or what it returned is not what the role promises.
        BadInput: the model cannot do this job with this picture.
    """
    model = model_for(role, job.runtime, name)
    made = model.performer(role)(job)
    check_result(model.name, role.fault(job, made))
    return ModelResult(made, model.card.facts(job.runtime))


def check_result(name: str, fault: str) -> None:
    """Raises `EngineFailed` where something is wrong with what the network of this name returned."""
    if fault:
        raise EngineFailed("the model returned something else than was asked for", log=f"{name}: {fault}")
