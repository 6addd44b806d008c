"""What a process says of a task beside its results: how long each stage took, and what its models did.

It comes from a process that a stranger may have taken over: numbers within bounds, and a few names. Anything
else is refused.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from cleanplate.runtime.pool import PoolFigures
from cleanplate.runtime.runtime import Runtime

StageName: TypeAlias = Literal["decode", "edit", "encode"]

_MOST_STAGES: Final = 100
_MOST_MODELS: Final = 1000
_MOST: Final = 2**62
Count: TypeAlias = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False)]


class _Numbers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageTime(_Numbers):
    """One stage of a task, in Unix nanoseconds."""

    name: StageName
    began_ns: Count
    ended_ns: Count


class ModelFigures(_Numbers):
    """See `runtime.pool.PoolFigures`."""

    bytes: Count
    loads: Count
    hits: Count
    load_s: Seconds
    evictions: Count


class ChildFigures(_Numbers):
    """Of the last task its stages, in order; of each model what it did since the process began.

    Raises `pydantic.ValidationError`, a `ValueError`, when it is made of anything else.
    """

    stages: tuple[StageTime, ...] = Field(max_length=_MOST_STAGES)
    models: Mapping[str, ModelFigures] = Field(max_length=_MOST_MODELS)


@dataclass(slots=True)
class StageClock:
    """Takes the time of the stages of one task after the other."""

    _taken: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def timed(self, stage: StageName) -> Iterator[None]:
        """The block is this stage."""
        began_ns, began = time.time_ns(), time.perf_counter_ns()
        try:
            yield
        finally:
            ended_ns = began_ns + time.perf_counter_ns() - began
            self._taken.append({"name": stage, "began_ns": began_ns, "ended_ns": ended_ns})

    def taken(self) -> list[dict[str, Any]]:
        """The stages since this was last asked, as JSON."""
        taken, self._taken = self._taken, []
        return taken[:_MOST_STAGES]


def figures_of(stages: StageClock, runtime: Runtime) -> dict[str, Any]:
    """The fields of `ChildFigures`, as JSON."""
    models: Mapping[str, PoolFigures] = runtime.pool.figures()
    return {"stages": stages.taken(), "models": {name: asdict(each) for name, each in models.items()}}
