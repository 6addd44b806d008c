"""What the rest of the server may know of an edit."""

from collections.abc import Mapping
from typing import Any

from cleanplate.database.tables import GENERAL
from cleanplate.edits.base import Edit, Parameters
from cleanplate.edits.parts.parameter_descriptions import attribute_descriptions
from cleanplate.errors import BadParameter
from cleanplate.fill.catalogue import AUTO, inpainters, known_inpainter
from cleanplate.models.base import Model
from cleanplate.models.catalogue import models
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

    def check(values: Mapping[str, Any]) -> dict[str, Any]:
        asked = edit.parse(values)
        if fleet is None:  # workers of other machines may have models that this one does not know
            _check_names(edit, asked, runtime)
        return asked.model_dump(mode="json")

    def bytes_of(values: Mapping[str, Any], width: int, height: int) -> int:
        return least_bytes(edit.bytes_per_pixel, edit.makes_pixels(edit.parse(values), width, height))

    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=_described_schema(edit),
        check=check,
        missing=lambda: elsewhere(edit.missing(runtime)),
        limited=lambda: elsewhere(edit.limited(runtime)),
        lacking=lambda values: elsewhere(edit.lacking(edit.parse(values), runtime), values),
        queue=queue,
        at_once=lambda values: at_once(edit, values, least, runtime),
        check_memory=lambda values, *size: check_edit_memory(edit, edit.parse(values), memory_bytes, *size),
        least_bytes=bytes_of,
        masked=edit.masked,
        reference=edit.reference,
        layer=edit.layer,
        choices=lambda: _choices(edit, runtime),
    )


def _described_schema(edit: Edit) -> dict[str, Any]:
    """The schema of its parameters, each with what its docstring says."""
    schema = edit.parameters.model_json_schema()
    said = attribute_descriptions(edit.parameters)
    for name, about in schema.get("properties", {}).items():
        if name in said:
            about.setdefault("description", said[name])
    return schema


def _choices(edit: Edit, runtime: Runtime) -> dict[str, list[str]]:
    """The engines and the models that it can be told to use, of those that can run on this machine."""
    known = edit.parameters.model_fields
    found: dict[str, list[str]] = {}
    if "engine" in known:
        found["engine"] = sorted(
            name for name, one in inpainters(runtime).items() if not one.missing(runtime)
        )
    if "model" in known:
        able = _models(edit, runtime)
        found["model"] = sorted(one.name for one in able if not one.card.missing(runtime))
    return found


def _check_names(edit: Edit, asked: Parameters, runtime: Runtime) -> None:
    """Raises `BadParameter` where there is no engine or no model of that name, installed or not."""
    if (engine := getattr(asked, "engine", AUTO)) != AUTO:
        known_inpainter(engine, runtime)
    name = getattr(asked, "model", "")
    known = sorted(one.name for one in _models(edit, runtime))
    if name and name not in known:
        choices = ", ".join(known) or "none"
        raise BadParameter(f"model: {name!r} is none for {edit.name}; choose one of {choices}")


def _models(edit: Edit, runtime: Runtime) -> list[Model]:
    return [one for one in models(runtime).values() if one.roles.intersection(edit.roles)]
