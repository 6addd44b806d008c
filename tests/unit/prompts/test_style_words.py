"""Which style a prompt means."""

import numpy as np
import pytest

from cleanplate.errors import BadParameter
from cleanplate.prompts.style_words import COUNT, UnknownStyleError, style_of_prompt, styles


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("转换成法国绘本风格", "French picture book"),
        ("Convert to French picture book style", "French picture book"),
        ("转换成金箔艺术风格", "gold foil"),
        ("convert to gold foil art style", "gold foil"),
        ("WATERCOLOR", "watercolour"),
        ("水彩画", "watercolour"),
        ("turn it into a comic", "comic"),
        ("coloured pencil drawing", "coloured pencil"),
        ("彩色铅笔", "coloured pencil"),
        ("a pencil drawing", "sketch"),
        ("素描", "sketch"),
        ("水墨画", "ink"),
        ("an oil painting by Rembrandt", "oil painting"),
        ("Van Gogh's starry night", "starry night"),
    ],
)
def test_named(prompt: str, name: str) -> None:
    assert style_of_prompt(prompt).name == name


@pytest.mark.parametrize("style", styles(), ids=lambda style: style.name)
def test_every_style_answers_to_its_own_name(style: object) -> None:
    assert style_of_prompt(f"make it {style.name} style") is style  # type: ignore[attr-defined]


@pytest.mark.parametrize("prompt", ["", "boil the drinking water", "a cat", "spoilt pinked", "更亮一点"])
def test_a_prompt_without_a_style_is_refused_with_the_list(prompt: str) -> None:
    with pytest.raises(UnknownStyleError, match="French picture book, gold foil") as refused:
        style_of_prompt(prompt)
    assert isinstance(refused.value, BadParameter)


def test_a_blend_is_shares_and_leans_with_the_seed() -> None:
    for style in (style for style in styles() if style.weights):
        blends = [style.blend(seed) for seed in range(4)]
        for blend in blends:
            assert blend.shape == (COUNT,)
            assert blend.min() >= 0
            assert blend.sum() == pytest.approx(1, abs=1e-5)
            assert sum(blend[index] for index in style.weights) > 0.8
        relatives = {int(blend.argsort()[-len(style.weights) - 1]) for blend in blends}
        assert len(relatives - set(style.weights)) > 1
        np.testing.assert_array_equal(style.blend(2), blends[2])
