"""Keys that may look after the server; and what a line of the audit log was about, where it was no key."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # No key that is there gets the right: `cleanplate keys admin` gives it
    op.add_column("api_keys", sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("key_events", sa.Column("about", sa.String))
