"""`cleanplate doctor`: what works here, what does not, and what to do about it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleanplate.cli.doctor_places import places
from cleanplate.cli.finding import Finding
from cleanplate.cli.settings_options import checked_runtime, data_option, load_settings

if TYPE_CHECKING:
    from cleanplate.edits.base import Edit
    from cleanplate.fill.networks import NetworkRole
    from cleanplate.runtime.runtime import Runtime
    from cleanplate.weights.card import Card

NOT_WELL = 1
LOW_DISK_BYTES = 1 << 30
WIDTH = 32
ENGINE_PACKAGES = "numba llvmlite opencv-python-headless"
"""What the engines are compiled with and made of."""
FORMAT_PACKAGES: Final[Mapping[str, str]] = {"heif": "pi_heif"}
"""What reads a format that the other packages do not."""


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check this installation, and say what does the work of each edit.

    \b
    ok  works
    --  not here, and the rest works without it; the arrow says what to type for it
    !!  needs mending; the exit code is 1
    """
    chosen, runtime = load_settings(data=data), checked_runtime()
    broken = dict(_broken(runtime))
    findings = [
        *_machine(runtime),
        *_runtimes(broken),
        *_inpainters(runtime),
        _fills(runtime),
        *_edits(broken, runtime),
        _network("moderation", "moderate", broken, runtime),
        *_apis(runtime),
        *_formats(),
        _folder(chosen.data),
        *places(chosen),
    ]
    for finding in findings:
        click.echo(f"{finding.mark}  {finding.what:{WIDTH}} {finding.state}")
        if todo := finding.mend or finding.better:
            click.echo(f"    {'':{WIDTH}} -> {todo}")
    if not all(finding.well for finding in findings):
        sys.exit(NOT_WELL)


def _machine(here: "Runtime") -> Iterator[Finding]:
    from cleanplate import __version__

    yield Finding("cleanplate", f"{__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    room = f"models may take {here.budget_bytes('cpu') / 2**30:.1f} GiB of memory"
    if here.has_gpu:
        room += f", {here.budget_bytes('cuda') / 2**30:.1f} GiB on the GPU"
    if here.device == "cuda" and not here.has_gpu:
        state = "CLEANPLATE_DEVICE is cuda, and no runtime here can use one"
        yield Finding("device", state, "set it to auto, or see what nvidia-smi says", well=False)
    else:
        yield Finding("device", f"{here.device}, {here.precision}; {room}")
    if why := _unusable(_nearest(here.weights)):
        yield Finding("weights folder", why, "mend that, or name another with CLEANPLATE_MODELS", well=False)
    else:
        offline = ", downloads are switched off" if here.offline else ""
        yield Finding("weights folder", f"{here.weights}{offline}")


def _broken(runtime: "Runtime") -> Iterator[tuple[str, str]]:
    """Packages that networks run on and that are here but do not load, and why."""
    from cleanplate.fill.networks import networks

    for name in sorted({need for network in networks(runtime).values() for need in network.card.needs}):
        if find_spec(name) is not None and (why := _unloadable(name)):
            yield name, why


def _unloadable(package: str) -> str:
    """Why it does not load, in one line, or ""."""
    try:
        import_module(package)
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""


def _runtimes(broken: Mapping[str, str]) -> Iterator[Finding]:
    for name, why in broken.items():
        state, mend = f"it does not load: {why}", f"pip install --force-reinstall {name}"
        yield Finding(f"package {name}", state, mend, well=False)


def _inpainters(runtime: "Runtime") -> Iterator[Finding]:
    """Those that are no networks: something is broken where one of them cannot run."""
    from cleanplate.fill.catalogue import inpainters

    for inpainter in inpainters(runtime).values():
        if inpainter.facts.card is not None:
            continue
        why = inpainter.missing(runtime)
        yield Finding(
            f"engine {inpainter.facts.name}",
            why or inpainter.facts.summary,
            f"pip install --force-reinstall {ENGINE_PACKAGES}" if why else "",
            well=not why,
        )


def _fills(runtime: "Runtime") -> Finding:
    """Who makes fills, and what would make them better."""
    from cleanplate.errors import EngineFailed, SetupError
    from cleanplate.fill.choosing import SETTING, check_settings
    from cleanplate.fill.fill_advice import fills

    try:
        check_settings(runtime)
        found = fills(runtime)
    except SetupError as error:
        state, _, mend = error.public.rpartition(": ")
        known = (state, mend) if state != SETTING else (error.public, f"set {SETTING} to one of these")
        return Finding("fills", *known, well=False)
    except EngineFailed:
        return Finding("fills", "nobody", "see the engines above", well=False)
    return Finding("fills", f"{found.state}; {found.gain}" if found.gain else found.state, found.mend)


def _edits(broken: Mapping[str, str], runtime: "Runtime") -> Iterator[Finding]:
    from cleanplate.edits.catalogue import edits

    for edit in edits(runtime).values():
        parts = [_network(f"edit {edit.name} ({role})", role, broken, runtime) for role in edit.roles]
        explained = bool(parts) and (not edit.missing(runtime) or any(part.mend for part in parts))
        if edit.engine or not explained:
            yield _whole(edit, runtime)
        elif len(parts) == 1:
            parts = [replace(parts[0], what=f"edit {edit.name}")]
        yield from parts


def _whole(edit: "Edit", runtime: "Runtime") -> Finding:
    """Whether it can do anything at all, whichever network does what it asks for."""
    what = f"edit {edit.name}"
    if why := edit.missing(runtime):
        return Finding(what, *_state_and_mend(why))
    if not edit.engine:
        return Finding(what, edit.summary)
    names = _fillers(edit.engine, runtime)
    if not names:
        return Finding(what, "nobody fills", "see fills, above", well=False)
    state = f"{' and '.join(names)} fill{'s' if len(names) == 1 else ''}"
    part = edit.limited(runtime).partition(":")[0]
    return Finding(what, f"{state}; {part} a model is needed" if part else state)


def _fillers(name: str, runtime: "Runtime") -> tuple[str, ...]:
    """Who fills where an edit says that this one does; nobody where it cannot."""
    from cleanplate.errors import CleanplateError
    from cleanplate.fill.catalogue import AUTO, inpainter
    from cleanplate.fill.fill_advice import fills

    try:
        return fills(runtime).names if name == AUTO else (inpainter(name, runtime).facts.name,)
    except CleanplateError:
        return ()


def _network(what: str, role: "NetworkRole", broken: Mapping[str, str], runtime: "Runtime") -> Finding:
    """Which network would do it, or why none does and what to type."""
    from cleanplate.fill.networks import candidates
    from cleanplate.models.catalogue import unknown
    from cleanplate.weights.card import nearest

    able = candidates(role, runtime)
    here = [network for network in able if not _absent(network.card, broken, runtime)]
    if here:
        worse = here[0].ranks[role] < able[0].ranks[role]
        better = _better(able[0].card, runtime) if worse else ""
        return Finding(what, f"{here[0].card.name} does it", better=better)
    if not able:
        return Finding(what, *_state_and_mend(unknown(role)))
    near = nearest([network.card for network in able])
    state, mend = _state_and_mend(_absent(near, broken, runtime))
    return Finding(what, f"{near.name}: {state}", mend)


def _better(card: "Card", runtime: "Runtime") -> str:
    """How to get a better one here, where that is one command."""
    simple = not card.gpu and not card.is_here(runtime) and not card.extra
    return f"{card.fetch}, which does it better" if simple else ""


def _absent(card: "Card", broken: Mapping[str, str], runtime: "Runtime") -> str:
    """Why it cannot run here and what to type."""
    found = [name for name in card.needs if name in broken]
    return f"{found[0]} does not load: see above" if found else card.missing(runtime)


def _state_and_mend(why: str) -> tuple[str, str]:
    """What is missing, and what to type for it."""
    state, _, mend = why.rpartition(": ")
    return (state, mend) if state else (mend, "see docs/models.md")


def _apis(runtime: "Runtime") -> Iterator[Finding]:
    import cleanplate.api
    from cleanplate.api import Dialect
    from cleanplate.discovery import discover, origin

    yield Finding("APIs", ", ".join(sorted(discover(cleanplate.api, "DIALECT", Dialect, runtime.plugins))))
    if files := [origin(module) for module in runtime.plugins]:
        yield Finding("plug-ins", ", ".join(files))


def _formats() -> Iterator[Finding]:
    from cleanplate.codecs.codec_table import WRITABLE
    from cleanplate.library import RULES

    deaf = {name: package for name, package in FORMAT_PACKAGES.items() if _unloadable(package)}
    for name, package in deaf.items():
        mend = f"pip install --force-reinstall {package}"
        yield Finding(f"reads {name}", f"the package {package} does not load", mend, well=False)
    yield Finding("reads", ", ".join(name for name in RULES.formats if name not in deaf))
    yield Finding("writes", ", ".join(sorted(WRITABLE)))


def _folder(data: Path) -> Finding:
    nearest = _nearest(data)
    free = shutil.disk_usage(nearest).free
    state = f"{data}, {free / 2**30:.1f} GiB free"
    if why := _unusable(nearest):
        return Finding("data folder", why, "mend that, or name another with --data", well=False)
    if free < LOW_DISK_BYTES:
        mend = "free some space, or name another folder with --data"
        return Finding("data folder", state, mend, well=False)
    return Finding("data folder", state)


def _nearest(folder: Path) -> Path:
    """What is there of it: itself, or where it would be made."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _unusable(nearest: Path) -> str:
    """Why nothing can be written there, or ""."""
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    return "" if os.access(nearest, os.W_OK) else f"{nearest} cannot be written to"
