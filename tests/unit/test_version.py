"""The version stands in one place; whatever says it takes it from there."""

import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

import cleanplate
from cleanplate.cli.entry import cli

ROOT = Path(__file__).parents[2]


def test_the_project_takes_it_from_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert "version" not in project["project"]
    file = ROOT / project["tool"]["hatch"]["version"]["path"]
    assert f'__version__ = "{cleanplate.__version__}"' in file.read_text()


def test_no_other_file_of_the_package_spells_it() -> None:
    spelled = re.compile(rf"[\"']{re.escape(cleanplate.__version__)}[\"']")
    files = (ROOT / "src").rglob("*.py")
    assert [file.name for file in files if spelled.search(file.read_text())] == ["version.py"]


def test_the_command_says_it() -> None:
    assert cleanplate.__version__ in CliRunner().invoke(cli, ["--version"]).output
