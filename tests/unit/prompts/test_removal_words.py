"""Prompts that ask for something to go, and for nothing else."""

import pytest

from cleanplate.prompts.removal_words import LONGEST, named_for_removal


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("", ""),
        ("  \n", ""),
        ("remove", ""),
        ("Erase it.", ""),
        ("Please remove this object", ""),
        ("Erase the masked area", ""),
        ("remove the object in the masked area and fill it with the surrounding background", ""),
        ("remove the red car", "the red car"),
        ("get rid of the power lines", "the power lines"),
        ("can you delete all text please", "all text"),
        ("remove the watermark from the image", "the watermark"),
        ("Remove the person on the left. Keep everything else unchanged.", "the person on the left"),
        ("remove the person in the background", "the person in the background"),
        ("remove the person but keep the background", "the person"),
        ("Remove the car so that the street looks natural", "the car"),
        ("remove the man, the dog and the tree, keep the rest", "the man. the dog. the tree"),
        ("remove the dog and delete the cat", "the dog. the cat"),
        ('Remove the text "SALE 50%"', 'the text "SALE 50%"'),
        ("去掉", ""),
        ("删除它", ""),
        ("擦除选中的区域", ""),
        ("去掉水印", "水印"),
        ("请把左边的人去掉", "左边的人"),
        ("把图片里的字都去掉", "字"),
        ("移除红色的车\uff0c保持背景不变", "红色的车"),
        ("去掉狗并补全背景", "狗"),
        ("抹去路人\uff0c谢谢", "路人"),
    ],
)
def test_a_removal_and_what_it_names(prompt: str, named: str) -> None:
    assert named_for_removal(prompt) == named


@pytest.mark.parametrize(
    "prompt",
    [
        "a flamingo in a pool",
        "replace the sky",
        "make it night",
        "keep everything",
        "remove the car and add a tree",
        "remove the hat, then make the hair longer",
        "Remove the car. Add a tree.",
        "don't remove the dog",
        "remove everything except the dog",
        "remove all but the dog",
        "remove the background",
        "Remove background",
        "remove noise",
        "remove the red from the car",
        "remove the dog instead of the cat",
        "removed the hat",
        "把天空换成夕阳",
        "去掉狗\uff0c换成猫",
        "去除背景",
        "去噪点",
        "去掉除了猫以外的一切",
        "不要去掉狗",
        "remove " + "a" * LONGEST,
    ],
)
def test_what_asks_for_more(prompt: str) -> None:
    assert named_for_removal(prompt) is None


@pytest.mark.parametrize(
    "prompt",
    [
        "please " * 140 + "remove",
        "remove x. " + "fill in it " * 80,
        "remove " + "a and " * 160,
        "去" * LONGEST,
        "把" + "都" * 900 + "去掉",
        "remove the" + " the" * 240,
    ],
)
def test_long_ones_are_read_at_once(prompt: str) -> None:
    """No expression tries the same text in many ways: each of these would take hours."""
    named_for_removal(prompt)
