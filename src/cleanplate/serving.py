"""`cleanplate serve`: the application behind a socket, and what its operator reads."""

import errno
import logging
import socket
import threading
from contextlib import suppress
from typing import Final, Literal

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.errors import SetupError
from cleanplate.fill.fill_advice import fills
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.tasks.child_limits import confine
from cleanplate.tasks.child_process import start_context
from cleanplate.telemetry import setup_logging

_FIRST_KEY: Final = "first"
_DRAIN_S: Final = 5
"""Seconds that open requests may take to end after SIGTERM."""
_KEEP_ALIVE_S: Final = 75
"""Longer than clients pause between polls: one whose connection is dropped sends its submit twice."""
_HEAD_BYTES: Final = 64 * 2**10
"""Most of a request's line and headers."""


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Prints the address and, on the first start, an API key.

    Raises:
        SetupError: the port is taken, or the data directory cannot be used.
    """
    setup_logging(settings.log_level)
    with _listen(settings.host, settings.port) as listener:
        app = build(settings)
        runtime: Runtime = app.state.runtime
        key = create_first_key(app.state.services.access)
        print(welcome_text(_address(listener), key, describe_fills(runtime)), flush=True)
        server = _Server(server_config(app), app.state.services.closing)
        warm = start_context().Process(target=_compile_kernels, args=(settings,), daemon=True)
        threading.Thread(target=warm.start, name="warm-up", daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        raise SetupError("the server could not start; the log says why")


def server_config(app: ASGIApp, *, lifespan: Literal["auto", "on", "off"] = "auto") -> uvicorn.Config:
    """How the application is put behind a socket."""
    return uvicorn.Config(
        app,
        http=_Http1,
        ws="none",
        h11_max_incomplete_event_size=_HEAD_BYTES,
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
    )


class _Http1(H11Protocol):
    """HTTP/1.1 by h11. Not by httptools: a request with `Upgrade` loses its body there, and the body is read
    as the next request, while nearly every Java client offers `Upgrade: h2c` with its POSTs.
    """

    def _unsupported_upgrade_warning(self) -> None:
        """An offer that is not taken is nothing to warn of."""

    def data_received(self, data: bytes) -> None:
        """What comes after the last request of a connection is nothing."""
        if self.conn.their_state not in (h11.MUST_CLOSE, h11.ERROR):
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read; close without a word when another reply has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = msg.encode()
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
            for event in (
                h11.Response(
                    status_code=400, headers=[*headers, ("Connection", "close")], reason=b"Bad Request"
                ),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()


def _compile_kernels(settings: Settings) -> None:
    """Compile the kernels in a process beside the start: the first task may wait, the port does not."""
    from cleanplate.warm import warm_up

    setup_logging(settings.log_level)
    confine()
    try:
        warm_up(Runtime.from_settings(settings))
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


def create_first_key(access: Access) -> str | None:
    """The secret of a new key when there was none at all, else None."""
    return None if access.has_any() else access.create(_FIRST_KEY)[1]


def describe_fills(runtime: Runtime) -> str:
    """Who fills, and what to type for better fills, in one line."""
    found = fills(runtime)
    return f"{found.state}; {found.gain}: {found.mend}" if found.gain else found.state


def welcome_text(address: str, new_key: str | None, filled_by: str = "") -> str:
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
