"""Fair lines: what a task is predicted to take, who waits for it, its turn; whose a callback is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("interactive", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("tasks", sa.Column("cost_ms", sa.BigInteger, nullable=False, server_default="1000"))
    # All at 0: what is in line already stays in order of arrival.
    op.add_column("tasks", sa.Column("turn", sa.Float, nullable=False, server_default="0"))
    op.drop_index("tasks_by_state", "tasks")
    in_line = ["state", "staged", "priority", "turn", "created_at_ms", "id", "scenario", "cost_ms"]
    op.create_index("tasks_in_line", "tasks", in_line)
    op.create_index("tasks_by_turn", "tasks", ["key_id", "interactive", "turn"])
    op.create_index("tasks_by_start", "tasks", ["started_at_ms"])
    op.create_index("tasks_by_edit", "tasks", ["edit", "state", "started_at_ms"])
    _name_keys_of_callbacks()


def _name_keys_of_callbacks() -> None:
    op.add_column("deliveries", sa.Column("key_id", sa.String, nullable=False, server_default=""))
    op.drop_index("deliveries_by_time", "deliveries")
    in_line = ["done_at_ms", "next_at_ms", "key_id", "lease_until_ms"]
    op.create_index("deliveries_by_time", "deliveries", in_line)
    tasks = sa.table("tasks", sa.column("id", sa.String), sa.column("key_id", sa.String))
    deliveries = sa.table("deliveries", sa.column("task_id", sa.String), sa.column("key_id", sa.String))
    whose = sa.select(tasks.c.key_id).where(tasks.c.id == deliveries.c.task_id).scalar_subquery()
    op.execute(sa.update(deliveries).values(key_id=sa.func.coalesce(whose, "")))
