"""Sizes in words."""

import pytest

from cleanplate.weights.size_text import size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (751_171, "751 kB"),
        (999_700, "1.0 MB"),
        (1_680_000, "1.7 MB"),
        (208_044_816, "208 MB"),
        (16_020_000_000, "16.0 GB"),
        (5_000_000_000_000, "5000.0 GB"),
    ],
)
def test_three_figures_or_one_decimal(count: int, text: str) -> None:
    assert size_text(count) == text
