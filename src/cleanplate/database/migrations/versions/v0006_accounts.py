"""Accounts: what tasks, uploads, replies and usage belong to; and which static key has which number."""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STATIC = re.compile(r"(?:test-)?static-(\d+)")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("account", sa.String))
    op.add_column("key_events", sa.Column("account", sa.String))
    _number_static_keys()
    # Until now each key was alone: what it has is that of the account with its id.
    op.add_column("tasks", sa.Column("account", sa.String, nullable=False, server_default=""))
    tasks = sa.table("tasks", sa.column("key_id", sa.String), sa.column("account", sa.String))
    op.execute(sa.update(tasks).values(account=tasks.c.key_id))
    op.create_index("tasks_by_account", "tasks", ["account", "created_at_ms", "id"])
    op.drop_index("tasks_by_turn", "tasks")
    op.create_index("tasks_by_turn", "tasks", ["account", "interactive", "turn", "state"])
    for table in ("replies", "uploads", "deliveries"):
        op.alter_column(table, "key_id", new_column_name="account")
    _divide_usage()


def _number_static_keys() -> None:
    """The first start after this gives each static key the number that it had by its place."""
    op.create_table(
        "static_keys",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("mac", sa.String(64)),
    )
    most = max(_used_numbers(), default=0)
    if most:
        numbers = sa.table("static_keys", sa.column("number", sa.Integer))
        op.bulk_insert(numbers, [{"number": number} for number in range(1, most + 1)])


def _used_numbers() -> Iterator[int]:
    connection = op.get_bind()
    for table in ("tasks", "usage", "replies", "rates", "uploads", "key_uses"):
        key_id = sa.column("key_id", sa.String)
        named = sa.select(key_id).select_from(sa.table(table)).where(key_id.like("%static-%")).distinct()
        for found in connection.execute(named).scalars():
            if number := _STATIC.fullmatch(found):
                yield int(number[1])


def _divide_usage() -> None:
    """A day of a key becomes a day of a key in an account."""
    columns: list[sa.Column[Any]] = [
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("tasks", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("compute_ms", sa.BigInteger, nullable=False),
    ]
    op.create_table("usage_of_accounts", *columns)
    names = [column.name for column in columns]
    old = sa.table("usage", *(sa.column(name) for name in names if name != "account")).c
    rows = sa.select(old.key_id, old.key_id.label("account"), old.day, old.tasks, old.images, old.compute_ms)
    op.execute(sa.insert(sa.table("usage_of_accounts", *map(sa.column, names))).from_select(names, rows))
    op.drop_table("usage")
    op.rename_table("usage_of_accounts", "usage")
