"""Every table. `migrations/` makes them; a test holds the two together.

Times are Unix milliseconds, UTC. What the columns of `tasks` mean is said once, at the parts
of `tasks.task.Task`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
    text,
    true,
)

METADATA = MetaData()

GENERAL = "general"
"""The queue of what every installation can do."""
OPEN_STATES = ("queued", "running")
"""The states of tasks that have not ended."""

_STARTED = text("scenario IS NULL AND started_at_ms IS NOT NULL")
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
    Column("account", String, nullable=False, server_default=""),
    Column("request_id", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger),
    Column("finished_at_ms", BigInteger),
    Column("expires_at_ms", BigInteger),
    Column("compute_ms", BigInteger),
    Column("results", JSON, nullable=False),
    Column("failure", JSON(none_as_null=True)),
    Column("progress", Float, nullable=False),
    Column("cancel_wanted", Boolean, nullable=False),
    Column("count", Integer, nullable=False),
    Column("output", String(8), nullable=False),
    Column("callback_url", String),
    Column("deadline_ms", BigInteger),
    Column("ttl_s", Integer),
    Column("scenario", String),
    Column("extra", JSON, nullable=False),
    Column("staged", Boolean, nullable=False, server_default=true()),
    Column("worker_id", String),
    Column("lease_until_ms", BigInteger),
    Column("interactive", Boolean, nullable=False, server_default=false()),
    Column("cost_ms", BigInteger, nullable=False, server_default="1000"),
    # Its place in line: `tasks.turns`.
    Column("turn", Float, nullable=False, server_default="0"),
    # Which workers may have it: `tasks.queues`.
    Column("queue", String, nullable=False, server_default=GENERAL),
    # Width and height of its picture, "1024x768"; "" where they are not known.
    Column("canvas", String(16), nullable=False, server_default=""),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Index("tasks_by_age", "created_at_ms", "id"),
    Index("tasks_by_expiry", "expires_at_ms"),
    Index("tasks_by_key", "key_id", "state"),
    Index("tasks_by_account", "account", "created_at_ms", "id"),
    # What is next and what is before a task, without a look at the rows.
    Index(
        "tasks_in_line",
        "state",
        "staged",
        "queue",
        "interactive",
        "priority",
        "turn",
        "created_at_ms",
        "id",
        "scenario",
        "cost_ms",
    ),
    # The state is for whether an account has anything unfinished.
    Index("tasks_by_turn", "account", "queue", "interactive", "turn", "state"),
    # Of what was started, and nothing else: so no count of those in line is ever made from it.
    Index(
        "tasks_by_start",
        "queue",
        "interactive",
        "started_at_ms",
        sqlite_where=_STARTED,
        postgresql_where=_STARTED,
    ),
    Index("tasks_by_edit", "edit", "state", "started_at_ms"),
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
    # Limits; null is none.
    Column("rate_per_s", Float),
    Column("concurrent", Integer),
    Column("images", Integer),
    # Null: an account of its own, whose name is the key's id.
    Column("account", String),
    # Whether it may look after the server.
    Column("admin", Boolean, nullable=False, server_default=false()),
    Index("api_keys_by_sha256", "sha256", unique=True),
)

STATIC_KEYS = Table(
    "static_keys",
    METADATA,
    Column("number", Integer, primary_key=True),
    # Null: an earlier version knew it by its place. "": nobody has it any more.
    Column("mac", String(64)),
)
"""The numbers of the environment's keys: `access.static_keys`."""

KEY_USES = Table(
    "key_uses",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("first_at_ms", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
)
"""When each key, static ones too, was used first and last."""

KEY_EVENTS = Table(
    "key_events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("key_id", String, nullable=False),
    Column("event", String(16), nullable=False),
    Column("actor", String, nullable=False),
    Column("account", String),  # that it was put into
    Column("about", String),  # what it did something with: a model
    Index("key_events_by_key", "key_id", "at_ms"),
)
"""The audit log: what was done with keys, and by whom. Nothing is ever removed from it."""

USAGE = Table(
    "usage",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("day", String(10), primary_key=True),  # YYYY-MM-DD, UTC
    Column("tasks", Integer, nullable=False),
    Column("images", Integer, nullable=False),
    Column("compute_ms", BigInteger, nullable=False),
)
"""What each key used on each day, in the account it had then. Only successful pictures count as images."""

REPLIES = Table(
    "replies",
    METADATA,
    Column("account", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    # The id of the task that the request makes, if it makes one.
    Column("task_id", String(36)),
    # Until when whoever answers is taken to live; null when nobody answers.
    Column("lease_until_ms", BigInteger),
    # Null while the first request is still being answered.
    Column("status", Integer),
    Column("headers", JSON(none_as_null=True)),  # [name, value] each
    Column("body", LargeBinary),
    Index("replies_by_age", "created_at_ms"),
)
"""Replies to requests with an Idempotency-Key (`name`)."""

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("task_id", String(36), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("done_at_ms", BigInteger),
    Column("error", String),
    # Who is sending it, and until when nobody else may; null is nobody.
    Column("sender_id", String),
    Column("lease_until_ms", BigInteger),
    Column("account", String, nullable=False, server_default=""),
    Index("deliveries_by_time", "done_at_ms", "next_at_ms", "account", "lease_until_ms"),
)
"""Callbacks that are due, or were given up (`done_at_ms` with an `error`)."""

RATES = Table(
    "rates",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
"""The token bucket of each key that has a limit of submits a second: what it held, and when."""

UPLOADS = Table(
    "uploads",
    METADATA,
    Column("name", String, primary_key=True),  # what the client calls it
    Column("object_key", String, nullable=False),
    Column("account", String, nullable=False),
    Column("model", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index("uploads_by_expiry", "expires_at_ms"),
)
"""Files that clients put here before they submit."""

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String, primary_key=True),
    Column("device", String(8), nullable=False),
    Column("version", String, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("lease_until_ms", BigInteger, nullable=False),
    # It has looked, found nothing, and sleeps until it is called.
    Column("idle", Boolean, nullable=False),
    # The queue whose models it has in memory.
    Column("warm", String, nullable=False),
    Index("workers_that_sleep", "idle", "warm"),
)
"""Who does tasks of a database that several machines share; and who did, lately."""

WORKER_QUEUES = Table(
    "worker_queues",
    METADATA,
    Column("queue", String, primary_key=True),
    Column("worker_id", String, primary_key=True),
)
"""What each of them serves."""

ROUNDS = Table(
    "rounds",
    METADATA,
    Column("name", String, primary_key=True),
    Column("begun_at_ms", BigInteger, nullable=False),
)
"""What one of all processes does now and then, and when one began to do it last."""

INSTALLATION = Table(
    "installation",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Which database this is; SQLite keeps that in the head of its file.
    Column("number", Integer),
    # Programs of this revision and later ones can work on the schema: `schema`.
    Column("oldest_revision", String, nullable=False),
    # Null, or the store that `cleanplate migrate` fills beside it: nobody else may work on it.
    Column("unfinished", String),
)
"""One row. Its columns stay for ever: every later version of the program is asked by every earlier one."""
