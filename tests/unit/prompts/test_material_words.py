"""What is read out of a prompt for one object."""

import pytest

from cleanplate.errors import BadParameter
from cleanplate.materials import material_renderer, textures
from cleanplate.prompts.material_words import material_request, materials


@pytest.mark.parametrize(
    ("prompt", "thing", "material"),
    [
        ("change the house to wooden style", "the house", "wood"),
        ("Turn the cat into ice", "the cat", "ice"),
        ("please convert the motorcycle to Chinese festive lantern style", "the motorcycle", "lantern"),
        ("Change the house to wooden board style", "the house", "wood"),
        ("把房子变成木板风格", "房子", "wood"),
        ("将花朵转换成冰雕风格。", "花朵", "ice"),
        ("把塔换成花灯", "塔", "lantern"),
        ("让这只猫变毛线", "这只猫", "knit"),
        ("图中的木马换成气球", "木马", "balloon"),
        ("把小猫变成毛茸茸的", "小猫", "fluff"),
        ("把咖啡杯变成青花瓷风格", "咖啡杯", "porcelain"),
        ("把云朵变成云", "云朵", "cloud"),
        ("the house, of wood", "the house", "wood"),
        ("the cup made of blue and white porcelain", "the cup", "porcelain"),
        ("change the wooden house to ice", "the wooden house", "ice"),
        ("make the red car a balloon", "the red car", "balloon"),
        ("make a wooden house", "house", "wood"),
        ("give the dog a knitted texture", "the dog", "knit"),
        ("the rice bowl into a cloud", "the rice bowl", "cloud"),
        ("变成冰", "", "ice"),
        ("wood", "", "wood"),
    ],
)
def test_thing_and_material(prompt: str, thing: str, material: str) -> None:
    read = material_request(prompt)
    assert (read.thing, read.material.name) == (thing, material)


@pytest.mark.parametrize("prompt", ["", "change the house to marble", "a spicy woodpecker", "把房子变成石头"])
def test_no_material(prompt: str) -> None:
    with pytest.raises(BadParameter, match="blue and white porcelain"):
        material_request(prompt)


@pytest.mark.parametrize(
    ("thing", "one"),
    [
        ("the cat", True),
        ("the glass", True),
        ("这只猫", True),
        ("the cats", False),
        ("the cat and the dog", False),
        ("the dog on the left", False),
        ("the background", False),
        ("the sky", False),
        ("左边的猫", False),
        ("所有的花", False),
        ("背景", False),
    ],
)
def test_one_thing_or_not(thing: str, one: bool) -> None:
    prompt = f"turn {thing} into wood" if thing.isascii() else f"把{thing}变成木板"
    assert material_request(prompt).is_one_thing is one


def test_every_material_can_be_worn_and_what_a_network_carries_over_can_be_drawn() -> None:
    assert {material.name for material in materials()} == set(material_renderer.NAMES)
    assert {material.name for material in materials() if material.transferred} <= set(textures.NAMES)
