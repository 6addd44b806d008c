"""From a picture to a result, and from a folder of them to another: nothing overwritten, nothing lost."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from cleanplate.cli.file_names import printable, result_name
from cleanplate.cli.folder_batch import Batch, BatchItem, Notes, create_folder, plan_batch

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


def save_results(
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
        batch = plan_batch(image, Path(out), inputs, notes)
        save_batch(batch, lambda picture: make(picture, None))
        return
    target = _target(image, out)
    refuse_overwriting(target, image, *inputs)
    _save_picture(image, target, make, new_folder=target != Path(out))


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


def _save_picture(image: Path, out: Path, make: Make, *, new_folder: bool) -> None:
    from cleanplate.cli.progress_display import show_picture
    from cleanplate.codecs.codec_table import format_of_suffix

    if out != STREAM:
        format_of_suffix(out.suffix)  # an hour of work is no moment to learn that .gif cannot be written
    with show_picture(printable(image)) as progress:
        result = make(image, progress)
        progress("write", 0.0)
        if out == STREAM:
            _write_stream(result.encode("png"))
            _print_warnings(result.warnings)
            return
        if new_folder:
            create_folder(out.parent)
        result.save(out)
    _print_warnings(result.warnings)
    if sys.stderr.isatty():
        click.echo(f"wrote {printable(out)}", err=True)


def _write_stream(data: bytes) -> None:
    """All of it, to standard output. Raises `OSError` that names it, of the kind that it was."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def _print_warnings(warnings: Sequence[str]) -> None:
    for text in warnings:
        click.echo(f"cleanplate: warning: {printable(text)}", err=True)


def save_batch(batch: Batch, make: Callable[[Path], "Result"]) -> None:
    """Save what `make` returns for each picture, and account for every file at the end.

    A picture that fails is named on stderr and the rest goes on; the exit code is then 1. A full disk ends
    it: whatever comes next would fail as well. What is finished stays, also when the user interrupts.
    """
    from cleanplate.cli.progress_display import show_batch
    from cleanplate.errors import StorageFull

    tally = _Tally()
    try:
        with show_batch(len(batch.items)) as starts:
            for item in batch.items:
                starts(printable(item.source.name))
                tally.run(item, make)
            starts("")
    except StorageFull as error:
        tally.end = error.public
    except KeyboardInterrupt:
        tally.end = "interrupted"
        raise
    finally:
        _print_summary(batch, tally)
    if tally.failures or tally.end:
        sys.exit(SOME_FAILED)


@dataclass(slots=True)
class _Tally:
    """What became of the pictures so far. `end`: why it stopped before the last one."""

    done: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    end: str = ""

    def run(self, item: BatchItem, make: Callable[[Path], "Result"]) -> None:
        """Do one picture. Raises `StorageFull`."""
        from cleanplate.cli.error_reporting import error_line
        from cleanplate.errors import StorageFull

        name = printable(item.source.name)
        try:
            result = make(item.source)
            result.save(item.target)
        except StorageFull:
            raise
        except Exception as error:  # a fault of ours with one picture is no reason to lose the others
            self.failures.append(f"{name}: {printable(error_line(error))}")
        else:
            self.done += 1
            self.warnings += [f"{name}: {text}" for text in result.warnings]


def _print_summary(batch: Batch, tally: _Tally) -> None:
    _print_warnings(tally.warnings)
    for failure in tally.failures:
        click.echo(f"cleanplate: {failure}", err=True)
    failed = len(tally.failures)
    left = len(batch.items) - tally.done - failed
    if tally.end:
        click.echo(f"cleanplate: {printable(tally.end)}; stopped with {left} not done", err=True)
    counts = f"{tally.done} done, {failed} failed" + (f", {left} not done" if left else "")
    click.echo(f"{counts}{batch.summary_of_skipped()}; results in {printable(batch.out)}", err=True)
