"""Who may ask, and when: IOPaint has no keys, and its page can send none."""

from starlette.requests import Request

from cleanplate.access import Caller
from cleanplate.access.loopback import asks_from_here, is_loopback, local_caller
from cleanplate.settings import Settings


def is_switched_on(settings: Settings) -> bool:
    """Whether this API is served at all (`Dialect.switched_on`)."""
    return settings.iopaint == "on"


def without_key(request: Request, settings: Settings) -> Caller | None:
    """Who asks without a key (`Dialect.keyless`): this machine, of a server that no other can reach."""
    if not is_loopback(settings.host) or settings.public_url:
        return None
    address = None if request.client is None else request.client.host
    return local_caller() if asks_from_here(address, request.headers, settings.cors_origins) else None
