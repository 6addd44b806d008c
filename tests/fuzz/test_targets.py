"""Every target for a moment: its seeds, what was found before, a hundred inputs. `make fuzz` goes on."""

from functools import cache
from pathlib import Path

import pytest
from tests.fuzz.catalogue import targets
from tests.fuzz.mutator import Inputs

FINDINGS = Path(__file__).parent / "findings"
FOUND = sorted(path.relative_to(FINDINGS).as_posix() for path in FINDINGS.glob("*/*.input"))
TARGETS = targets()
COUNT = 100


@cache
def inputs(name: str) -> Inputs:
    return Inputs(TARGETS[name], seed=14)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_a_hundred_more(name: str) -> None:
    tried = inputs(name)
    for number in range(len(tried) + COUNT):
        assert TARGETS[name].run(tried.at(number))


@pytest.mark.parametrize("name", TARGETS)
def test_an_input_is_known_by_its_number(name: str) -> None:
    number = len(inputs(name)) + 7
    assert Inputs(TARGETS[name], seed=14).at(number) == inputs(name).at(number)


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_is_found_no_more(name: str) -> None:
    assert TARGETS[name.partition("/")[0]].run((FINDINGS / name).read_bytes())


def test_every_finding_is_told_of() -> None:
    told = (FINDINGS / "README.md").read_text()
    assert [name for name in FOUND if f"`{name}`" not in told] == []
    assert FOUND
