"""`cleanplate keys`: who may use the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleanplate.cli.options import data_option, load_settings

if TYPE_CHECKING:
    from cleanplate.access import Access


@click.group()
def keys() -> None:
    """Make, list and revoke the API keys of a server."""


@keys.command()
@click.option("--name", default="", metavar="TEXT", help="Whose key it is, for the list.")
@data_option
def create(name: str, data: Path | None) -> None:
    """Make a key and print it. It is stored hashed: this is the only time it can be seen."""
    with _access(data) as access:
        _, secret = access.create(name)
    click.echo(secret)


@keys.command("list")
@data_option
def list_keys(data: Path | None) -> None:
    """List the keys: id, state, age, last characters, name."""
    with _access(data) as access:
        rows = access.keys()
    for key in rows:
        made = datetime.fromtimestamp(key.created_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        state = "active" if key.revoked_at_ms is None else "revoked"
        click.echo(f"{key.id}  {state:8}{made}  ...{key.hint}  {key.name}")
    if not rows:
        click.echo("no keys yet; make one with: cleanplate keys create", err=True)


@keys.command()
@click.argument("key_id", metavar="ID")
@data_option
def revoke(key_id: str, data: Path | None) -> None:
    """Refuse the key ID from now on, also in a running server."""
    with _access(data) as access:
        if not access.revoke(key_id):
            raise click.UsageError(f"there is no active key {key_id}; `cleanplate keys list` shows them")
    click.echo(f"revoked {key_id}")


@contextmanager
def _access(data: Path | None) -> Iterator["Access"]:
    from cleanplate.access import Access
    from cleanplate.database import open_database

    chosen = load_settings(data=data)
    engine = open_database(chosen.data / "cleanplate.db", synchronous=chosen.sqlite_synchronous)
    try:
        yield Access(engine, chosen.api_keys)
    finally:
        engine.dispose()
