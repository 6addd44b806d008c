"""`cleanplate unmark`: a folder of pictures with the same mark at the same place."""

import sys
from pathlib import Path

import click

from cleanplate.cli.erase import FILE, SEED, STREAM

SOME_FAILED = 1
ANCHORS = ("upper-left", "upper-right", "lower-left", "lower-right", "middle")
ANCHOR_HELP = "What the mark keeps its distance to, where the pictures differ in size."


@click.command()
@click.argument("folder", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, metavar="OUT", help="The folder for the results.")
@click.option(
    "--anchor", type=click.Choice(ANCHORS), default="lower-right", show_default=True, help=ANCHOR_HELP
)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Another seed gives another fill.")
def unmark(folder: Path, out: Path, anchor: str, seed: int) -> None:
    """Take a translucent mark off every picture of FOLDER.

    The mark must be the same and at the same place in all of them. It is measured over the pictures, at best
    a dozen or more, and taken off; only what it hides for good is filled.

    \b
    Example:
      cleanplate unmark photos/ -o clean/
    """
    pictures = _pictures(folder, out)
    from cleanplate import library
    from cleanplate.cli.progress import count
    from cleanplate.errors import BadInput, CleanplateError
    from cleanplate.imaging.encode import writable_name

    failures = 0
    with count(len(pictures)) as starts:
        results = library.unmark(pictures, anchor=anchor, seed=seed)
        for picture, result in zip(pictures, results, strict=True):
            starts(picture.name)
            try:
                if isinstance(result, BadInput):
                    raise result
                result.save(out / writable_name(picture.name))
            except CleanplateError as error:
                failures += 1
                click.echo(f"cleanplate: {picture.name}: {error.public}", err=True)
        starts("")
    click.echo(f"{len(pictures) - failures} of {len(pictures)} pictures done, in {out}", err=True)
    if failures:
        sys.exit(SOME_FAILED)


def _pictures(folder: Path, out: Path) -> list[Path]:
    """What is to be done; everything that can be seen to be wrong is refused before any work."""
    from cleanplate.errors import StorageFailed
    from cleanplate.imaging.encode import is_picture_name

    if not folder.is_dir():
        raise click.UsageError(f"{folder} is no folder")
    if out == STREAM or (out.exists() and (not out.is_dir() or out.samefile(folder))):
        raise click.UsageError(f"{out} must be another folder, for the results of {folder}")
    found = sorted(path for path in folder.iterdir() if path.is_file() and is_picture_name(path))
    if not found:
        raise click.UsageError(f"there is no picture in {folder}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"cannot make the folder {out}: {error.strerror}") from None
    return found
