"""`cleanplate doctor`: what works here, what does not, and what to do about it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleanplate.cli.options import data_option, load_settings

if TYPE_CHECKING:
    from cleanplate.models.base import Role

NOT_WELL = 1
LOW_DISK_BYTES = 1 << 30
WIDTH = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        mend: what to type when it is not well, or for more; "" when there is nothing to do.
        well: False when something that should work does not.
    """

    what: str
    state: str
    mend: str = ""
    well: bool = True

    @property
    def mark(self) -> str:
        if not self.well:
            return "!!"
        return "--" if self.mend else "ok"


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check this installation, and say what does the work of each edit.

    \b
    ok  works
    --  not here, and the rest works without it; the arrow says what to type for it
    !!  needs mending; the exit code is 1
    """
    from cleanplate.discovery import load_plugins

    chosen = load_settings(data=data)
    load_plugins(chosen.plugins)
    findings = [*_machine(), *_engines(), _fills(), *_edits(), *_formats(), _folder(chosen.data)]
    for finding in findings:
        click.echo(f"{finding.mark}  {finding.what:{WIDTH}} {finding.state}")
        if finding.mend:
            click.echo(f"    {'':{WIDTH}} -> {finding.mend}")
    if not all(finding.well for finding in findings):
        sys.exit(NOT_WELL)


def _machine() -> Iterator[Finding]:
    from cleanplate import __version__

    yield Finding("cleanplate", f"{__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    from cleanplate.engines.machine import machine

    here = machine()
    room = f"models may take {here.budget_bytes('cpu') / 2**30:.1f} GiB of memory"
    if here.has_gpu:
        room += f", {here.budget_bytes('cuda') / 2**30:.1f} GiB on the GPU"
    if here.device == "cuda" and not here.has_gpu:
        state = "CLEANPLATE_DEVICE is cuda, and no runtime here can use one"
        yield Finding("device", state, "set it to auto, or see what nvidia-smi says", well=False)
    else:
        yield Finding("device", f"{here.device}, {here.precision}; {room}")
    offline = ", downloads are switched off" if here.offline else ""
    yield Finding("weights folder", f"{here.weights}{offline}")


def _engines() -> Iterator[Finding]:
    from cleanplate.engines.catalogue import engines

    for engine in engines().values():
        why = engine.missing()
        yield Finding(
            f"engine {engine.name}",
            why or engine.summary,
            "pip install --force-reinstall cleanplate" if why else "",
            well=not why,
        )


def _fills() -> Finding:
    """Who makes fills, and what would make them better."""
    from cleanplate.edits.advice import fills
    from cleanplate.edits.choosing import SETTING, check_settings
    from cleanplate.errors import SetupError

    try:
        check_settings()
    except SetupError as error:
        state, _, mend = error.public.rpartition(": ")
        known = (state, mend) if state != SETTING else (error.public, f"set {SETTING} to one of these")
        return Finding("fills", *known, well=False)
    found = fills()
    return Finding("fills", f"{found.state}; {found.gain}" if found.gain else found.state, found.mend)


def _filled(edit: str, engine: str) -> Finding:
    """Who fills the holes of an edit."""
    from cleanplate.edits.advice import fills
    from cleanplate.edits.fillers import AUTO
    from cleanplate.errors import CleanplateError

    if engine != AUTO:
        return Finding(f"edit {edit}", f"{engine} fills")
    try:
        names = fills().names
    except CleanplateError:
        return Finding(f"edit {edit}", "nobody fills", "see fills, above", well=False)
    return Finding(f"edit {edit}", f"{' and '.join(names)} fill{'s' if len(names) == 1 else ''}")


def _edits() -> Iterator[Finding]:
    from cleanplate.edits.catalogue import edits

    for edit in edits().values():
        if edit.engine:
            yield _filled(edit.name, edit.engine)
        elif not edit.roles:
            why = edit.missing()
            yield Finding(f"edit {edit.name}", *(_told(why) if why else (edit.summary,)))
        alone = not edit.engine and len(edit.roles) == 1
        for role in edit.roles:
            yield _player(f"edit {edit.name}" if alone else f"edit {edit.name} ({role})", role)


def _player(what: str, role: "Role") -> Finding:
    """Who would play the role, or why nobody does and what to type."""
    from cleanplate.models.catalogue import missing, players

    able = players(role)
    here = [model.name for model in able if not model.missing()]
    if here:
        return Finding(what, f"{here[0]} does it")
    if not able:
        return Finding(what, *_told(missing(role)))
    state, mend = _told(able[0].missing())
    return Finding(what, f"{able[0].name}: {state}", mend)


def _told(why: str) -> tuple[str, str]:
    """What is missing, and what to type for it."""
    state, _, mend = why.rpartition(": ")
    return (state, mend) if state else (mend, "see docs/models.md")


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
        return Finding(
            "data folder", state, f"make {nearest} writable, or name another with --data", well=False
        )
    if free < LOW_DISK_BYTES:
        mend = "free some space, or name another folder with --data"
        return Finding("data folder", state, mend, well=False)
    return Finding("data folder", state)
