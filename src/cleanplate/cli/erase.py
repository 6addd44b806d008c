"""`cleanplate erase`: one picture, or a folder of them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleanplate.cli.file_names import printable
from cleanplate.cli.file_type import FileType
from cleanplate.cli.folder_batch import join_names
from cleanplate.cli.mask_folder import MaskFolder
from cleanplate.cli.save_results import OUT, save_results, source
from cleanplate.cli.settings_options import checked_runtime, load_runtime

if TYPE_CHECKING:
    from cleanplate.library import Rectangle, Result

FILE = FileType()
SEED = click.IntRange(0, 2**32 - 1)
SHARE = click.FloatRange(0, 1)
BEST = click.IntRange(1, 8)
CANDIDATE = click.IntRange(0, 3)
OUT_HELP = "The result; its suffix names the format. A folder keeps the name; - for standard output."
BOX_HELP = "Remove this rectangle: left, top, width, height in pixels. Repeat for more."
POINT_HELP = "Remove the thing at this pixel of the upright picture. Repeat for more points on it."
NOT_POINT_HELP = "What is at this pixel is not part of that thing. Repeat for more."
CANDIDATE_HELP = "Which outline of that thing, 1 to 3; cleanplate edit select shows them."
MASK_DIR_HELP = "For a folder: the mask of photo.jpg is DIR/photo.png (or any suffix of pictures)."
MEANS = click.Choice(["auto", "white", "nonzero", "grey", "opaque", "transparent", "clear"])
MEANS_HELP = (
    "What is painted in MASK and --keep, if it could be doubted: a colour, or what is (not) transparent."
)
TONE_HELP = "How far the fill follows the brightness and colour round it, 0 to 1."
GRAIN_HELP = "How far the fill gets the noise of the photo round it, 0 to 1."
BEST_HELP = "Fill N times, 1 to 8, and keep what suits its surroundings best; takes N times as long."
EFFECTS_HELP = "Also remove the shadow and the reflection of what is removed, where they are clear."
ENGINE_HELP = "What fills the hole: an engine or a model; auto is for each hole the best that is here."


class EngineOption(click.Option):
    """Its help lists what can be named here; only who asks for that help waits for the list."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = f"{ENGINE_HELP} Here: {', '.join(_inpainters())}."
        return super().get_help_record(ctx)


def _inpainters() -> list[str]:
    """Names that `--engine` understands and whose weights are here."""
    from cleanplate.errors import CleanplateError
    from cleanplate.fill.catalogue import AUTO, inpainters, names

    here = load_runtime()
    for runtime in (here, replace(here, plugin_folder=None)):
        with suppress(CleanplateError):  # help is no moment to be strict with plug-ins
            known = inpainters(runtime)
            absent = {name for name, one in known.items() if one.facts.card and one.missing(runtime)}
            return [AUTO, *(name for name in names(runtime) if name not in absent)]
    return [AUTO]


class PointType(click.ParamType[tuple[int, int]]):
    """`x,y`: a pixel."""

    name = "x,y"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        try:
            x, y = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not two whole numbers x,y", param, ctx)
        if x < 0 or y < 0:
            self.fail(f"{value!r} lies outside every picture", param, ctx)
        return x, y


class BoxType(click.ParamType[tuple[int, int, int, int]]):
    """`x,y,w,h` in pixels, which becomes the four edges that Python and HTTP have."""

    name = "x,y,w,h"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Rectangle":
        if isinstance(value, tuple):
            return value
        try:
            x, y, width, height = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not four whole numbers x,y,w,h", param, ctx)
        if width < 1 or height < 1:
            self.fail(f"{value!r}: w and h must be at least 1", param, ctx)
        return x, y, x + width, y + height


@dataclass(frozen=True, slots=True)
class EraseCall:
    """What the user asked for, the same for every picture of a batch."""

    mask: Path | None
    masks: MaskFolder | None
    keep: Path | None
    boxes: tuple["Rectangle", ...]
    options: dict[str, Any] = field(default_factory=dict)

    def run(self, image: Path, progress: Callable[[str, float], None] | None = None) -> "Result":
        """Erase from one picture."""
        from cleanplate import library

        mask = self.mask if self.masks is None else self.masks.of(image)
        return library.erase(
            source(image), mask, boxes=self.boxes, keep=self.keep, progress=progress, **self.options
        )

    @property
    def inputs(self) -> list[Path | None]:
        """What is read beside the pictures."""
        return [self.mask, None if self.masks is None else self.masks.path, self.keep]

    def notes(self, pictures: Sequence[Path]) -> list[str]:
        """What else to say about a folder of pictures."""
        alone = [] if self.masks is None else self.masks.without_picture(pictures)
        if not alone:
            return []
        names = join_names([*map(printable, alone)])
        return [f"{len(alone)} mask{'s' * (len(alone) > 1)} without a picture: {names}"]


@click.command()
@click.argument("image", type=FILE)
@click.argument("mask", type=FILE, required=False)
@click.option("-o", "--out", type=OUT, required=True, metavar="OUT", help=OUT_HELP)
@click.option("--box", "boxes", type=BoxType(), multiple=True, help=BOX_HELP)
@click.option("--point", "points", type=PointType(), multiple=True, help=POINT_HELP)
@click.option("--not-point", "not_points", type=PointType(), multiple=True, help=NOT_POINT_HELP)
@click.option("--candidate", type=CANDIDATE, default=0, metavar="N", help=CANDIDATE_HELP)
@click.option("--keep", type=FILE, metavar="MASK", help="Neither change nor copy what is not black in MASK.")
@click.option("--mask-means", type=MEANS, default="auto", show_default=True, help=MEANS_HELP)
@click.option("--mask-dir", type=FILE, metavar="DIR", help=MASK_DIR_HELP)
@click.option("--fast", is_flag=True, help="About a quarter of the time, less exact structure.")
@click.option("--no-dilate", is_flag=True, help="Take the mask as it is, instead of growing it by 1 %.")
@click.option("--effects", is_flag=True, help=EFFECTS_HELP)
@click.option("--label", is_flag=True, help="Write 'Generated by AI' into the lower left corner.")
@click.option(
    "--engine", cls=EngineOption, default="auto", show_default=True, metavar="NAME", help=ENGINE_HELP
)
@click.option("--tone", type=SHARE, default=1.0, show_default=True, help=TONE_HELP)
@click.option("--grain", type=SHARE, default=1.0, show_default=True, help=GRAIN_HELP)
@click.option("--best", "n_best", type=BEST, default=1, show_default=True, metavar="N", help=BEST_HELP)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Another seed gives another fill.")
def erase(image: Path, out: str, **options: Any) -> None:
    """Remove what is not black in MASK from IMAGE.

    MASK has the size of IMAGE. Everything that is not black in it is removed and filled with matching
    background; the rest of the picture is not touched. Strokes on a transparent ground do as well; where the
    hole is meant and not what is round it, say --mask-means transparent. Instead of a mask, or beside it,
    give --box, or --point: a click on a thing, which a model outlines (cleanplate models pull mobilesam).

    IMAGE may be a folder: each picture in it is done, with one MASK (or --box) for all or with --mask-dir.

    \b
    Examples:
      cleanplate erase street.jpg people.png -o empty.jpg
      cleanplate erase scan.png --box 10,10,300,40 --box 10,900,300,40 -o clean.png
      cleanplate erase street.jpg --point 420,310 -o empty.jpg
      cleanplate erase photos/ --mask-dir masks/ -o clean/
    """
    call = _erase_call(**options)
    _check(call)
    prepare_edits()
    save_results(image, out, call.run, call.inputs, call.notes)


def prepare_edits() -> None:
    """Load the plug-ins before any picture is read: what is wrong with them is said once."""
    from cleanplate.fill.choosing import check_settings

    check_settings(checked_runtime())


def _erase_call(
    mask: Path | None, mask_dir: Path | None, keep: Path | None, boxes: tuple["Rectangle", ...], **rest: Any
) -> EraseCall:
    options = {"dilate": not rest.pop("no_dilate"), **rest}
    masks = None if mask_dir is None else MaskFolder(mask_dir)
    return EraseCall(mask=mask, masks=masks, keep=keep, boxes=boxes, options=options)


def _check(call: EraseCall) -> None:
    """Refuse what can be seen to be wrong before any work is done."""
    if call.mask is None and call.masks is None and not call.boxes and not call.options["points"]:
        raise click.UsageError("say what to remove: a MASK, or at least one --box x,y,w,h or --point x,y")
    if call.mask is not None and call.masks is not None:
        raise click.UsageError("give either one MASK for all, or --mask-dir")
    if call.masks is not None and not call.masks.path.is_dir():
        raise click.UsageError(f"--mask-dir: {call.masks.path} is no folder")
