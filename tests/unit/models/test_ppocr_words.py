"""What a prompt means: in English and Chinese; what is not understood is said, never widened."""

import pytest

from cleanplate.errors import BadInput
from cleanplate.models.parts.ppocr_line_selection import choose_lines
from cleanplate.models.parts.ppocr_recognition import Reading
from cleanplate.prompts.text_words import TextRequest, text_request
from cleanplate.text.rotated_box import RotatedBox

WIDTH, HEIGHT = 800, 600


def at(text: str, x: float, y: float, height: float = 40, angle_deg: float = 0) -> Reading:
    return Reading(RotatedBox(x, y, 6 * height, height, angle_deg), text, 0.9)


LINES = [
    at("SALE 50", 400, 100),
    at("大减价", 400, 200),
    at("© Studio", 700, 580, 20),
    at("2024", 300, 400),
    at("Open daily", 650, 300),
]

STRANGE = [
    *("the text on the shirt", "remove the Klingon text", "红色的文字", "x"),
    *(
        "all except the English text",
        "удалить английский текст",
        "텍스트 제거",
        "the text in the middle, été",
    ),
]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", {0, 1, 2, 3, 4}),
        ("Remove the text", {0, 1, 2, 3, 4}),
        ("去除图像中的文字", {0, 1, 2, 3, 4}),
        ("去除水印和文字", {0, 1, 2, 3, 4}),
        ("Remove all text and watermarks from the picture, please.", {0, 1, 2, 3, 4}),
        ("Remove the English text", {0, 2, 4}),
        ("去除英文文字", {0, 2, 4}),
        ("remove the Chinese text", {1}),
        ("去掉图片中的中文", {1}),
        ("Remove the Chinese and English text", {0, 1, 2, 4}),
        ("the numbers", {3}),
        ("去除数字", {3}),
        ("the watermark", {2}),
        ("去水印", {2}),
        ("the logo", {2}),
        ("the text and the logo", {0, 1, 2, 3, 4}),
        ("the text at the top", {0, 1}),
        ("text in the lower left", {3}),
        ("右下角的文字", {2}),
        ("the English text on the right", {2, 4}),
        ("remove the text 'SALE'", {0}),
        ("remove “open dally”", {4}),
        ("去掉「减价」", {1}),
    ],
)
def test_narrowing(prompt: str, expected: set[int]) -> None:
    assert {
        LINES.index(line) for line in choose_lines(LINES, text_request(prompt), WIDTH, HEIGHT)
    } == expected


@pytest.mark.parametrize("prompt", STRANGE)
def test_what_is_not_understood_is_said(prompt: str) -> None:
    with pytest.raises(BadInput, match="not understood"):
        text_request(prompt)


@pytest.mark.parametrize("prompt", STRANGE)
def test_or_it_means_all_and_names_the_words(prompt: str) -> None:
    wanted = text_request(prompt, strict=False)
    assert wanted.strange
    assert wanted == TextRequest(strange=wanted.strange)
    assert choose_lines(LINES, wanted, WIDTH, HEIGHT) == LINES


def test_what_is_understood_narrows_without_being_strict() -> None:
    for prompt in ("", "the English text on the right", "去水印", "the text 'SALE'"):
        assert text_request(prompt, strict=False) == text_request(prompt)


def test_quoted_words_that_nobody_wrote_are_nothing() -> None:
    assert choose_lines(LINES, text_request("the text 'CLOSED'"), WIDTH, HEIGHT) == []


def test_marks_are_repeated_or_run_across_the_picture() -> None:
    tiled = [at("draft", x, 300) for x in (150, 400, 650)]
    across = at("Confidential", 400, 300, 60, -30)
    scene = at("Bakery", 400, 200)
    found = choose_lines([*tiled, across, scene], text_request("remove the watermarks"), WIDTH, HEIGHT)
    assert found == [*tiled, across]
