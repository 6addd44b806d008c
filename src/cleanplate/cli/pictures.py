"""From a picture to a result, and from a folder of them to another: nothing overwritten, nothing lost."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from cleanplate.cli.folder import Batch, Job, Notes, batch_of, make_folder
from cleanplate.cli.names import result_name, shown

if TYPE_CHECKING:
    from cleanplate.library import Result

STREAM = Path("-")
OUT = click.Path()
"""A text and no path: `out/` says that a folder is meant."""
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


def save(
    image: Path, out: str, make: Make, inputs: Sequence[Path | None] = (), notes: Notes | None = None
) -> None:
    """Save what `make` returns for the picture `image`, or for each picture of the folder `image`.

    Args:
        out: a file; a folder, where `image` is one or the result keeps the name of `image`; or "-".
        inputs: what else is read, and must not be overwritten.
        notes: what to say at the end, told from the pictures of the folder.
    """
    refuse_overwriting(Path(out), image, *inputs)
    if image != STREAM and image.is_dir():
        batch = batch_of(image, Path(out), inputs, notes)
        save_each(batch, lambda picture: make(picture, None))
        return
    target = _target(image, out)
    refuse_overwriting(target, image, *inputs)
    _save_one(image, target, make, new_folder=target != Path(out))


def _target(image: Path, out: str) -> Path:
    """The file for the result of one picture; in a folder it has the picture's own name."""
    target = Path(out)
    if target == STREAM or not (target.is_dir() or out.endswith(("/", os.sep))):
        return target
    if image == STREAM:
        raise click.UsageError(f"{out} is a folder, and standard input has no name: name a file in it")
    if target.exists() and not target.is_dir():
        raise click.UsageError(f"{target} is a file and no folder")
    return target / result_name(image.name)


def _save_one(image: Path, out: Path, make: Make, *, new_folder: bool) -> None:
    from cleanplate.cli.progress import watch
    from cleanplate.codecs.encode import format_of_suffix

    if out != STREAM:
        format_of_suffix(out.suffix)  # an hour of work is no moment to learn that .gif cannot be written
    with watch(shown(image)) as progress:
        result = make(image, progress)
        progress("write", 0.0)
        if out == STREAM:
            sys.stdout.buffer.write(result.encode("png"))
            _warn(result.warnings)
            return
        if new_folder:
            make_folder(out.parent)
        result.save(out)
    _warn(result.warnings)
    if sys.stderr.isatty():
        click.echo(f"wrote {shown(out)}", err=True)


def _warn(warnings: Sequence[str]) -> None:
    for text in warnings:
        click.echo(f"cleanplate: warning: {shown(text)}", err=True)


def save_each(batch: Batch, make: Callable[[Path], "Result"]) -> None:
    """Save what `make` returns for each picture, and account for every file at the end.

    A picture that fails is named on stderr and the rest goes on; the exit code is then 1. A full disk ends
    it: whatever comes next would fail as well. What is finished stays, also when the user interrupts.
    """
    from cleanplate.cli.progress import count
    from cleanplate.errors import StorageFull

    tally = _Tally()
    try:
        with count(len(batch.jobs)) as starts:
            for job in batch.jobs:
                starts(shown(job.source.name))
                tally.note(job, make)
            starts("")
    except StorageFull as error:
        tally.end = error.public
    except KeyboardInterrupt:
        tally.end = "interrupted"
        raise
    finally:
        _account(batch, tally)
    if tally.failures or tally.end:
        sys.exit(SOME_FAILED)


@dataclass(slots=True)
class _Tally:
    """What became of the pictures so far. `end`: why it stopped before the last one."""

    done: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    end: str = ""

    def note(self, job: Job, make: Callable[[Path], "Result"]) -> None:
        """Do one picture. Raises `StorageFull`."""
        from cleanplate.cli.failures import said
        from cleanplate.errors import StorageFull

        name = shown(job.source.name)
        try:
            result = make(job.source)
            result.save(job.target)
        except StorageFull:
            raise
        except Exception as error:  # a fault of ours with one picture is no reason to lose the others
            self.failures.append(f"{name}: {shown(said(error))}")
        else:
            self.done += 1
            self.warnings += [f"{name}: {text}" for text in result.warnings]


def _account(batch: Batch, tally: _Tally) -> None:
    _warn(tally.warnings)
    for failure in tally.failures:
        click.echo(f"cleanplate: {failure}", err=True)
    failed = len(tally.failures)
    left = len(batch.jobs) - tally.done - failed
    if tally.end:
        click.echo(f"cleanplate: {shown(tally.end)}; stopped with {left} not done", err=True)
    more = f", {left} not done" if left else ""
    click.echo(
        f"{tally.done} done, {failed} failed{more}{batch.rest()}; results in {shown(batch.out)}", err=True
    )
