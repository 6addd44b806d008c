"""`cleanplate serve`: the application behind a socket, and what its operator reads."""

import errno
import logging
import socket
import threading
from contextlib import suppress
from typing import Final

import uvicorn

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.edits.advice import fills
from cleanplate.errors import SetupError
from cleanplate.settings import Settings
from cleanplate.telemetry import setup_logging

_FIRST_KEY: Final = "first"
_DRAIN_S: Final = 5
"""Seconds that open requests may take to end after SIGTERM."""
_KEEP_ALIVE_S: Final = 75
"""Longer than clients pause between polls: one whose connection is dropped sends its submit twice."""


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Prints the address and, on the first start, an API key.

    Raises:
        SetupError: the port is taken, or the data directory cannot be used.
    """
    setup_logging(settings.log_level)
    with _listen(settings.host, settings.port) as listener:
        app = build(settings)
        print(welcome(_address(listener), first_key(app.state.services.access), told_of_fills()), flush=True)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_DRAIN_S,
        )
        server = _Server(config, app.state.services.closing)
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        raise SetupError("the server could not start; the log says why")


def _warm_up() -> None:
    """Compile the kernels beside the start; the first task may wait for them, the port does not."""
    from cleanplate.engines.warm import warm_up

    try:
        warm_up()
    except Exception:
        logging.getLogger(__name__).exception("the kernels could not be compiled; fills will fail")


class _Server(uvicorn.Server):
    """Says that it stops before it waits for open replies to end."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


def first_key(access: Access) -> str | None:
    """The secret of a new key when there was none at all, else None."""
    return None if access.has_any() else access.create(_FIRST_KEY)[1]


def told_of_fills() -> str:
    """Who fills, and what to type for better fills, in one line."""
    found = fills()
    return f"{found.state}; {found.gain}: {found.mend}" if found.gain else found.state


def welcome(address: str, new_key: str | None, filled_by: str = "") -> str:
    """What the operator reads: where the server is, who fills, the new key if there is one, and a line."""
    shown = f"\n  API key, shown this once:  {new_key}\n" if new_key else ""
    fills = f"\n  Holes are filled by:       {filled_by}" if filled_by else ""
    return f"""
  Cleanplate listens at      {address}
  Base URL for DashScope:    {address}/api/v1{fills}
{shown}
  Try it beside a photo.jpg and a mask.png (white = remove):

printf '{{"model":"image-erase-completion","input":{{"image_url":"%s","mask_url":"%s"}}}}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS {address}/api/v1/services/aigc/image2image/image-synthesis -d @- \\
  -H 'X-DashScope-Async: enable' -H 'Authorization: Bearer {new_key or "YOUR-KEY"}'

  Then ask for GET {address}/api/v1/tasks/<task_id> with the same Authorization header.
"""


def _listen(host: str, port: int) -> socket.socket:
    """Listen before anything else is opened: connections wait until the server takes them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"port {port} on {host} is in use: choose another with --port") from error
        raise SetupError(f"cannot listen on {host}, port {port}: {error.strerror}") from error


def _address(listener: socket.socket) -> str:
    """The URL under which this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
