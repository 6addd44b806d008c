"""`cleanplate edit`: every edit of the catalogue as a command, its parameters as options."""

import json
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleanplate.cli.erase import FILE, MEANS, MEANS_HELP, PointType
from cleanplate.cli.save_results import OUT, save_results, source
from cleanplate.cli.settings_options import checked_runtime, load_runtime

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from cleanplate.edits.base import Edit

NOT_HERE = "not yet: see cleanplate doctor"
OUT_HELP = "The result; its suffix names the format. A folder keeps the name; - for PNG on standard output."
MASK_HELP = "Same size as IMAGE; not black = repaint."
REFERENCE_HELP = "The second picture, which this edit needs.  [required]"
KEEP_HELP = "Same size as IMAGE; not black = neither change it nor copy from it."


class _EditCommand(click.Command):
    """An edit; whoever gives it a mask as `erase` takes one is told how it is given here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True  # looked at here, where more can be said
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            plural = "s" if len(extra) > 1 else ""
            hint = "" if self._is_hidden("mask") else f"; a mask is given as --mask {extra[0]}"
            raise click.UsageError(f"Got unexpected extra argument{plural} ({' '.join(extra)}){hint}", ctx)
        return extra

    def _is_hidden(self, name: str) -> bool:
        return any(option.name == name and getattr(option, "hidden", False) for option in self.params)


class _Catalogue(click.Group):
    """Commands are made when they are asked for: plug-ins may bring edits, and lists cost an import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_edits())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        edit = _edits().get(cmd_name)
        return None if edit is None else _command(edit)


@click.group(cls=_Catalogue)
def edit() -> None:
    """Do one of the other edits to a picture, or to each picture of a folder.

    \b
    Examples:
      cleanplate edit upscale small.jpg -o large.png --factor 4
      cleanplate edit remove_text scan.jpg -o clean.jpg --prompt "Remove the English text"
      cleanplate edit expand photo.jpg -o wide.jpg --left 1.5 --right 1.5
      cleanplate edit remove_text photos/ -o clean/
      cleanplate edit transfer_style photo.jpg --reference painting.jpg -o painted.jpg
      cleanplate edit select photo.jpg --point 420,310 --not-point 500,300 -o mask.png
      cleanplate edit EDIT --help
    """


def _edits() -> "Mapping[str, Edit]":
    from cleanplate.edits.catalogue import edits

    return edits(load_runtime())


def _command(edit: "Edit") -> click.Command:
    from cleanplate.edits.parts.parameter_descriptions import attribute_descriptions

    texts = attribute_descriptions(edit.parameters)
    options = [
        _option(name, field, texts.get(name, "")) for name, field in edit.parameters.model_fields.items()
    ]
    files: list[click.Parameter] = [
        click.Argument(["image"], type=FILE),
        click.Option(["-o", "--out"], type=OUT, required=True, metavar="OUT", help=OUT_HELP),
        click.Option(
            ["--reference"], type=FILE, metavar="FILE", help=REFERENCE_HELP, hidden=not edit.reference
        ),
        *_mask_options(hidden=not edit.masked),
    ]
    return _EditCommand(
        edit.name,
        params=[*files, *options],
        callback=_callback(edit.name),
        help=f"{edit.summary[0].upper()}{edit.summary[1:]}.",
        short_help=_short_help(edit),
    )


def _mask_options(*, hidden: bool) -> list[click.Parameter]:
    """Hidden where the edit looks at no mask: one is taken all the same, and a warning says that it had no
    effect."""
    return [
        click.Option(["--mask"], type=FILE, metavar="MASK", help=MASK_HELP, hidden=hidden),
        click.Option(["--keep"], type=FILE, metavar="MASK", help=KEEP_HELP, hidden=hidden),
        click.Option(["--mask-means"], type=MEANS, help=f"{MEANS_HELP}  [default: auto]", hidden=hidden),
    ]


def _short_help(edit: "Edit") -> str:
    """One line of the list, and what of it cannot be done here."""
    runtime = load_runtime()
    if edit.missing(runtime):
        return f"{edit.summary} ({NOT_HERE})"
    if limited := edit.limited(runtime):
        return f"{edit.summary} ({limited.partition(':')[0]} {NOT_HERE})"
    return edit.summary


def _option(name: str, field: "FieldInfo", text: str) -> click.Option:
    """An option `--some-name`; one that is not given keeps the edit's own default."""
    flag = "--" + name.replace("_", "-")
    if field.annotation is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=text)
    if field.is_required():
        shown = "  [required]"
    else:
        shown = "" if field.default in (None, "", ()) else f"  [default: {field.default}]"
    if _is_points(field):
        return click.Option([flag.removesuffix("s"), flag, name], type=_Points(), multiple=True, help=text)
    return click.Option([flag, name], type=_Value(field.annotation), help=f"{text}{shown}")


def _is_points(field: "FieldInfo") -> bool:
    from cleanplate.edits.parts.clicks import Spot

    return bool(field.annotation == tuple[Spot, ...])


class _Points(click.ParamType[Any]):
    """`x,y`, one point, or JSON: a list of them. The option may be repeated."""

    name = "x,y"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).lstrip().startswith("["):
            return [PointType().convert(value, param, ctx)]
        given = _Value(tuple).convert(value, param, ctx)
        if not isinstance(given, list):
            self.fail(f"{value!r} is no list of points", param, ctx)
        return given


class _Value(click.ParamType[Any]):
    """Words stay words, everything else is read as JSON: 4, 0.5, [10, 20, 30, 40]."""

    def __init__(self, kind: Any) -> None:
        self.words = kind is str
        self.name = "text" if self.words else "json" if "tuple" in str(kind) else "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if self.words or not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.fail(f"{value!r} is no {self.name}", param, ctx)


def _flat(value: Any) -> Any:
    """The lists of an option that was repeated, as one list."""
    return list(chain.from_iterable(value)) if isinstance(value, tuple) else value


def _callback(name: str) -> Callable[..., None]:
    def call(
        image: Path, out: str, mask: Path | None, keep: Path | None, reference: Path | None, **given: Any
    ) -> None:
        from cleanplate import library

        options = {key: _flat(value) for key, value in given.items() if value not in (None, ())}
        checked_runtime()
        save_results(
            image,
            out,
            lambda picture, progress: library.edit(
                name,
                source(picture),
                mask=mask,
                keep=keep,
                reference=reference,
                progress=progress,
                **options,
            ),
            (mask, keep, reference),
        )

    return call
