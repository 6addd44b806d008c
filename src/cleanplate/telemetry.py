"""Logging: one line per record on stderr, to read or as JSON, with the request's id and without secrets."""

import json
import logging
import re
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal

LogFormat = Literal["text", "json"]

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the HTTP request that is answered, or that asked for the task that is worked on; else empty."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_HIDDEN: Final = "***"
_SECRETS: Final = (
    # With bounds: what is long and made up must not make a line cost seconds
    # What an address says beside where it leads: names, passwords, signatures
    ("@", re.compile(r"(\b\w{1,20}://)[^\s/@'\"]{0,1000}@"), rf"\1{_HIDDEN}@"),
    (
        "?",
        re.compile(r"(\b\w{1,20}://[^\s?'\"]{0,1000}|/results/[^\s?'\"]{0,300})\?[^\s'\")>]+"),
        rf"\1?{_HIDDEN}",
    ),
    # Keys of ours and of vendors, and what signs
    ("", re.compile(r"\b(cp-|test-|sk-|whsec_)[A-Za-z0-9_-]{16,}"), rf"\1{_HIDDEN}"),
    (
        "",
        re.compile(r"(?i)\b(bearer|x-api-key:?|signature=|password=|token=)(\s*)[^\s,;'\"&]+"),
        rf"\1\2{_HIDDEN}",
    ),
)
"""What no such text is without, a pattern of it, and what stands there instead."""
_LONGEST: Final = 16_000
"""Of a line, in characters: a traceback fits; what comes from outside and is longer is nothing to read."""
_SHORTEST_KEY: Final = 6
"""A shorter static key could be a part of any word."""


@contextmanager
def working_for(request: str) -> Iterator[None]:
    """Within the block, this thread or task works for that request: its lines have the request's id."""
    token = request_id.set(request)
    try:
        yield
    finally:
        request_id.reset(token)


def hideable(secrets: Collection[str]) -> tuple[str, ...]:
    """Those that are too long to be a part of just any word."""
    return tuple(secret for secret in secrets if len(secret) >= _SHORTEST_KEY)


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """The text without what opens something: user names and queries of URLs, keys, these `secrets`.

    One of more than 16,000 characters is cut.
    """
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    for sign, pattern, instead in _SECRETS:
        if sign in text:
            text = pattern.sub(instead, text)
    return text


class LineFormatter(logging.Formatter):
    """`2026-11-21T10:22:00.496Z INFO cleanplate.tasks.worker: task ended id=… state=… request_id=…`.

    Args:
        secrets: that are taken out wherever they stand.
    """

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.converter = time.gmtime
        self._secrets = hideable(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        fields = _fields(record)
        line = super().formatMessage(record) + "".join(f" {name}={value}" for name, value in fields.items())
        # Text from outside must not be able to forge a second record.
        return line.replace("\r", "\\r").replace("\n", "\\n")


class JsonFormatter(LineFormatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, the fields, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        hidden = {name: self._hidden(value) for name, value in said.items()}
        return json.dumps(hidden, ensure_ascii=False, default=str)

    def _hidden(self, value: Any) -> Any:
        plain = value is None or isinstance(value, bool | int | float)
        return value if plain else redact(str(value), self._secrets)


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if request_id.get():
        fields["request_id"] = request_id.get()
    return fields


def setup_logging(level: str, log_format: LogFormat = "text", secrets: Collection[str] = ()) -> None:
    """Send records of `level` and above to stderr, replacing earlier handlers of the root logger.

    Args:
        secrets: that must never be shown: keys of the environment.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonFormatter if log_format == "json" else LineFormatter)(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Chatty below WARNING, and no business of an operator.
    for name in ("asyncio", "alembic", "aiohttp", "PIL", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
