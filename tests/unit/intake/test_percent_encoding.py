"""Percent-encoding: as the standard library has it, whatever the length."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cleanplate.intake.percent_encoding import unquote_pieces, without_percents


@given(some.text(alphabet="%2bB3dD0aAfF4eE9xZ+/= é\n"))
def test_it_means_what_it_means_everywhere(text: str) -> None:
    assert without_percents(text) == unquote(text)
    assert without_percents(quote(text)) == text


@given(some.lists(some.text(alphabet="%2bB3dD0aAfF4eE9xZ+ é"), max_size=8))
def test_wherever_it_is_cut(pieces: list[str]) -> None:
    assert unquote_pieces(pieces) == unquote("".join(pieces))


@pytest.mark.parametrize("before", range(12))
def test_a_long_text_is_not_cut_within_a_character(before: int) -> None:
    text = "a" * (2**20 - before) + "😀" * 3
    assert without_percents(quote(text)) == text


def test_a_picture_in_which_all_is_escaped() -> None:
    assert without_percents("%2F%2b%3D" * 200_000) == "/+=" * 200_000


def test_escapes_that_no_picture_has() -> None:
    assert without_percents("%41" * 100_000) == "A" * 100_000
    with pytest.raises(ValueError, match="escapes"):
        without_percents("%41" * 100_001)
    with pytest.raises(ValueError, match="escapes"):
        without_percents("%e4" * 2_000_000)
