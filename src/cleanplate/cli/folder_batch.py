"""A folder of pictures: what is in it, what is to be done, and where the results go."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from cleanplate.cli.file_names import is_system_file, printable, result_names

if TYPE_CHECKING:
    from cleanplate.pixels.types import Format

Notes: TypeAlias = Callable[[Sequence[Path]], Sequence[str]]

_HEAD_BYTES = 512
_CAMERA_RAW = frozenset(
    {
        *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef"),
        *(".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf"),
        *(".srw", ".x3f"),
    }
)
"""Many are TIFF files whose first page is a small preview."""
_MAX_JOINED = 20


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One picture, and the file that its result is written to."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Batch:
    """A folder's pictures in the order of their names, and all else that is in it.

    Attributes:
        skipped: what is done nothing with, each with its reason. Files of the system are not among them.
        folders: how many folders are in it; they are not entered.
        notes: what else the user should know at the end.
    """

    items: Sequence[BatchItem]
    out: Path
    skipped: Sequence[str] = ()
    folders: int = 0
    notes: Sequence[str] = ()

    @property
    def sources(self) -> list[Path]:
        return [item.source for item in self.items]

    def summary_of_skipped(self) -> str:
        """Everything but the pictures, in words; begins with a comma or a semicolon, or is empty."""
        parts = [f", {len(self.skipped)} skipped: {join_names(self.skipped)}"] if self.skipped else []
        if self.folders:
            parts.append(f"; {self.folders} folder{'s' * (self.folders > 1)} not entered")
        return "".join([*parts, *(f"; {note}" for note in self.notes)])


def join_names(names: Sequence[str]) -> str:
    """The first twenty, and how many more there are."""
    more = len(names) - _MAX_JOINED
    return ", ".join([*names[:_MAX_JOINED], *([f"and {more} more"] if more > 0 else [])])


def plan_batch(
    folder: Path, out: Path, inputs: Sequence[Path | None] = (), notes: Notes | None = None
) -> Batch:
    """What is to be done; `out` is a folder that can be written to afterwards.

    Args:
        inputs: files and folders that must not be written to, beside the pictures.
        notes: what else to say at the end, told from the pictures.

    Raises:
        click.UsageError: the folder has no picture, `out` can be no folder for the results, or an input is
            missing or would be overwritten.
        StorageFailed: `out` cannot be made, or not be written to.
    """
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is no folder")
    if str(out) == "-" or (out.exists() and (not out.is_dir() or out.samefile(folder))):
        raise click.UsageError(f"{out} must be another folder, for the results of {folder}")
    read = [path for path in inputs if path is not None]
    if missing := next((path for path in read if not path.exists()), None):
        raise click.UsageError(f"no such file: {missing}")  # once, and not for every picture
    batch = _list_folder(folder, out)
    if not batch.items:
        raise click.UsageError(f"there is no picture in {folder}{batch.summary_of_skipped()}")
    _refuse_overwriting(batch, read)
    _make_writable(out)
    return replace(batch, notes=tuple(notes(batch.sources))) if notes else batch


def _list_folder(folder: Path, out: Path) -> Batch:
    pictures, skipped, folders = list[tuple[Path, "Format | None"]](), list[str](), 0
    for path in sorted(folder.absolute().iterdir()):  # absolute: a file may be called "-"
        if is_system_file(path.name):
            continue
        if path.is_dir():
            folders += not (out.exists() and path.samefile(out))
            continue
        why, known = _classify(path)
        if why:
            skipped.append(f"{printable(path.name)} ({why})")
        else:
            pictures.append((path, known))
    names = result_names([(path.name, known) for path, known in pictures])
    items = [BatchItem(path, out / name) for (path, _), name in zip(pictures, names, strict=True)]
    return Batch(items, out, skipped, folders)


def _classify(path: Path) -> "tuple[str, Format | None]":
    """Why it is skipped, "" for a picture; and its format where the first bytes tell it."""
    from cleanplate.codecs.codec_table import foreign_name, is_picture_name, sniff
    from cleanplate.library import RULES

    if not path.is_file():  # never opened: reading a pipe would wait for somebody to write
        return ("a broken link" if path.is_symlink() else "not a file"), None
    if path.suffix.lower() in _CAMERA_RAW:
        return "camera raw is not read", None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        return ("" if is_picture_name(path) else error.strerror or "cannot be read"), None
    known = sniff(head)
    if known in RULES.formats or is_picture_name(path):
        return "", known
    foreign = foreign_name(head)
    return (f"{foreign} is not read" if foreign else "not a picture"), None


def _refuse_overwriting(batch: Batch, others: Sequence[Path]) -> None:
    inputs = {_file_identity(path): path for path in [*batch.sources, *_files_in(others)] if path.exists()}
    for item in batch.items:
        if item.target.exists() and (hit := inputs.get(_file_identity(item.target))):
            raise click.UsageError(
                f"{item.target} is an input ({hit.name}) and would be overwritten; name another folder"
            )


def _files_in(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from path.iterdir() if path.is_dir() else (path,)


def _file_identity(path: Path) -> tuple[int, int]:
    """The same for all links to one file."""
    found = path.stat()
    return found.st_dev, found.st_ino


def _make_writable(out: Path) -> None:
    """Make the folder and try it: an hour of work is no moment to learn that nothing can be written there."""
    from cleanplate.errors import StorageFailed

    create_folder(out)
    try:
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise StorageFailed(f"cannot write into {out}: {error.strerror}") from None


def create_folder(folder: Path) -> None:
    """Make it, however deep it is. Raises `StorageFailed`."""
    from cleanplate.errors import StorageFailed

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"cannot make the folder {folder}: {error.strerror}") from None
