"""Letter choice: of what looks like letters, what says what was read there."""

from collections.abc import Sequence

import numpy as np
import pytest

from cleanplate.pixels.types import Hole
from cleanplate.text.letter_bodies import LetterBodies
from cleanplate.text.letter_choice import Wording, choose_letters
from cleanplate.text.rotated_box import RotatedBox

HERE = RotatedBox(50, 20, 90, 30, 0)


def at(left: int, right: int) -> Hole:
    flags = np.zeros((40, 100), np.bool_)
    flags[10:30, left:right] = True
    return flags


def found(ink: Hole, score: float) -> tuple[Hole, LetterBodies]:
    nothing = np.zeros_like(ink)
    return ink, LetterBodies(ink, nothing, nothing, score, 1.0)


def reading(*said: tuple[Hole, str]) -> Wording:
    """A line that says SALE, and a reader that knows what each of these strokes says."""

    def read(ink: Hole, here: RotatedBox) -> tuple[str, float]:
        assert here == HERE
        return next(((text, 0.95) for strokes, text in said if (ink == strokes).all()), ("", 0.0))

    return Wording("SALE", read)


BUILDING, WORD = at(0, 20), at(30, 60)


def test_without_words_what_looks_most_like_letters_is_taken() -> None:
    chosen = choose_letters([found(BUILDING, 90), found(WORD, 40)], None, HERE)
    assert chosen is not None
    assert (chosen.ink == BUILDING).all()


def test_what_says_the_words_is_taken() -> None:
    chosen = choose_letters([found(BUILDING, 90), found(WORD, 40)], reading((WORD, "SALE")), HERE)
    assert chosen is not None
    assert (chosen.ink == WORD).all()


def test_nothing_is_taken_where_nothing_says_the_words() -> None:
    assert choose_letters([found(BUILDING, 90), found(WORD, 40)], reading((WORD, "1|")), HERE) is None


def test_short_words_are_not_held_against_their_strokes() -> None:
    chosen = choose_letters([found(BUILDING, 90)], Wording("Ox", lambda _ink, _here: ("", 0.0)), HERE)
    assert chosen is not None


def test_a_stamp_beside_the_print_goes_with_it_and_specks_do_not() -> None:
    stamp, specks = at(70, 90), at(92, 97)
    wording = reading((WORD, "SALE"), (stamp, "PAID"), (specks, "i"))
    chosen = choose_letters([found(WORD, 90), found(stamp, 40), found(specks, 30)], wording, HERE)
    assert chosen is not None
    assert (chosen.ink == WORD | stamp).all()


def test_letters_within_their_outline_go_with_it_and_the_holes_of_letters_do_not() -> None:
    inner = at(40, 50)
    inner[:14] = inner[26:] = False
    outline = WORD & ~inner
    taken = choose_letters(
        [found(outline, 90), (inner, None)], reading((outline, "SALE"), (inner, "SALE")), HERE
    )
    kept = choose_letters([found(outline, 90), (inner, None)], reading((outline, "SALE")), HERE)
    assert taken is not None
    assert kept is not None
    assert (taken.ink == WORD).all()
    assert (kept.ink == outline).all()


def test_the_ground_between_letters_is_none_although_it_reads_as_they_do() -> None:
    word, ground_raw = at(30, 60), np.ones((40, 100), np.bool_)
    word[:, 33:57:6] = word[:, 34:57:6] = False
    ground_raw &= ~word
    between = np.zeros_like(word)
    between[20:30, 30:60] = ground_raw[20:30, 30:60]
    cut_off = LetterBodies(between, np.zeros_like(word), ground_raw & ~between, 60, 1.0)
    wording = reading((word, "SALE"), (between, "SALE"))
    chosen = choose_letters([found(word, 90), (ground_raw, cut_off)], wording, HERE)
    assert chosen is not None
    assert (chosen.ink == word).all()


@pytest.mark.parametrize("angle", [0, 90])
def test_the_holes_of_few_letters_are_not_even_read(angle: float) -> None:
    here = RotatedBox(50, 50, 90, 30, angle)
    asked: list[int] = []

    def read(ink: Hole, _here: RotatedBox) -> tuple[str, float]:
        asked.append(int(ink.sum()))
        return "SALE", 0.95

    def chosen(holes: Sequence[int]) -> Hole:
        letters, inside = (np.zeros((100, 100), np.bool_) for _ in range(2))
        letters[40:60, 10:90] = True
        for left in holes:
            inside[44:56, left : left + 10] = True
        if angle:
            letters, inside = letters.T, inside.T
        asked.clear()
        best = choose_letters([found(letters & ~inside, 90), (inside, None)], Wording("SALE", read), here)
        assert best is not None
        return best.ink

    assert chosen([14, 34]).sum() == 1600 - 2 * 120
    assert len(asked) == 1
    assert chosen([14, 34, 54, 74]).sum() == 1600
    assert len(asked) == 2


def test_a_bar_whose_letters_are_cut_out_of_it_is_not_enclosed_by_them() -> None:
    bar = np.ones((40, 100), np.bool_)
    letters = np.zeros_like(bar)
    for left in range(20, 80, 4):
        letters[10:30, left : left + 2] = True
    bar &= ~letters
    for end in (40, 36):  # at the window's border, and within it
        cut = bar.copy()
        cut[end:] = False
        said = reading((letters, "SALE"), (cut, "SALE"))
        chosen = choose_letters([found(letters, 90), (cut, None)], said, HERE)
        assert chosen is not None
        assert (chosen.ink == letters).all()
