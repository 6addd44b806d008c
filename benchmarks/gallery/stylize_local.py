"""What `stylize_local` makes of photographs: the eight materials, each on a picture's main subject."""

from benchmarks.gallery.case import Case


def _case(photo: str, prompt: str) -> Case:
    return Case(photo, prompt, {"prompt": prompt}, width_px=600)


CASES = (
    _case("china.jpg", "turn the tower into ice"),
    _case("flower.jpg", "turn the flower into a cloud"),
    _case("china.jpg", "turn the tower into a Chinese festive lantern"),
    _case("motorcycle.jpg", "turn the motorcycle into wood"),
    _case("coffee.jpg", "turn the cup into blue and white porcelain"),
    _case("flower.jpg", "make the flower fluffy"),
    _case("ocv_squirrel_cls.jpg", "turn the squirrel into weaving"),
    _case("motorcycle.jpg", "turn the motorcycle into a balloon"),
)
