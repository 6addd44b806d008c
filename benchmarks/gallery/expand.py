"""Contact sheet of `expand` without words: a street, buildings, a portrait, a cup, wallpaper."""

from benchmarks.gallery.case import Case
from cleanplate.pixels.types import Box

_WIDE = {"left": 1.5, "right": 1.5}
_ROUND = {"left": 1.4, "right": 1.4, "top": 1.25, "bottom": 1.25}

CASES = (
    Case("ocv_leuvena.jpg", "a street, 1.4 on both sides, 1.25 above and below", _ROUND),
    Case("ocv_home.jpg", "a building that the frame cuts off, the same", _ROUND),
    Case("china.jpg", "a pagoda: it appears once", _ROUND),
    Case("coffee.jpg", "a cup on a table, 1.5 on both sides", _WIDE),
    Case("astronaut.jpg", "a portrait, 1.5 on both sides", _WIDE),
    Case("rocket.jpg", "night, the same", _WIDE),
    Case(
        "ocv_aloel.jpg",
        "wallpaper, 1.5 on all sides",
        {"left": 1.5, "right": 1.5, "top": 1.5, "bottom": 1.5},
        crop=Box(0, 50, 512, 562),
    ),
)
