"""What assistants are told of the tools."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from mcp_types import Tool
from tests.runtimes import here

from cleanplate.edits.catalogue import edits
from cleanplate.mcp_server.tool_list import OWN_TOOLS, tool_list


def tools(*, local: bool = True) -> dict[str, Tool]:
    runtime = here()
    return {tool.name: tool for tool in tool_list(edits(runtime), runtime, local=local)}


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def test_common_edits_are_tools_and_edit_has_the_others() -> None:
    found = tools()
    assert list(found) == [*OWN_TOOLS, "edit"]
    others = set(edits(here())) - set(OWN_TOOLS)
    assert set(found["edit"].input_schema["properties"]["edit"]["enum"]) == others
    for name in others:
        assert f"\n- {name}: " in (found["edit"].description or "")
    assert "Cannot run here yet: no model that can doodle is installed" in (found["edit"].description or "")


@pytest.mark.parametrize("name", [*OWN_TOOLS, "edit"])
def test_schemas_say_all_in_words_that_clients_know(name: str) -> None:
    schema = tools()[name].input_schema
    Draft202012Validator.check_schema(schema)
    assert all(one["description"] for one in schema["properties"].values())
    assert schema["additionalProperties"] is False
    assert "image" in schema["required"]
    for part in parts(schema):
        assert "prefixItems" not in part
        assert "$ref" not in part
        assert part.get("type") != "array" or "items" in part  # VS Code takes no tool without


def test_every_parameter_is_an_argument() -> None:
    found, known = tools(), edits(here())
    for name in OWN_TOOLS:
        properties = set(found[name].input_schema["properties"])
        assert properties >= {*known[name].parameters.model_fields, "image", "format"}
        assert ("mask" in properties) == known[name].masked
    assert "find" in tools()["regions"].input_schema["required"]


def test_over_http_no_file_is_offered() -> None:
    for tool in tools(local=False).values():
        assert "path of a file" not in str(tool.input_schema)
    assert "path of a file" in str(tools()["erase"].input_schema)
