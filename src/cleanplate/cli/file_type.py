"""A file or a folder, as a parameter of a command."""

from pathlib import Path
from typing import Any

import click

from cleanplate.intake.named_file import file_name_fault


class FileType(click.Path):
    """A path; the empty name, which would be the folder one is in, and addresses are refused."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and (fault := file_name_fault(value)):
            self.fail(fault, param, ctx)
        return super().convert(value, param, ctx)
