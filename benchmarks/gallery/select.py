"""What `select` outlines in photographs, by clicks and by a box; needs `cleanplate models pull mobilesam`."""

from benchmarks.gallery.case import Case

CASES = (
    Case("rocket.jpg", "one click on the rocket", {"points": [[320, 200]]}),
    Case("coffee.jpg", "one click on the saucer", {"points": [[120, 250]]}),
    Case("ocv_squirrel_cls.jpg", "a box round the squirrel", {"box": [130, 100, 395, 370]}),
    Case(
        "astronaut.jpg",
        "one click on the face: the third candidate",
        {"points": [[220, 120]], "candidate": 3},
    ),
    Case(
        "motorcycle.jpg",
        "clicks on both wheels, one beside them",
        {"points": [[170, 350], [590, 360]], "not_points": [[380, 440]]},
    ),
    Case("chelsea_cat.jpg", "two clicks on the cat", {"points": [[220, 150], [60, 270]]}),
)
