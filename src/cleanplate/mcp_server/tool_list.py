"""The tools: some edits of the catalogue under their own names, all others through `edit`.

Descriptions and JSON schemas are those of the edits' own parameters.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from mcp_types import Tool, ToolAnnotations

from cleanplate.edits.base import Edit
from cleanplate.edits.parts.parameter_descriptions import attribute_descriptions
from cleanplate.intake.picture_rules import Means
from cleanplate.runtime.runtime import Runtime

OWN_TOOLS: Final = ("erase", "remove_text", "regions", "expand", "upscale")
"""Edits that are a tool each, those without a network first."""
ANY_EDIT: Final = "edit"
PICTURES: Final = ("image", "mask", "keep", "reference")
MEANS: Final[tuple[str, ...]] = get_args(Means)
FORMATS: Final = ("same", "png", "jpeg", "webp", "tiff")
_LOCAL: Final = "the path of a file, an http(s) URL, a data: URI, or the URI of an earlier result"
_REMOTE: Final = "an http(s) URL, a data: URI, or the URI of an earlier result"
_MASK: Final = "Mask of the same size, not black = {}: "
_REFERENCE: Final = "A second picture of any size, for the edits that need one: "
_FORMAT: Final = "File format of the result; `same` keeps that of the picture."
_MEANS: Final = (
    "What is painted in the masks, where that could be doubted: a colour, or what is (not) transparent."
)
_ORIGINAL: Final = "The picture as it was before; for `patch`, and no other edit."
_BOXES: Final = " Instead of drawing a mask give `boxes`, or say it in words with `find`."
_OTHERS: Final = "Do one of the other edits to a picture. `edit` names it, `parameters` are its own:"


def tool_list(known: Mapping[str, Edit], runtime: Runtime, *, local: bool) -> list[Tool]:
    """Every tool.

    Args:
        known: the catalogue.
        local: pictures may be files of this machine.
    """
    own = [_tool(known[name], runtime, local=local) for name in OWN_TOOLS if name in known]
    others = {name: edit for name, edit in known.items() if name not in OWN_TOOLS}
    return [*own, _any_edit(others, runtime, local=local)] if others else own


def schema_of(edit: Edit) -> dict[str, Any]:
    """JSON schema of each parameter of an edit, with its description."""
    texts = attribute_descriptions(edit.parameters)
    found: dict[str, Any] = edit.parameters.model_json_schema()["properties"]
    return {name: _described(_plain(schema), texts.get(name, "")) for name, schema in found.items()}


def _tool(edit: Edit, runtime: Runtime, *, local: bool) -> Tool:
    required = [name for name, field in edit.parameters.model_fields.items() if field.is_required()]
    properties = {**_pictures(local=local, masked=edit.masked), **schema_of(edit), "format": _format()}
    hint = _BOXES if {"boxes", "find"} <= set(edit.parameters.model_fields) else ""
    return Tool(
        name=edit.name,
        title=edit.name.replace("_", " ").capitalize(),
        description=f"{_sentence(edit, runtime)}{hint}",
        input_schema=_object(properties, ["image", *required]),
        annotations=_annotations(),
    )


def _any_edit(others: Mapping[str, Edit], runtime: Runtime, *, local: bool) -> Tool:
    lines = [f"- {name}: {_sentence(edit, runtime)} {_listed(edit)}" for name, edit in sorted(others.items())]
    properties = {
        "edit": {"type": "string", "enum": sorted(others), "description": "Which edit."},
        **_pictures(local=local, masked=True),
        "reference": {
            "type": "string",
            "description": f"{_REFERENCE}{_LOCAL if local else _REMOTE}.",
        },
        "parameters": {"type": "object", "description": "Parameters of that edit.", "default": {}},
        "format": _format(),
    }
    return Tool(
        name=ANY_EDIT,
        title="Any other edit",
        description="\n".join([_OTHERS, *lines]),
        input_schema=_object(properties, ["edit", "image"]),
        annotations=_annotations(),
    )


def _sentence(edit: Edit, runtime: Runtime) -> str:
    """What it does, and what of it cannot be done here."""
    said = f"{edit.summary[0].upper()}{edit.summary[1:]}."
    if why := edit.missing(runtime):
        return f"{said} Cannot run here yet: {why}."
    limited = edit.limited(runtime)
    return f"{said} Not here yet {limited}." if limited else said


def _listed(edit: Edit) -> str:
    """The parameters of an edit in one line."""
    texts = attribute_descriptions(edit.parameters)
    fields = edit.parameters.model_fields.items()
    return "; ".join(f"`{name}` ({_default(field)}) {texts.get(name, '')}".strip() for name, field in fields)


def _default(field: Any) -> str:
    return "required" if field.is_required() else f"default {field.default!r}"


def _pictures(*, local: bool, masked: bool) -> dict[str, Any]:
    ways = _LOCAL if local else _REMOTE
    found: dict[str, Any] = {"image": {"type": "string", "description": f"The picture: {ways}."}}
    if masked:
        found |= {
            "mask": {"type": "string", "description": f"{_MASK.format('edit there')}{ways}."},
            "keep": {
                "type": "string",
                "description": f"{_MASK.format('never change, nor copy from')}{ways}.",
            },
            "mask_means": {"type": "string", "enum": list(MEANS), "default": "auto", "description": _MEANS},
        }
    return found


def _format() -> dict[str, Any]:
    return {"type": "string", "enum": list(FORMATS), "default": "same", "description": _FORMAT}


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {**schema, "description": text} if text else schema


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Without titles; a tuple of equal parts is an array of these: clients refuse arrays without `items`."""
    found = {name: _plain_value(value) for name, value in schema.items() if name != "title"}
    parts = found.pop("prefixItems", None)
    return found if parts is None else {**found, "items": parts[0]}


def _plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value)
    return [_plain_value(one) for one in value] if isinstance(value, list) else value


def _annotations() -> ToolAnnotations:
    """It writes one new file each time and changes nothing else."""
    return ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    )
