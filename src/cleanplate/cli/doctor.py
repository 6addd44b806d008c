"""`cleanplate doctor`: what works here, what does not, and what to do about it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from cleanplate.cli.options import data_option, load_settings

NOT_WELL = 1
LOW_DISK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `mend` says what to type when it is not well."""

    what: str
    state: str
    mend: str = ""


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check this installation; the exit code is 1 when something needs mending."""
    folder = load_settings(data=data).data
    findings = [*_machine(), *_engines(), *_edits(), *_formats(), _folder(folder)]
    for finding in findings:
        mark = "!!" if finding.mend else "ok"
        click.echo(f"{mark}  {finding.what:22} {finding.state}")
        if finding.mend:
            click.echo(f"    {'':22} -> {finding.mend}")
    if any(finding.mend for finding in findings):
        sys.exit(NOT_WELL)


def _machine() -> Iterator[Finding]:
    from cleanplate import __version__

    yield Finding("cleanplate", f"{__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")


def _engines() -> Iterator[Finding]:
    from cleanplate.engines.catalogue import engines

    for engine in engines().values():
        why = engine.missing()
        yield Finding(
            f"engine {engine.name}",
            why or engine.summary,
            "pip install --force-reinstall cleanplate" if why else "",
        )


def _edits() -> Iterator[Finding]:
    from cleanplate.edits.catalogue import edits

    for edit in edits().values():
        yield Finding(f"edit {edit.name}", edit.summary)


def _formats() -> Iterator[Finding]:
    from cleanplate.imaging.encode import WRITABLE
    from cleanplate.library import RULES

    yield Finding("reads", ", ".join(RULES.formats))
    yield Finding("writes", ", ".join(sorted(WRITABLE)))


def _folder(data: Path) -> Finding:
    nearest = next(p for p in (data.absolute(), *data.absolute().parents) if p.exists())
    free = shutil.disk_usage(nearest).free
    state = f"{data}, {free / 2**30:.1f} GiB free"
    if not os.access(nearest, os.W_OK):
        return Finding("data folder", state, f"make {nearest} writable, or name another with --data")
    if free < LOW_DISK_BYTES:
        return Finding("data folder", state, "free some space, or name another folder with --data")
    return Finding("data folder", state)
