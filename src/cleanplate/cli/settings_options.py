"""The option `--data`, and the settings as the environment and the options have them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleanplate.cli.file_names import printable

if TYPE_CHECKING:
    from cleanplate.runtime.runtime import Runtime
    from cleanplate.settings import Settings

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The server's folder.  [default: cleanplate-data]",
)


def load_settings(**options: object) -> "Settings":
    """The environment's settings; an option that was given wins. Raises `SetupError`."""
    from cleanplate import settings

    return settings.load(**{name: value for name, value in options.items() if value is not None})


def existing_data(data: Path | None) -> Path:
    """The folder of a server, where one, or `keys create`, has made its database.

    Raises:
        UsageError: there is none: a typing error must not make a new one.
    """
    folder = load_settings(data=data).data
    if not (folder / "cleanplate.db").is_file():
        raise click.UsageError(
            f"there is no database in {folder}: is --data right? `cleanplate serve` or `keys create` make one"
        )
    return folder


def load_runtime() -> "Runtime":
    """What models run by, as the environment says. Raises `SetupError`."""
    from cleanplate.runtime.runtime import default_runtime

    return default_runtime()


def checked_runtime() -> "Runtime":
    """`load_runtime` with its plug-ins looked through; one that adds nothing is told of on stderr.

    Raises:
        SetupError: a variable does not fit, or a plug-in cannot be used, whether the command needs it or not.
    """
    from cleanplate.discovery import unused_plugins
    from cleanplate.edits.catalogue import check_plugins

    runtime = load_runtime()
    check_plugins(runtime)
    if any(hasattr(plugin, "DIALECT") for plugin in runtime.plugins):
        _check_dialects(runtime)
    for sentence in unused_plugins(runtime.plugins):
        click.echo(f"cleanplate: warning: {printable(sentence)}", err=True)
    return runtime


def _check_dialects(runtime: "Runtime") -> None:
    """Of plug-ins; what they are made of takes a moment to import."""
    import cleanplate.api
    from cleanplate.api import Dialect
    from cleanplate.discovery import discover

    discover(cleanplate.api, "DIALECT", Dialect, runtime.plugins)
