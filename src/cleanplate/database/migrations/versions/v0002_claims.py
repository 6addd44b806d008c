"""Claims: who works on a task or a callback and until when, which tasks can run, and the rates of keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("staged", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("tasks", sa.Column("worker_id", sa.String))
    op.add_column("tasks", sa.Column("lease_until_ms", sa.BigInteger))
    op.add_column("deliveries", sa.Column("sender_id", sa.String))
    op.add_column("deliveries", sa.Column("lease_until_ms", sa.BigInteger))
    op.create_table(
        "rates",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    _find_what_is_not_staged()


def _find_what_is_not_staged() -> None:
    """Queued tasks with URLs, whether those were fetched or not, and simulated ones that only wait."""
    tasks = sa.table(
        "tasks",
        sa.column("id", sa.String),
        sa.column("state", sa.String),
        sa.column("inputs", sa.JSON),
        sa.column("scenario", sa.String),
        sa.column("staged", sa.Boolean),
    )
    row, connection = tasks.c, op.get_bind()
    queued = connection.execute(
        sa.select(row.id, row.inputs, row.scenario).where(row.state == "queued")
    ).all()
    for task_id, inputs, scenario in queued:
        if any(given["url"] for given in inputs.values()) or (scenario or "").startswith("queued"):
            connection.execute(sa.update(tasks).where(row.id == task_id).values(staged=False))
