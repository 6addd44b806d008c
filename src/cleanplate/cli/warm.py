"""`cleanplate warm`: compile what is compiled, at installation time."""

import click


@click.command()
def warm() -> None:
    """Compile the fill for this machine, so that the first picture does not wait for it.

    It takes some seconds, once after each installation; later calls find the code on disk. `cleanplate serve`
    does the same in the background when it starts.
    """
    from cleanplate.cli.settings_options import checked_runtime
    from cleanplate.warm import warm_up

    warm_up(checked_runtime())
