"""`cleanplate backup`: a copy of a data directory, also of one that a server is working on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import click

from cleanplate.cli.settings_options import data_option, existing_data, load_settings

_DATABASE: Final = "cleanplate.db"
_PARTIAL: Final = _DATABASE + ".partial"
"""What the database of a copy is called until all else is there: no command takes half a copy for data."""
_SECRET_FILE: Final = "secret"  # noqa: S105 - a name
_OBJECTS: Final = "objects"
_CLUSTER: Final = (
    "CLEANPLATE_DATABASE_URL names a server: `pg_dump` copies its database, and versions of the bucket, or a "
    "copy of it made after the dump, keep the files (docs/cluster.md)"
)
_LOST: Final = (
    "cleanplate: warning: there is no file `secret` to copy: where this is restored, result links do not "
    "work and keys of CLEANPLATE_API_KEYS find nothing of theirs"
)


@click.command()
@click.argument("target", metavar="TO", type=click.Path(path_type=Path, file_okay=False))
@data_option
def backup(target: Path, data: Path | None) -> None:
    """Copy the database, the files of tasks and the secret into the folder TO, which is new or empty.

    A server may go on working meanwhile. To restore, start a server with a copy of TO as its --data.
    """
    settings = load_settings(data=data)
    if settings.database_url:
        raise click.UsageError(_CLUSTER)
    source, store = existing_data(data), settings.store
    _check_apart(target, source)
    if (target / _PARTIAL).exists():
        raise click.UsageError(f"{target} holds half a backup, of a command that was killed; delete it")
    if target.exists() and any(target.iterdir()):
        raise click.UsageError(f"{target} is not empty")
    with _removed_on_failure(target):
        copied = _copy_all(source, target)
    click.echo(f"{target}: the database and {copied} files")
    if store:
        click.echo(f"cleanplate: warning: the files of tasks lie in {store} and are not copied", err=True)


def _check_apart(target: Path, source: Path) -> None:
    """A copy that lies in what is copied would be copied itself. The files of tasks may lie behind a link."""
    new = target.resolve()
    for old in (source.resolve(), (source / _OBJECTS).resolve()):
        if new.is_relative_to(old) or old.is_relative_to(new):
            raise click.UsageError(f"{target} and the data folder {source} lie one within the other")


@contextmanager
def _removed_on_failure(target: Path) -> Iterator[None]:
    """Half a copy would be taken for a whole one: nothing is left of it, nor of folders made for it."""
    absent = [folder for folder in (target, *target.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        for made in absent[-1:] or target.iterdir():
            _remove(made)
        raise


def _remove(made: Path) -> None:
    with suppress(OSError):
        shutil.rmtree(made) if made.is_dir() else made.unlink()


def _copy_all(source: Path, target: Path) -> int:
    """Copy everything; how many files of tasks that were."""
    from cleanplate.database.sqlite import copy_file
    from cleanplate.private_files import make_folder

    make_folder(target)
    # First the database: of all that it knows the files are there already, and stay until it forgets them
    copy_file(source / _DATABASE, target / _PARTIAL)
    if not _copy(source / _SECRET_FILE, target / _SECRET_FILE):
        click.echo(_LOST, err=True)
    copied = sum(_copy(path, target / path.relative_to(source)) for path in _blobs(source / _OBJECTS))
    (target / _PARTIAL).rename(target / _DATABASE)
    return copied


def _blobs(folder: Path) -> Iterator[Path]:
    """Whole files: the names of those that are being written begin with a dot."""
    return (path for path in folder.rglob("[!.]*") if path.is_file())


def _copy(source: Path, target: Path) -> bool:
    """Copy one file with its time and mode. False: it is gone, because its task has expired meanwhile."""
    from cleanplate.private_files import make_folder

    make_folder(target.parent)
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)
        return True
    return False
