"""`cleanplate worker`."""

from pathlib import Path

import click

from cleanplate.cli.serve import PORT
from cleanplate.cli.settings_options import load_settings


@click.command()
@click.option("--roles", metavar="NAMES", help="Take these tasks alone: general, inpaint, instruct, ...")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="What networks run on.")
@click.option("--concurrency", "workers", type=click.IntRange(1, 256), metavar="N", help="Tasks at a time.")
@click.option("--health-port", type=PORT, metavar="N", help="Answer /healthz, /readyz and /metrics here.")
@click.option("--drain", is_flag=True, help="Do what is in line now, and leave when there is nothing more.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Folder for a moment's files.")
def worker(drain: bool, **options: object) -> None:
    """Do tasks that servers accept: one process of a fleet, on any machine.

    CLEANPLATE_DATABASE_URL and CLEANPLATE_STORE say where tasks and files are; servers have the same, and
    may be started with --no-worker. With no --roles it takes all that this machine can do. After a SIGTERM it
    takes no more, finishes what it has within CLEANPLATE_SHUTDOWN_GRACE_S, and hands the rest back.
    docs/cluster.md shows a whole cluster.
    """
    from cleanplate.serving.fleet_member import work

    work(load_settings(**options), drain=drain)
