"""Weights that arrive in packages: the release that a card pins is one that installing may bring."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.runtimes import here

from cleanplate.fill.networks import networks
from cleanplate.weights.files import WeightFile

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
REQUIRED = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
LOCKED = (Path(__file__).parents[3] / "requirements" / "runtime.txt").read_text()
FILES = [
    pytest.param(file, id=f"{name}-{Path(file.path).name}")
    for name, network in networks(here()).items()
    for file in network.card.files
    if file.package
]


@pytest.mark.parametrize("file", FILES)
def test_a_packaged_file_names_an_exact_release(file: WeightFile) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+", file.release)


@pytest.mark.parametrize("file", FILES)
def test_a_dependency_with_weights_has_an_upper_bound_round_the_pinned_release(file: WeightFile) -> None:
    name, _, version = file.release.partition("==")
    if name not in REQUIRED:
        return  # pulled alone, never installed
    assert REQUIRED[name].specifier.contains(version)
    assert any(bound.operator in ("<", "<=", "==", "~=") for bound in REQUIRED[name].specifier)
    assert f"\n{file.release} " in LOCKED
