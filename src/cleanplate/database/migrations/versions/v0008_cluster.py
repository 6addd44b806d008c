"""Several machines: queues, sizes of pictures, workers and what they serve, leases of replies."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("queue", sa.String, nullable=False, server_default="general"))
    op.add_column("tasks", sa.Column("canvas", sa.String(16), nullable=False, server_default=""))
    by_turn = ["interactive", "priority", "turn", "created_at_ms", "id", "scenario", "cost_ms"]
    op.drop_index("tasks_in_line", "tasks")
    op.create_index("tasks_in_line", "tasks", ["state", "staged", "queue", *by_turn])
    op.drop_index("tasks_by_turn", "tasks")
    op.create_index("tasks_by_turn", "tasks", ["account", "queue", "interactive", "turn", "state"])
    op.drop_index("tasks_by_start", "tasks")
    started = sa.text("scenario IS NULL AND started_at_ms IS NOT NULL")
    by_start = ["queue", "interactive", "started_at_ms"]
    op.create_index("tasks_by_start", "tasks", by_start, sqlite_where=started, postgresql_where=started)
    op.add_column("replies", sa.Column("task_id", sa.String(36)))
    op.add_column("replies", sa.Column("lease_until_ms", sa.BigInteger))
    op.create_table(
        "workers",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("device", sa.String(8), nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("concurrency", sa.Integer, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger, nullable=False),
        sa.Column("idle", sa.Boolean, nullable=False),
        sa.Column("warm", sa.String, nullable=False),
    )
    op.create_index("workers_that_sleep", "workers", ["idle", "warm"])
    op.create_table(
        "worker_queues",
        sa.Column("queue", sa.String, primary_key=True),
        sa.Column("worker_id", sa.String, primary_key=True),
    )
    op.create_table(
        "rounds",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    )
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer),
        sa.Column("oldest_revision", sa.String, nullable=False),
        sa.Column("unfinished", sa.String),
    )
    op.bulk_insert(installation, [{"id": 1, "number": None, "oldest_revision": "0008"}])
