"""Callbacks as they go out: the dialect's body, and a signature by which a receiver knows who sent it."""

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from cleanplate.api.base import Dialect, Services
from cleanplate.tasks.task import Task
from cleanplate.webhooks.sender import WebhookRequest

HEADER: Final = "X-Cleanplate-Signature"


def letters(
    services: Services, dialects: Sequence[Dialect], secret: str
) -> Callable[[Task], WebhookRequest | None]:
    """The function that writes the callback of an ended task.

    Links in it begin with the setting `public_url`, or with what the submit was sent to. Each writing is
    signed anew: receivers may refuse what is old.

    Args:
        secret: signs the bodies; the receivers know it too.
    """
    known = {dialect.name: dialect for dialect in dialects}

    def letter(task: Task) -> WebhookRequest | None:
        dialect = known.get(task.dialect)
        if dialect is None or dialect.callback is None or task.callback_url is None:
            return None
        base = services.settings.public_url or task.extra.get("base_url", "")
        body = orjson.dumps(dialect.callback(services, task, base))
        headers = {HEADER: signature(secret, body, int(time.time()))}
        return WebhookRequest(task.callback_url, body, headers, dialect.callback_tries)

    return letter


def signature(secret: str, body: bytes, now_s: int) -> str:
    """`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<Unix seconds>.<body>`."""
    signed = hmac.new(secret.encode(), b"%d.%b" % (now_s, body), hashlib.sha256)
    return f"t={now_s},v1={signed.hexdigest()}"
