"""Commands that the pages of deployment tell to type are ones that the program has."""

import re
import shlex
from typing import Final

import click
import pytest
from tests.cluster_files import ROOT
from tests.command_lines import check_command_line

PAGES: Final = ("cluster", "deploy", "docker")
_COMMAND: Final = re.compile(
    r"(?:exec (?:api|cleanplate) cleanplate|-- cleanplate|\bplates) ((?!=)[a-z][^;|#\n`]*)"
)


def commands(page: str) -> list[str]:
    """What follows the program's name, in blocks of lines to type."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    lines = re.findall(r"^    .*$|^(?!\|).*\bexec\b.*$", text, re.MULTILINE)
    return [found.strip() for line in lines for found in _COMMAND.findall(line)]


@pytest.mark.parametrize("command", sorted({one for page in PAGES for one in commands(page)}))
def test_it_is_known(command: str) -> None:
    check_command_line(shlex.split(command))


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_have_some(page: str) -> None:
    assert len(commands(page)) > 1


@pytest.mark.parametrize("command", ["keys create shop", "models push lama", "serve --colour red"])
def test_what_is_not_known(command: str) -> None:
    with pytest.raises(click.UsageError):
        check_command_line(shlex.split(command))
