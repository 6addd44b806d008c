"""What `stylize` makes of photographs: the vendor's two styles, others by name, and the way there."""

from benchmarks.gallery.case import Case


def _case(photo: str, prompt: str, caption: str = "", strength: float = 1.0) -> Case:
    return Case(photo, caption or prompt, {"prompt": prompt, "strength": strength}, width_px=600)


CASES = (
    _case("china.jpg", "转换成法国绘本风格", "French picture book"),
    _case("china.jpg", "French picture book", "French picture book, strength 0.5", 0.5),
    _case("china.jpg", "French picture book", "French picture book, strength 0.25", 0.25),
    _case("coffee.jpg", "转换成金箔艺术风格", "gold foil"),
    _case("astronaut.jpg", "comic"),
    _case("flower.jpg", "watercolour"),
    _case("chelsea_cat.jpg", "coloured pencil"),
    _case("ocv_home.jpg", "oil painting"),
    _case("ocv_building.jpg", "sketch"),
    _case("china.jpg", "ink"),
    _case("ocv_leuvena.jpg", "starry night"),
)
