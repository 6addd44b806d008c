"""What is told of a task that has just ended, to whoever counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Row

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State

_ROW = TASKS.c
COLUMNS: Final = (
    _ROW.edit,
    _ROW.state,
    _ROW.scenario,
    _ROW.created_at_ms,
    _ROW.started_at_ms,
    _ROW.compute_ms,
    _ROW.results,
    _ROW.key_id,
    _ROW.account,
    _ROW.callback_url,
)
"""Of the row as it is then: what `ended_of` reads, and who wants to hear of it or has used something."""


@dataclass(frozen=True, slots=True)
class EndedTask:
    """One task at its end.

    Attributes:
        engines: who filled or which models ran, each once; empty where nobody did.
        wait_s: from the submit to the last start; None when it never started.
        compute_s: of the last attempt; None when nothing was computed.
    """

    edit: str
    state: State
    simulated: bool
    engines: tuple[str, ...]
    wait_s: float | None
    compute_s: float | None


Ended: TypeAlias = Callable[[EndedTask], None]
"""Called after the transaction that ended a task; must return at once and raise nothing."""


def told_to_nobody(ended: EndedTask) -> None:
    """An `Ended` that counts nothing."""


def ended_of(row: Row[*tuple[Any, ...]]) -> EndedTask:
    """From `COLUMNS`."""
    waited_ms = None if row.started_at_ms is None else max(0, row.started_at_ms - row.created_at_ms)
    return EndedTask(
        edit=row.edit,
        state=State(row.state),
        simulated=row.scenario is not None,
        engines=engines_of([result.get("recipe") or {} for result in row.results]),
        wait_s=None if waited_ms is None else waited_ms / 1000,
        compute_s=None if row.compute_ms is None else row.compute_ms / 1000,
    )


def engines_of(recipes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The engines of all recipes, each once; where a recipe names none, the model of it."""
    found: dict[str, None] = {}
    for recipe in recipes:
        model = recipe.get("model") or {}
        named = recipe.get("engine") or model.get("name") or ""
        found.update(dict.fromkeys(filter(None, named.split("+"))))
    return tuple(found)
