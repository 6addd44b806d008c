"""The entry point: the group of commands, and how every error ends: one line on stderr."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from cleanplate import __version__
from cleanplate.cli.error_reporting import (
    BAD_INPUT,
    discard_output,
    error_line,
    exit_code,
    open_closed_streams,
)

COMMANDS: Final = (
    *(
        "backup",
        "doctor",
        "edit",
        "erase",
        "keys",
        "mcp",
        "migrate",
        "models",
        "serve",
        "unmark",
        "warm",
        "worker",
    ),
)
"""Each has a module of its name here, and in it that name."""
OBJECTS_A_COLLECTION = 10_000
"""Modules are objects that stay: looking through them at every 700 new ones takes a tenth of a command."""
NOBODY_READS = 1
INTERRUPTED = 130


class _Commands(click.Group):
    """Whoever runs one command does not wait for the modules of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"cleanplate.cli.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="cleanplate")
def cli() -> None:
    """Remove people, objects, text and watermarks from pictures.

    \b
    Try it:
      cleanplate erase photo.jpg mask.png -o clean.jpg
      cleanplate erase photo.jpg --box 40,60,200,120 -o clean.jpg
      cleanplate serve
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; every error is one line on stderr.

    The exit code is 2 for an error that the user can mend, 75 for a database or a store that is away for now,
    70 for one that is ours, 130 after Ctrl-C, and 1 where nobody reads what is written.
    """
    open_closed_streams()
    gc.set_threshold(OBJECTS_A_COLLECTION)
    try:
        code = cli.main(arguments, prog_name="cleanplate", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit:
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 0
    except click.ClickException as error:
        code = _print_error(error.format_message(), BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        discard_output()
        code = NOBODY_READS
    except BaseException as error:
        # Base: the panics of some native libraries are no Exception.
        code = _print_error(error_line(error), exit_code(error))
        discard_output()
    sys.exit(code)


def _print_error(message: str, code: int) -> int:
    click.echo("cleanplate: " + " ".join(message.split()), err=True)
    return code
