"""`cleanplate unmark`: a folder of pictures with the same mark at the same place."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from cleanplate.cli.erase import FILE, SEED, prepare_edits
from cleanplate.cli.folder_batch import plan_batch
from cleanplate.cli.save_results import save_batch

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

    The mark must be the same and at the same place in all of them. It is measured over the pictures, three at
    least and better a dozen, and taken off; only what it hides for good, or where it still shows, is filled.

    \b
    Example:
      cleanplate unmark photos/ -o clean/
    """
    prepare_edits()
    from cleanplate import library
    from cleanplate.errors import BadInput

    with _no_folder_when_refused(out):
        batch = plan_batch(folder, out)
        results = library.unmark(batch.sources, anchor=anchor, seed=seed)

    def take(_: Path) -> library.Result:
        result = next(results)
        if isinstance(result, BadInput):
            raise result
        return result

    save_batch(batch, take)


@contextmanager
def _no_folder_when_refused(out: Path) -> Iterator[None]:
    """Take away the folders that were made for results, where it then comes to none."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):  # not there yet, or somebody has put something into it
            for folder in made:
                folder.rmdir()
        raise
