"""From a picture to a result, and from a folder of them to another: nothing overwritten, nothing lost."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from cleanplate.library import Result

STREAM = Path("-")
SOME_FAILED = 1

Make: TypeAlias = "Callable[[Path, Callable[[str, float], None] | None], Result]"
"""From a path, or `STREAM`, and what is told of the progress."""


def source(image: Path) -> bytes | Path:
    """What the library is to read."""
    return sys.stdin.buffer.read() if image == STREAM else image


def refuse_overwriting(out: Path, *inputs: Path | None) -> None:
    """Raises `click.UsageError` where `out` is one of the inputs."""
    for path in inputs:
        if path is not None and out != STREAM and out.exists() and path.exists() and out.samefile(path):
            raise click.UsageError(f"{out} is an input and would be overwritten; name another output")


def save(image: Path, out: Path, make: Make) -> None:
    """Save what `make` returns for the picture `image`, or for each picture of the folder `image`."""
    if image != STREAM and image.is_dir():
        save_each(pictures_of(image, out), out, lambda picture: make(picture, None))
    else:
        _save_one(image, out, make)


def _save_one(image: Path, out: Path, make: Make) -> None:
    from cleanplate.cli.progress import watch
    from cleanplate.imaging.encode import format_of_suffix

    if out != STREAM:
        format_of_suffix(out.suffix)  # an hour of work is no moment to learn that .gif cannot be written
    with watch(str(image)) as progress:
        result = make(image, progress)
        progress("write", 0.0)
        if out == STREAM:
            sys.stdout.buffer.write(result.encode("png"))
        else:
            result.save(out)
    _warn(result.warnings)
    if sys.stderr.isatty():
        click.echo(f"wrote {out}", err=True)


def _warn(warnings: Sequence[str], name: str = "") -> None:
    for text in warnings:
        click.echo(f"cleanplate: warning: {name}{' '.join(text.split())}", err=True)


def pictures_of(folder: Path, out: Path) -> list[Path]:
    """What is to be done, in the order of names; `out` is a folder afterwards.

    Raises:
        click.UsageError: the folder has no picture, or `out` can be no folder for the results.
        StorageFailed: `out` cannot be made.
    """
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


def save_each(pictures: Sequence[Path], out: Path, make: Callable[[Path], "Result"]) -> None:
    """Save what `make` returns for each picture into the folder `out`, under the same name.

    A picture that fails is named on stderr and the rest goes on; the exit code is then 1.
    """
    from cleanplate.cli.failures import said
    from cleanplate.cli.progress import count
    from cleanplate.imaging.encode import writable_name

    failures, warnings = [], []
    with count(len(pictures)) as starts:
        for picture in pictures:
            starts(picture.name)
            try:
                result = make(picture)
                result.save(out / writable_name(picture.name))
                warnings.append((picture.name, result.warnings))
            except Exception as error:
                failures.append(f"cleanplate: {picture.name}: {said(error)}")
        starts("")
    for name, sentences in warnings:
        _warn(sentences, f"{name}: ")
    for failure in failures:
        click.echo(failure, err=True)
    done = len(pictures) - len(failures)
    click.echo(f"{done} of {len(pictures)} pictures done, {len(failures)} failed, in {out}", err=True)
    if failures:
        sys.exit(SOME_FAILED)
