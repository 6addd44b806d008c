"""Command lines of files, read as the program would, without running it."""

from collections.abc import Sequence

import click

from cleanplate.cli.entry import cli


def check_command_line(words: Sequence[str]) -> None:
    """Make sure that the program knows the command and its options.

    Args:
        words: what follows `cleanplate`.

    Raises:
        click.UsageError: it does not.
    """
    command: click.Command = cli
    context, left = None, list(words)
    while isinstance(command, click.Group):
        context = click.Context(command, context)
        _, found, left = command.resolve_command(context, left)
        assert found is not None
        command = found
    command.make_context(command.name, left, parent=context)
