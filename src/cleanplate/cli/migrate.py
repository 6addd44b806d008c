"""`cleanplate migrate`: a data folder becomes a cluster, and a cluster a data folder."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleanplate.cli.progress_display import show_parts
from cleanplate.cli.settings_options import data_option, load_settings
from cleanplate.errors import BadInput, SetupError, StorageFailed

if TYPE_CHECKING:
    from cleanplate.relocation import Moved, Tell
    from cleanplate.settings import Settings

_GO_ON = "what was copied stays: the same command goes on from there"
_NEXT_THERE = (
    "next: `cleanplate serve --no-worker` and `cleanplate worker` with CLEANPLATE_DATABASE_URL and "
    "CLEANPLATE_STORE; never a server on {data} again"
)
_NEXT_HERE = (
    "next: `cleanplate serve --data {data}` without CLEANPLATE_DATABASE_URL; never a server or a worker "
    "of the cluster again"
)
_LOST = (
    "cleanplate: warning: there was no secret: result links do not work in the new place, and keys of "
    "CLEANPLATE_API_KEYS find nothing of theirs"
)


@click.command()
@click.option("--to", "target", metavar="URL", help="Move the data folder to this Postgres database.")
@click.option("--from", "source", metavar="URL", help="Move the cluster of this database to a data folder.")
@click.option("--store", metavar="STORE", help="The cluster's files.  [default: CLEANPLATE_STORE]")
@click.option("--data-store", metavar="STORE", help="The folder's files, where they are not in it.")
@data_option
def migrate(
    target: str | None,
    source: str | None,
    store: str | None,
    data_store: str | None,
    data: Path | None,
) -> None:
    """Move tasks, keys, usage, files and the secret from a data folder to a cluster, or back.

    \b
      cleanplate migrate --to postgresql://user@host/name --store s3://bucket/prefix --data DIR
      cleanplate migrate --from postgresql://user@host/name --store s3://bucket/prefix --data NEW

    Every server and worker of both is stopped before. The old place is only read; the new one is empty, and
    holds all or is not served from. After a kill, a full disk or a lost connection the same command goes on.
    A password in URL can be read by who lists processes: PGPASSWORD and ~/.pgpass are read too.
    docs/cluster.md says more.
    """
    if target is None and source is None:
        raise click.UsageError("one of --to and --from is needed")
    if target is not None and source is not None:
        raise click.UsageError("--to and --from together: give one, --data is the other place")
    # Which links lead to a store is for servers, and asks of a folder what it has not
    here = load_settings(data=data, database_url="", store=data_store or "", result_links="server")
    there = load_settings(data=data, database_url=target or source, store=store, result_links="server")
    try:
        with ExitStack() as opening, show_parts() as tell:
            moved = _move(here, there, opening, tell, back=target is None)
    except SetupError as error:
        option = "--from" if target is None else "--to"
        raise type(error)(error.public.replace("CLEANPLATE_DATABASE_URL", option), log=error.log) from error
    except BadInput as error:  # what the other database would not take of a client
        raise SetupError(f"a row has what cannot be stored there: {error.log}") from error
    except StorageFailed as error:
        raise StorageFailed(f"{error.log}; {_GO_ON}") from error
    _report(moved)
    click.echo((_NEXT_HERE if target is None else _NEXT_THERE).format(data=here.data))


def _move(here: "Settings", there: "Settings", opening: ExitStack, tell: "Tell", *, back: bool) -> "Moved":
    """What is read is opened first: a mistyped name of it makes nothing in the other place."""
    from cleanplate.database import Purpose
    from cleanplate.relocation import move, open_cluster, open_folder

    if back:
        cluster = open_cluster(there, opening, Purpose.MOVE_FROM)
        return move(cluster, open_folder(here, opening, Purpose.MOVE_INTO), tell)
    folder = open_folder(here, opening, Purpose.MOVE_FROM)
    return move(folder, open_cluster(there, opening, Purpose.MOVE_INTO), tell)


def _report(moved: "Moved") -> None:
    if not moved.secret:
        click.echo(_LOST, err=True)
    rows = (
        f"{moved.rows['tasks']} tasks, {moved.rows['api_keys']} keys, {sum(moved.rows.values())} rows in all"
    )
    files = "the files stay where they are"
    if moved.files is not None:
        files = f"{moved.files.count} files with {moved.files.size_bytes} bytes"
    click.echo(f"moved and read again: {rows}; {files}")
