"""Colours that a sentence gives to things."""

import pytest

from cleanplate.prompts.colour_words import colour_requests


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("red roof, blue sky", [("red", "roof"), ("blue", "sky")]),
        ("a red roof under a light blue sky", [("red", "roof"), ("blue", "sky")]),
        ("make the car blue", [("blue", "car")]),
        ("the big blue car", [("blue", "car")]),
        ("the sky is blue and her dress is dark red", [("blue", "sky"), ("red", "dress")]),
        ("a yellow school bus, green grass", [("yellow", "school bus"), ("green", "grass")]),
        (
            "A girl in a pink dress holding a red balloon on a green lawn",
            [("pink", "dress"), ("red", "balloon"), ("green", "lawn")],
        ),
        ("蓝色背景\uff0c黄色的叶子。", [("blue", "背景"), ("yellow", "叶子")]),
        ("红色的屋顶和蓝天", [("red", "屋顶"), ("blue", "天")]),
        ("蓝天白云", [("blue", "天"), ("white", "云")]),
        ("裙子是红色\uff0c头发是金色的", [("red", "裙子"), ("gold", "头发")]),
        ("把天空变成蓝色", [("blue", "天空")]),
        ("a photo of 1950", []),
        ("green and white", []),
        ("orange", []),
        ("", []),
    ],
)
def test_pairs(prompt: str, wanted: list[tuple[str, str]]) -> None:
    assert [(one.colour, one.thing) for one in colour_requests(prompt)] == wanted


def test_one_colour_for_each_thing_and_not_too_many() -> None:
    assert [one.colour for one in colour_requests("red car, blue car")] == ["red"]
    assert len(colour_requests(", ".join(f"red {chr(97 + n)}thing" for n in range(26)))) == 8


def test_the_background() -> None:
    assert [one.is_background for one in colour_requests("blue background, red cup, 绿色背景")] == [
        True,
        False,
        True,
    ]
