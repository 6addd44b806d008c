"""A fair line: what a task is predicted to take, whether somebody waits for it, and its turn."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


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
