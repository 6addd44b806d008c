"""How often the process that did a task died under it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("deaths", sa.Integer, nullable=False, server_default="0"))
