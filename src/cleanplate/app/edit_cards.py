"""What the rest of the server may know of an edit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from cleanplate.edits.base import Edit
from cleanplate.runtime.runtime import Runtime
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task_memory import check_edit_memory, least_bytes


def edit_card(edit: Edit, runtime: Runtime, memory_bytes: int | None) -> EditCard:
    """The card of one edit.

    Args:
        memory_bytes: what the process of a task may have; None is any amount.
    """

    def least(values: Mapping[str, Any], width: int, height: int) -> int:
        return least_bytes(edit.bytes_per_pixel, edit.makes_pixels(edit.parse(values), width, height))

    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=edit.parameters.model_json_schema(),
        check=lambda values: edit.parse(values).model_dump(mode="json"),
        missing=partial(edit.missing, runtime),
        limited=partial(edit.limited, runtime),
        lacking=lambda values: edit.lacking(edit.parse(values), runtime),
        check_memory=lambda values, *size: check_edit_memory(edit, edit.parse(values), memory_bytes, *size),
        least_bytes=least,
    )
