"""A folder of pictures: one at a time, the bad ones named, the good ones kept."""

import sys
from pathlib import Path

import click

from cleanplate.cli.erase import STREAM, EraseCall
from cleanplate.cli.progress import count
from cleanplate.errors import CleanplateError, StorageFailed
from cleanplate.imaging.encode import is_picture_name, writable_name

SOME_FAILED = 1


def erase_folder(folder: Path, out: Path, call: EraseCall) -> None:
    """Erase from every picture of `folder` into the folder `out`, under the same names.

    A picture that fails is named on stderr and the rest goes on; the exit code is then 1.
    """
    pictures = sorted(p for p in folder.iterdir() if p.is_file() and is_picture_name(p))
    if not pictures:
        raise click.UsageError(f"there is no picture in {folder}")
    if out == STREAM or (out.exists() and not out.is_dir()):
        raise click.UsageError(f"{out} must be a folder, for the results of {folder}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"cannot make the folder {out}: {error.strerror}") from None
    failures = _each(pictures, out, call)
    for name, why in failures:
        click.echo(f"cleanplate: {name}: {why}", err=True)
    done = len(pictures) - len(failures)
    click.echo(f"{done} of {len(pictures)} pictures done, {len(failures)} failed, in {out}", err=True)
    if failures:
        sys.exit(SOME_FAILED)


def _each(pictures: list[Path], out: Path, call: EraseCall) -> list[tuple[str, str]]:
    failures = []
    with count(len(pictures)) as starts:
        for picture in pictures:
            starts(picture.name)
            try:
                call.run(picture).save(out / writable_name(picture.name))
            except CleanplateError as error:
                failures.append((picture.name, error.public))
        starts("")
    return failures
