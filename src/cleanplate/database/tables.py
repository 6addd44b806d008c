"""Every table. `migrations/` makes them; a test holds the two together.

Times are Unix milliseconds, UTC. What the columns of `tasks` mean is said once, at `tasks.task.Task`.
"""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, String, Table

METADATA = MetaData()

TASKS = Table(
    "tasks",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("dialect", String, nullable=False),
    Column("model", String, nullable=False),
    Column("edit", String, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("key_id", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger),
    Column("finished_at_ms", BigInteger),
    Column("expires_at_ms", BigInteger),
    Column("compute_ms", BigInteger),
    Column("outputs", JSON, nullable=False),
    Column("failure", JSON(none_as_null=True)),
    Index("tasks_by_age", "created_at_ms", "id"),
    Index("tasks_by_expiry", "expires_at_ms"),
    Index("tasks_by_state", "state", "priority", "created_at_ms"),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("name", String, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("hint", String(4), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    Index("api_keys_by_sha256", "sha256", unique=True),
)
