"""`cleanplate keys`: who may use the server."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleanplate.cli.key_limit_options import LimitOptions, describe_limits, limit_options
from cleanplate.cli.settings_options import data_option, existing_data, load_settings

if TYPE_CHECKING:
    from cleanplate.access import Access
    from cleanplate.settings import Settings
    from cleanplate.storage.server_secret import ServerSecret

_DATABASE: Final = "cleanplate.db"


@click.group()
def keys() -> None:
    """Make, list, limit and revoke the API keys of a server, and see what they used."""


@keys.command()
@click.option("--name", default="", metavar="TEXT", help="Whose key it is, for the list.")
@click.option("--test", is_flag=True, help="For client tests: it plays scenarios instead of doing work.")
@click.option(
    "--account", metavar="NAME", help="Whose it is: keys of one account see the same tasks. Else it is alone."
)
@click.option(
    "--admin", is_flag=True, help="It may look after the server: make and revoke keys, pull models."
)
@limit_options
@data_option
def create(
    name: str, test: bool, account: str | None, admin: bool, limits: LimitOptions, data: Path | None
) -> None:
    """Make a key and print it. It is stored hashed: this is the only time it can be seen.

    Its limits are those given, else those of --preset, else those of CLEANPLATE_LIMITS_PRESET. With the ID of
    another key for its account it shares what that key has.
    """
    with _access(data, new=True) as access:
        wanted = limits.applied_to(access.preset)
        _, secret = access.create(name, limits=wanted, test=test, account=account, admin=admin)
    click.echo(secret)


@keys.command("account")
@click.argument("key_id", metavar="ID")
@click.argument("name", metavar="NAME")
@data_option
def set_account(key_id: str, name: str, data: Path | None) -> None:
    """Put the key ID into the account NAME, also in a running server. Its own ID makes it alone again.

    Its tasks so far, its uploads and what it used stay with the account that it had.
    """
    with _access(data) as access:
        account = access.move(key_id, name)
    if account is None:
        raise click.UsageError(f"there is no active key {key_id}; `cleanplate keys list` shows them")
    click.echo(f"{key_id}: account {account}; its tasks so far stay where they were")


@keys.command("admin")
@click.argument("key_id", metavar="ID")
@click.option("--off", is_flag=True, help="Take the right.")
@data_option
def set_admin(key_id: str, off: bool, data: Path | None) -> None:
    """Let the key ID look after the server, from its next request on: make and revoke keys, pull models."""
    with _access(data) as access:
        had = access.has_admin()
        if not access.set_admin(key_id, not off):
            raise click.UsageError(f"there is no active key {key_id}; `cleanplate keys list` shows them")
        click.echo(f"{key_id}: {'no admin key' if off else 'admin key'}")
        _tell_of_no_admin(access, had)


@keys.command()
@click.argument("key_id", metavar="ID")
@limit_options
@data_option
def limit(key_id: str, limits: LimitOptions, data: Path | None) -> None:
    """Change the limits of the key ID, also in a running server. What is not named stays as it is."""
    with _access(data) as access:
        after = limits.applied_to(access.limits(key_id))
        if not access.set_limits(key_id, after):
            raise click.UsageError(f"there is no active key {key_id}; `cleanplate keys list` shows them")
    click.echo(f"{key_id}: {describe_limits(after)}")


@keys.command()
@click.argument("key_id", metavar="[ID]", required=False)
@click.option("--days", type=click.IntRange(1, 36500), default=30, show_default=True, metavar="N")
@data_option
def usage(key_id: str | None, days: int, data: Path | None) -> None:
    """Show what each key, or the key ID, used on each day (UTC). Only successful tasks count."""
    with _access(data) as access:
        rows = access.usage(key_id, days=days)
        known = access.keys()
    if not rows:
        click.echo(f"nothing was used in {days} days", err=True)
        return
    names = {key.id: key.name for key in known}
    click.echo(f"{'day':12}{'tasks':>8}{'images':>8}{'compute s':>12}  key")
    for row in rows:
        counts = f"{row.tasks:>8}{row.images:>8}{row.compute_ms / 1000:>12.1f}"
        account = "" if row.account == row.key_id else f"account {row.account}  "
        click.echo(f"{row.day:12}{counts}  {row.key_id}  {account}{names.get(row.key_id, '')}".rstrip())


@keys.command("list")
@data_option
def list_keys(data: Path | None) -> None:
    """List the keys: id, state, made, last use, limits, last characters, rights, account, name (UTC)."""
    with _access(data) as access:
        rows = access.keys()
    for key in rows:
        made = _minute(key.created_at_ms)
        used = "never used" if key.used_at_ms is None else f"used {_minute(key.used_at_ms)}"
        state = "active" if key.revoked_at_ms is None else "revoked"
        limits = describe_limits(key.limits)
        account = "" if key.account is None else f"account {key.account}  "
        admin = "admin  " if key.admin else ""
        shown = f"{key.id}  {state:8}{made}  {used}  {limits}  ...{key.hint}  {admin}{account}{key.name}"
        click.echo(shown.rstrip())
    if not rows:
        click.echo("no keys yet; make one with: cleanplate keys create", err=True)


@keys.command()
@click.argument("key_id", metavar="ID")
@data_option
def revoke(key_id: str, data: Path | None) -> None:
    """Refuse the key ID from now on, also in a running server."""
    with _access(data) as access:
        had = access.has_admin()
        if not access.revoke(key_id):
            raise click.UsageError(f"there is no active key {key_id}; `cleanplate keys list` shows them")
        click.echo(f"revoked {key_id}")
        _tell_of_no_admin(access, had)


@keys.command()
@click.argument("key_id", metavar="[ID]", required=False)
@click.option("--days", type=click.IntRange(1, 36500), default=30, show_default=True, metavar="N")
@data_option
def audit(key_id: str | None, days: int, data: Path | None) -> None:
    """Show what was done with each key, or the key ID, when and by whom (times are UTC).

    It was made, limited, moved to another account, made an admin key or none, first used, revoked; or it
    pulled a model.
    """
    with _access(data) as access:
        entries = access.audit(key_id, days=days)
    for entry in entries:
        account = "" if entry.account is None else f"  account {entry.account}"
        about = "" if entry.about is None else f"  {entry.about}"
        click.echo(f"{_minute(entry.at_ms)}  {entry.event:14}{entry.key_id}  {entry.actor}{account}{about}")
    if not entries:
        click.echo(f"nothing was done with keys in {days} days", err=True)


def _tell_of_no_admin(access: "Access", had: bool) -> None:
    """Nobody is locked out by that: who has this machine makes another one."""
    if had and not access.has_admin():
        click.echo("no admin key is left; make one with: cleanplate keys create --admin", err=True)


def _minute(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


@keys.command("webhook-secret")
@data_option
def show_webhook_secret(data: Path | None) -> None:
    """Print what signs the callbacks of this server, for those who receive them."""
    from cleanplate.storage.server_secret import load_secret

    settings = load_settings(data=data)
    secret = (
        _shared_secret(settings) if settings.database_url else load_secret(existing_data(data) / "secret")
    )
    click.echo(secret.for_webhooks())


def _shared_secret(settings: "Settings") -> "ServerSecret":
    """That of a cluster."""
    from cleanplate.database import open_server_database, transaction
    from cleanplate.storage.open_blobs import open_blobs
    from cleanplate.storage.server_secret import load_shared_secret
    from cleanplate.tasks.belonging import StorePlace, check_belonging

    if not settings.store:
        raise click.UsageError("the secret of a cluster is in its store, and CLEANPLATE_STORE names none")
    engine = open_server_database(settings.database_url, connections=2, pooler=settings.database_pooler)
    try:
        blobs = open_blobs(settings)
        check_belonging(engine, blobs, StorePlace(named=True, shared=True))
        return load_shared_secret(blobs, lambda: transaction(engine, alone=("secret",)))
    finally:
        engine.dispose()


def _actor() -> str:
    """Who types: the user of the machine, where it knows one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a table of users
        return f"uid {os.getuid()}"


@contextmanager
def _access(data: Path | None, *, new: bool = False) -> Iterator["Access"]:
    """The keys of a data directory, which is made only where a `new` one may be meant."""
    from cleanplate.access import Access
    from cleanplate.database import open_database, open_server_database
    from cleanplate.key_limits import PRESETS

    chosen = load_settings(data=data)
    if chosen.database_url:
        engine = open_server_database(chosen.database_url, connections=2, pooler=chosen.database_pooler)
    else:
        folder = chosen.data if new else existing_data(data)
        engine = open_database(folder / _DATABASE, synchronous=chosen.sqlite_synchronous)
    try:
        yield Access(engine, preset=PRESETS[chosen.limits_preset], actor=_actor())
    finally:
        engine.dispose()
