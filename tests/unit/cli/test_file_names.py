"""Names of results: never two alike, never too long, always one line."""

import os

import pytest

from cleanplate.cli.file_names import is_system_file, printable, result_name, result_names


def test_files_of_the_system() -> None:
    for name in ("._a.jpg", ".DS_Store", "desktop.ini", "Desktop.ini", "Thumbs.db", ".hidden.png", "Icon\r"):
        assert is_system_file(name)
    assert not is_system_file("a.jpg")


@pytest.mark.parametrize(
    ("sources", "results"),
    [
        (["a.heic", "a.png"], ["a.heic.png", "a.png"]),
        (["a.heic", "a.heic.png"], ["a.heic (2).png", "a.heic.png"]),
        (["a (2).jpg", "a.JPG", "a.jpg"], ["a (2).jpg", "a.JPG", "a (3).jpg"]),
        (["Cafe\u0301.jpg", "Caf\u00e9.jpg"], ["Cafe\u0301.jpg", "Caf\u00e9 (2).jpg"]),
        (["a.HEIC", "a.heic"], ["a.HEIC.png", "a.heic (2).png"]),
    ],
)
def test_no_two_are_the_same(sources: list[str], results: list[str]) -> None:
    assert result_names([(name, None) for name in sources]) == results


def test_names_that_say_nothing_get_the_suffix_of_what_is_in_them() -> None:
    assert result_names([("IMG_1", "jpeg"), ("IMG_2", "png"), ("IMG_3.bak", "webp")]) == [
        "IMG_1.jpg",
        "IMG_2.png",
        "IMG_3.bak.webp",
    ]


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u6f22", "\udcff"])
def test_the_longest_names_fit(letter: str) -> None:
    bytes_each = len(os.fsencode(letter))
    for suffix in (".png", ".heic", ""):
        stem = letter * ((255 - len(suffix)) // bytes_each)
        assert len(os.fsencode(result_name(stem + suffix))) <= 255
    twins = [(letter * (250 // bytes_each) + end, None) for end in (".PNG", ".heic", ".png")]
    names = result_names(twins)
    assert len({name.casefold() for name in names}) == 3
    assert all(len(os.fsencode(name)) <= 255 for name in names)


def test_a_name_is_shown_in_one_line() -> None:
    assert printable("a\nb\t\x1b[31m \udcff\u00fc.png") == "a\\nb\\t\\x1b[31m \\xff\u00fc.png"
