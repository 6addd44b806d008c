"""The use of keys: when each was used first and last, and what was done with it by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "key_uses",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("first_at_ms", sa.BigInteger, nullable=False),
        sa.Column("last_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "key_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
    )
    op.create_index("key_events_by_key", "key_events", ["key_id", "at_ms"])
