"""What `regions` finds in photographs, where no model is pulled: writing and marks."""

from benchmarks.gallery.case import Case
from benchmarks.gallery.remove_text import marked
from cleanplate.pixels.types import Box

CASES = (
    Case("ocv_scenetext01.jpg", "the text", {"find": "the text"}, look=Box(160, 0, 560, 300)),
    Case("ocv_scenetext02.jpg", "'Sports Centre'", {"find": "'Sports Centre'"}, look=Box(300, 460, 940, 960)),
    Case("ocv_scenetext03.jpg", "the text", {"find": "文字"}, look=Box(60, 480, 700, 700)),
    Case(
        "coffee.jpg",
        "the watermark",
        {"find": "the watermark"},
        spoil=lambda rgb: marked(rgb, "PREVIEW", 0.35, 0),
    ),
)
