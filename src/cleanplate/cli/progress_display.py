"""What a waiting person sees: a spinner, the stage and the time, on a terminal only."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STAGES: Final[Mapping[str, str]] = {"read": "reading", "fill": "filling", "write": "writing"}


@contextmanager
def show_picture(what: str) -> Iterator[Callable[[str, float], None]]:
    """Show the stages of one picture; yields the progress callback. Silent in a pipe."""
    if not sys.stderr.isatty():
        yield lambda stage, done: None
        return
    with _display() as display:
        row = display.add_task(what, total=1.0)
        yield lambda stage, done: display.update(
            row, completed=done, description=f"{what}: {STAGES.get(stage, stage)}"
        )


@contextmanager
def show_batch(total: int) -> Iterator[Callable[[str], None]]:
    """Show how many of `total` pictures are done; call the result with each name as it starts."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    with _display() as display:
        row = display.add_task("", total=total, completed=-1)
        yield lambda name: display.update(row, advance=1, description=name)


@contextmanager
def show_parts() -> Iterator[Callable[[str, int, int], None]]:
    """Show the parts of a long work; yields a callback for the name of a part, how much is done, of how much.

    Silent in a pipe.
    """
    if not sys.stderr.isatty():
        yield lambda part, done, total: None
        return
    with _display() as display:
        rows: dict[str, TaskID] = {}

        def show(part: str, done: int, total: int) -> None:
            if part not in rows:
                rows[part] = display.add_task(part)
            display.update(rows[part], completed=done, total=total)

        yield show


@contextmanager
def show_download(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a download; yields the callback for the bytes that are here and those in all. Silent in a pipe."""
    if not sys.stderr.isatty():
        yield lambda here, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        row = display.add_task(what, total=None)
        yield lambda here, total: display.update(row, completed=here, total=total)


def _display() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    # names of files are no markup: "[/b].png" would be an error
    words = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
