"""The option `--data`, and the settings as the environment and the options have them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

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


def load_runtime() -> "Runtime":
    """What models run by, as the environment says. Raises `SetupError`."""
    from cleanplate.runtime.runtime import default_runtime

    return default_runtime()
