"""Logging: one readable line per record on stderr, with the fields of `extra` and the request's id."""

import logging
import sys
import time
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the HTTP request being answered; empty outside of one."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class LineFormatter(logging.Formatter):
    """`2026-11-21T10:22:00.496Z INFO cleanplate.tasks.worker: task ended id=… state=… request_id=…`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if request_id.get():
            fields["request_id"] = request_id.get()
        line = super().formatMessage(record) + "".join(f" {name}={value}" for name, value in fields.items())
        # Text from outside must not be able to forge a second record.
        return line.replace("\r", "\\r").replace("\n", "\\n")


def setup_logging(level: str) -> None:
    """Send records of `level` and above to stderr, replacing earlier handlers of the root logger."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Chatty below WARNING, and no business of an operator.
    for name in ("asyncio", "alembic", "aiohttp", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
