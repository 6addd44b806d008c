"""Two lines: what somebody waits for is started before the rest, so each is found by itself."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("tasks_in_line", "tasks")
    by_turn = ["interactive", "priority", "turn", "created_at_ms", "id", "scenario", "cost_ms"]
    op.create_index("tasks_in_line", "tasks", ["state", "staged", *by_turn])
    op.drop_index("tasks_by_start", "tasks")
    op.create_index("tasks_by_start", "tasks", ["interactive", "scenario", "started_at_ms"])
