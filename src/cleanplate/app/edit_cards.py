"""What the rest of the server may know of an edit."""

from collections.abc import Mapping
from typing import Any

from cleanplate.database.tables import GENERAL
from cleanplate.edits.base import Edit
from cleanplate.runtime.runtime import Runtime
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.fleet import Fleet
from cleanplate.tasks.queues import at_once, queue_of
from cleanplate.tasks.task_memory import check_edit_memory, least_bytes


def edit_card(
    edit: Edit, runtime: Runtime, memory_bytes: int | None, least: Runtime, fleet: Fleet | None
) -> EditCard:
    """The card of one edit.

    Args:
        memory_bytes: what the process of a task may have; None is any amount.
        least: what every worker has.
        fleet: the workers of all machines, who may be able to do what this one cannot; None: there are none.
    """

    def queue(values: Mapping[str, Any]) -> str:
        return GENERAL if fleet is None else queue_of(edit, values, least)

    def elsewhere(why: str, values: Mapping[str, Any] | None = None) -> str:
        """Why nobody can, where this machine cannot."""
        if not why or fleet is None:
            return why
        able = fleet.serves(queue(values)) if values is not None else any(map(fleet.serves, edit.roles))
        return "" if able else why

    def bytes_of(values: Mapping[str, Any], width: int, height: int) -> int:
        return least_bytes(edit.bytes_per_pixel, edit.makes_pixels(edit.parse(values), width, height))

    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=edit.parameters.model_json_schema(),
        check=lambda values: edit.parse(values).model_dump(mode="json"),
        missing=lambda: elsewhere(edit.missing(runtime)),
        limited=lambda: elsewhere(edit.limited(runtime)),
        lacking=lambda values: elsewhere(edit.lacking(edit.parse(values), runtime), values),
        queue=queue,
        at_once=lambda values: at_once(edit, values, least, runtime),
        check_memory=lambda values, *size: check_edit_memory(edit, edit.parse(values), memory_bytes, *size),
        least_bytes=bytes_of,
    )
