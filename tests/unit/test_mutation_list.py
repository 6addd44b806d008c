"""The list of mutations fits the tree; `make check-deep` makes each of them, and sees it found."""

import pytest
from tests.mutations.try_them import ROOT, Mutation, mutations


@pytest.mark.parametrize("mutation", mutations(), ids=lambda one: f"{one.file}: {one.old}")
def test_its_text_is_there_once_and_its_tests_are_there(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text()
    assert mutation.applied(text) != text
    assert mutation.tests
    assert all((ROOT / test.partition("::")[0]).exists() for test in mutation.tests)


@pytest.mark.parametrize("text", ["", "a = 1; a = 1"])
def test_a_text_that_is_not_there_once_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="times"):
        Mutation("f.py", "a = 1", "a = 2", ()).applied(text)
