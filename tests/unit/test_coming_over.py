"""What can be checked of the page on coming over: paths, addresses, variables, settings, commands."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.chinese_pages import DOCS
from tests.command_lines import check_command_line

import cleanplate.api
from cleanplate.api.dialect import Dialect
from cleanplate.discovery import discover
from cleanplate.mcp_server.http_transport import PATH
from cleanplate.settings import Settings

PAGES: Final = ("coming-over.md", "zh/coming-over.md")
_MCP_PORT: Final = 8081


def dialects() -> Mapping[str, Dialect]:
    """All that are served, by name."""
    return discover(cleanplate.api, "DIALECT", Dialect)


def nameless(path: str) -> str:
    """Without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


def served() -> set[tuple[str, str]]:
    """Method and path of every endpoint."""
    return {(one.method, nameless(one.path)) for dialect in dialects().values() for one in dialect.endpoints}


def codes(page: str) -> list[str]:
    """What stands in code."""
    return re.findall(r"`([^`]+)`", (DOCS / page).read_text())


def assigned(page: str) -> Iterator[tuple[str, str]]:
    """Variables of the environment that are given a value."""
    for code in codes(page):
        if found := re.fullmatch(r"([A-Z][A-Z0-9_]+)=(\S+)", code):
            yield found[1], found[2]


@pytest.mark.parametrize("page", PAGES)
def test_each_path_that_it_names_is_served(page: str) -> None:
    asked = {
        tuple(nameless(code).split(" ", 1)) for code in codes(page) if re.match(r"(GET|POST|DELETE) /", code)
    }
    assert len(asked) > len(dialects())
    assert asked - served() == set()


@pytest.mark.parametrize("page", PAGES)
def test_each_address_is_the_beginning_of_one_that_is_served(page: str) -> None:
    addresses = re.findall(r"http://127\.0\.0\.1:[\w/.-]+", (DOCS / page).read_text(), re.ASCII)
    known = {path for _, path in served()}
    assert len(addresses) > len(dialects())
    for address in map(urlsplit, addresses):
        below = {PATH} if address.port == _MCP_PORT else known
        assert any(path == address.path or path.startswith(address.path + "/") for path in below), address


@pytest.mark.parametrize("page", PAGES)
def test_each_dialect_has_its_paths_and_its_page(page: str) -> None:
    text = (DOCS / page).read_text()
    for name, dialect in dialects().items():
        assert f"]({name}.md" in text
        assert any(f"`{one.method} {one.path}`" in text for one in dialect.endpoints), name


@pytest.mark.parametrize("page", PAGES)
def test_each_variable_has_a_value_that_can_be_one(page: str) -> None:
    values = list(assigned(page))
    assert len(values) > len(dialects())
    for name, value in values:
        url = name.endswith(("_URL", "_BASE", "_BASEURL"))
        assert urlsplit(value).scheme == ("http" if url else ""), name


@pytest.mark.parametrize("page", PAGES)
def test_our_own_settings_and_commands_are_ones(page: str) -> None:
    names = {word for code in codes(page) for word in re.findall(r"\bCLEANPLATE_(\w+)", code)}
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    commands = [code.removeprefix("cleanplate ") for code in codes(page) if code.startswith("cleanplate ")]
    assert commands
    for command in commands:
        words = shlex.split(command)
        check_command_line([*words, "photo.jpg", "mask.png", "-o", "-"] if words == ["erase"] else words)


@pytest.mark.parametrize("page", PAGES)
def test_each_client_has_a_line_and_where_it_is_known_from(page: str) -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", (DOCS / page).read_text(), re.MULTILINE)
    known = [row for row in rows if re.match(r"ran|read|its request ran|运行过|查阅过", row[2])]
    assert len(known) > 2 * len(dialects())
    assert all("`" in line or "](" in line for _, line, _ in known)
