"""Percent-encoding: as the standard library has it, whatever the length."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cleanplate.intake.percent_encoding import without_percents


@given(some.text(alphabet="%2bB3dD0aAfF4eE9xZ+/= é\n"))
def test_it_means_what_it_means_everywhere(text: str) -> None:
    assert without_percents(text) == unquote(text)
    assert without_percents(quote(text)) == text


def test_a_picture_in_which_all_is_escaped() -> None:
    assert without_percents("%2F%2b%3D" * 200_000) == "/+=" * 200_000


def test_escapes_that_no_picture_has() -> None:
    assert without_percents("%41" * 100_000) == "A" * 100_000
    with pytest.raises(ValueError, match="escapes"):
        without_percents("%41" * 100_001)
