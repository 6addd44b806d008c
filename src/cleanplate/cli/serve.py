"""`cleanplate serve`."""

import click

from cleanplate.cli.settings_options import data_option, load_settings

PORT = click.IntRange(0, 65535)


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=PORT, metavar="N", help="Port; 0 picks a free one.  [default: 8080]")
@click.option("--new-database", is_flag=True, help="Begin anew where the database of --data is gone.")
@click.option("--new-store", is_flag=True, help="Take a CLEANPLATE_STORE that is new beside its database.")
@click.option("--no-worker", is_flag=True, help="Do no tasks here: `cleanplate worker` does.")
@data_option
def serve(new_database: bool, new_store: bool, no_worker: bool, **options: object) -> None:
    """Answer the vendors' HTTP APIs.

    The first start makes an API key and prints it once. A client changes its base URL to the address that is
    printed; docs/dashscope.md shows the one line. Every setting is also an environment variable, for instance
    CLEANPLATE_PORT for --port; docs/settings.md lists them.
    """
    from cleanplate.serving import serve as run

    run(load_settings(**options), new_database=new_database, new_store=new_store, worker=not no_worker)
