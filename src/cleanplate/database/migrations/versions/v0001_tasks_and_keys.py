"""All tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("dialect", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("edit", sa.String, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("request_id", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("finished_at_ms", sa.BigInteger),
        sa.Column("expires_at_ms", sa.BigInteger),
        sa.Column("compute_ms", sa.BigInteger),
        sa.Column("results", sa.JSON, nullable=False),
        sa.Column("failure", sa.JSON),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("cancel_wanted", sa.Boolean, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("output", sa.String(8), nullable=False),
        sa.Column("callback_url", sa.String),
        sa.Column("deadline_ms", sa.BigInteger),
        sa.Column("ttl_s", sa.Integer),
        sa.Column("scenario", sa.String),
        sa.Column("extra", sa.JSON, nullable=False),
    )
    op.create_index("tasks_by_age", "tasks", ["created_at_ms", "id"])
    op.create_index("tasks_by_expiry", "tasks", ["expires_at_ms"])
    op.create_index("tasks_by_state", "tasks", ["state", "priority", "created_at_ms"])
    op.create_index("tasks_by_key", "tasks", ["key_id", "state"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(4), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger),
        sa.Column("rate_per_s", sa.Float),
        sa.Column("concurrent", sa.Integer),
        sa.Column("images", sa.Integer),
    )
    op.create_index("api_keys_by_sha256", "api_keys", ["sha256"], unique=True)
    _create_metering_and_delivery()


def _create_metering_and_delivery() -> None:
    op.create_table(
        "usage",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("tasks", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("compute_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "replies",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.JSON),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("replies_by_age", "replies", ["created_at_ms"])
    op.create_table(
        "deliveries",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("next_at_ms", sa.BigInteger, nullable=False),
        sa.Column("done_at_ms", sa.BigInteger),
        sa.Column("error", sa.String),
    )
    op.create_index("deliveries_by_time", "deliveries", ["done_at_ms", "next_at_ms"])
    op.create_table(
        "uploads",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("object_key", sa.String, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("uploads_by_expiry", "uploads", ["expires_at_ms"])
