"""The description of the API: OpenAPI 3.1 as JSON, and a page to read."""

import html
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cleanplate.api.native.native_codes import Problem
from cleanplate.api.native.operation import Operation
from cleanplate.version import __version__

_TITLE: Final = "Cleanplate"
_REF: Final = "#/components/schemas/{model}"
_ALWAYS: Final = (401, 500, 503)
_PARAMETER = re.compile(r"\{(\w+)\}")
_KEY_HEADER: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "For 24 h, a request with the same key and body gets the same reply.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole description, as JSON values."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation_object(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _TITLE,
            "version": __version__,
            "description": "Edits of pictures, one at a time.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def page(operations: Sequence[Operation]) -> str:
    """The same for people: one table, nothing loaded from elsewhere."""
    rows = "".join(
        f"<tr><td>{operation.method}</td><td><code>{html.escape(operation.path)}</code></td>"
        f"<td>{html.escape(operation.summary)}</td></tr>"
        for operation in operations
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_TITLE} API</title>'
        "<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0;vertical-align:top}</style>"
        f"<h1>{_TITLE} API</h1><p>Each request needs <code>Authorization: Bearer KEY</code>. "
        'The whole description, for programs: <a href="openapi.json">openapi.json</a>.</p>'
        f"<table>{rows}</table></html>"
    )


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    incoming = {operation.body_model for operation in operations if operation.body_model}
    outgoing = {model for operation in operations for model in operation.replies.values() if model}
    kinds: list[tuple[type[BaseModel], Any]] = [
        *((model, "validation") for model in sorted(incoming, key=_name)),
        *((model, "serialization") for model in sorted(outgoing | {Problem}, key=_name)),
    ]
    _, found = models_json_schema(kinds, ref_template=_REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _operation_object(operation: Operation) -> dict[str, Any]:
    replies = {
        str(status): _reply(status, model, operation.media_type)
        for status, model in operation.replies.items()
    }
    problems = {str(status): _reply(status, Problem) for status in (*_ALWAYS, *operation.refusals)}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": dict(sorted((replies | problems).items())),
    }
    if operation.body_model is not None:
        described["requestBody"] = {"required": True, "content": _json(operation.body_model)}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query_model is not None:
        schema = operation.query_model.model_json_schema(ref_template=_REF)
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": _query_schema(about, schema.get("$defs", {})),
            }
            for name, about in schema["properties"].items()
        ]
    return [*found, dict(_KEY_HEADER)] if operation.idempotent else found


def _query_schema(about: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a query parameter: absent instead of null, and without names of elsewhere."""
    kinds = [kind for kind in about.get("anyOf", [about]) if kind.get("type") != "null"]
    kind = dict(kinds[0])
    reference = kind.pop("$ref", "")
    return {**kind, **definitions.get(reference.rpartition("/")[2], {})}


def _reply(status: int, model: type[BaseModel] | None, other: str = "") -> dict[str, Any]:
    content = {other: {}} if model is None else _json(model)
    return {"description": HTTPStatus(status).phrase, "content": content}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _name(model: type[BaseModel]) -> str:
    return model.__name__
