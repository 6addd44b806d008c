"""Where clients find this server, and the pictures that it made."""

import logging
import re

from starlette.requests import Request

from cleanplate.api.services import Services
from cleanplate.errors import StorageFailed
from cleanplate.settings import Settings
from cleanplate.tasks.task import Output, Task

_log = logging.getLogger(__name__)

_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def result_link(services: Services, base: str, task: Task, output: Output) -> str:
    """Absolute signed URL of a finished picture; it works without a key until the task expires.

    Args:
        base: what it begins with: scheme and host, no slash at the end.
    """
    expires_at_s = (task.standing.expires_at_ms or 0) // 1000
    direct = _direct_link(services, output.key, expires_at_s)
    return direct or base + services.links.sign(output.key, expires_at_s)


def _direct_link(services: Services, key: str, expires_at_s: int) -> str | None:
    """The object storage's own, where such are wanted and it can sign one; the server's is as good else."""
    if services.settings.result_links != "store":
        return None
    try:
        return services.objects.url(key, expires_at_s)
    except StorageFailed as error:
        _log.warning("no link of the store's own: %s", error.log)
        return None


def base_url(settings: Settings, request: Request) -> str:
    """How clients reach this server: the setting, or scheme and Host of the request itself."""
    if settings.public_url:
        return settings.public_url
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        name, port = request.scope.get("server") or ("127.0.0.1", settings.port)
        host = f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"
