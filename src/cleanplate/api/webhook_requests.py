"""Webhook requests: the dialect's body, and a signature by which a receiver knows who sent it."""

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from cleanplate.api.dialect import Dialect
from cleanplate.api.services import Services
from cleanplate.tasks.task import Task
from cleanplate.webhooks.sender import WebhookRequest

HEADER: Final = "X-Cleanplate-Signature"


def webhook_maker(
    services: Services, dialects: Sequence[Dialect], secret: str
) -> Callable[[Task], WebhookRequest | None]:
    """The function that makes the webhook request of an ended task.

    Links in it begin with the setting `public_url`, or with what the submit was sent to. Each request is
    signed anew: receivers may refuse what is old.

    Args:
        secret: signs the bodies; the receivers know it too.
    """
    known = {dialect.name: dialect for dialect in dialects}

    def webhook_request(task: Task) -> WebhookRequest | None:
        asked = task.submission
        dialect = known.get(asked.dialect)
        if dialect is None or dialect.webhook_body is None or asked.callback_url is None:
            return None
        base = services.settings.public_url or asked.extra.get("base_url", "")
        body = orjson.dumps(dialect.webhook_body(services, task, base))
        own = {HEADER: signature(secret, body, int(time.time())), "X-Request-Id": asked.request_id}
        vendors = {} if dialect.webhook_headers is None else dialect.webhook_headers(task, body)
        headers = {**vendors, **own}
        return WebhookRequest(asked.callback_url, body, headers, dialect.webhook_tries, asked.trace)

    return webhook_request


def signature(secret: str, body: bytes, now_s: int) -> str:
    """`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<Unix seconds>.<body>`."""
    signed = hmac.new(secret.encode(), b"%d.%b" % (now_s, body), hashlib.sha256)
    return f"t={now_s},v1={signed.hexdigest()}"
