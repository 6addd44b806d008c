"""`cleanplate serve`: the application behind a socket, and what its operator reads."""

import errno
import logging
import os
import socket
import threading
from contextlib import suppress
from typing import Final, Literal

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.errors import SetupError
from cleanplate.memory import give_back_large
from cleanplate.metrics.exposition import metrics_port
from cleanplate.runtime.runtime import Runtime
from cleanplate.serving.descriptors import raise_descriptors
from cleanplate.serving.edge_limits import EdgeConfig, edge_limits
from cleanplate.serving.http1 import Http1
from cleanplate.serving.unknown_variables import describe_unknown
from cleanplate.serving.welcome import address_of, describe_fills, welcome_text
from cleanplate.settings import Settings
from cleanplate.tasks.child_limits import confine
from cleanplate.tasks.child_process import start_process
from cleanplate.telemetry import setup_logging
from cleanplate.tracing.opening import otlp_secrets

_log = logging.getLogger(__name__)

_FIRST_KEY: Final = "first"
_DRAIN_S: Final = 5
"""Seconds that open requests may take to end after SIGTERM."""


def serve(settings: Settings, *, new_database: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. Prints the address and, on the first start, an API key.

    Args:
        new_database: begin anew where the files in the data directory belong to a database that is gone.

    Raises:
        SetupError: a port is taken, there are too few descriptors, or the data directory cannot be used.
    """
    secrets = (*settings.secrets, *otlp_secrets(os.environ))
    setup_logging(settings.log_level, settings.log_format, secrets)
    if unknown := describe_unknown(os.environ):
        _log.warning("%s", unknown)
    raise_descriptors()
    give_back_large()
    registry = CollectorRegistry()
    with (
        _listen(settings.host, settings.port) as listener,
        metrics_port(registry, settings.metrics_host, settings.metrics_port),
    ):
        app = build(settings, new_database=new_database)
        registry.register(app.state.metrics.registry)
        runtime: Runtime = app.state.runtime
        key = create_first_key(app.state.services.access)
        print(welcome_text(address_of(listener), key, describe_fills(runtime)), flush=True)
        server = _Server(server_config(app, settings), app.state.services.closing)
        threading.Thread(target=_warm_up, args=(settings,), name="warm-up", daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        raise SetupError("the server could not start; the log says why")


def server_config(
    app: ASGIApp, settings: Settings, *, lifespan: Literal["auto", "on", "off"] = "auto"
) -> EdgeConfig:
    """How the application is put behind a socket."""
    return EdgeConfig(
        app,
        edge_limits(settings, descriptors=raise_descriptors()),
        http=Http1,
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )


def _warm_up(settings: Settings) -> None:
    """Compile the kernels in a process beside the start: the first task may wait, the port does not."""
    with suppress(OSError, EOFError):  # it was killed; then the first task compiles them
        start_process(_compile_kernels, settings)


def _compile_kernels(settings: Settings) -> None:
    from cleanplate.warm import warm_up

    setup_logging(settings.log_level, settings.log_format, settings.secrets)
    confine()
    try:
        warm_up(Runtime.from_settings(settings))
    except Exception:
        _log.exception("the kernels could not be compiled; fills will fail")


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


def _listen(host: str, port: int) -> socket.socket:
    """Listen before anything else is opened: connections wait until the server takes them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"port {port} on {host} is in use: choose another with --port") from error
        raise SetupError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
