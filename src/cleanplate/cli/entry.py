"""The entry point: the group of commands, and how every error ends: one line on stderr."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from cleanplate import __version__
from cleanplate.cli.doctor import doctor
from cleanplate.cli.edit import edit
from cleanplate.cli.erase import erase
from cleanplate.cli.error_reporting import (
    BAD_INPUT,
    discard_output,
    error_line,
    exit_code,
    open_closed_streams,
)
from cleanplate.cli.keys import keys
from cleanplate.cli.models import models
from cleanplate.cli.serve import serve
from cleanplate.cli.unmark import unmark
from cleanplate.cli.warm import warm

NOBODY_READS = 1
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cleanplate")
def cli() -> None:
    """Remove people, objects, text and watermarks from pictures.

    \b
    Try it:
      cleanplate erase photo.jpg mask.png -o clean.jpg
      cleanplate erase photo.jpg --box 40,60,200,120 -o clean.jpg
      cleanplate serve
    """


for command in (erase, edit, unmark, serve, models, keys, doctor, warm):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; every error is one line on stderr.

    The exit code is 2 for an error that the user can mend, 70 for one that is ours, 130 after Ctrl-C, and 1
    where nobody reads what is written.
    """
    open_closed_streams()
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
