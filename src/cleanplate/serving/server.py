"""`cleanplate serve`: the application behind a socket, and what its operator reads."""

import logging
import os
import socket
import sys
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
from cleanplate.serving.listening import listen
from cleanplate.serving.unknown_variables import describe_unknown
from cleanplate.serving.warming import warm_up
from cleanplate.serving.welcome import address_of, describe_fills, welcome_text
from cleanplate.settings import Settings
from cleanplate.telemetry import setup_logging
from cleanplate.tracing.opening import otlp_secrets

_log = logging.getLogger(__name__)

_FIRST_KEY: Final = "first"
_DRAIN_S: Final = 5
"""Seconds that open requests may take to end after SIGTERM."""


def serve(
    settings: Settings, *, new_database: bool = False, new_store: bool = False, worker: bool = True
) -> None:
    """Serve until SIGINT or SIGTERM. Prints the address and, on the first start, an API key.

    Args:
        new_database, new_store: `build`'s.
        worker: do tasks too; without it other processes do, on the same database.

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
        listen(settings.host, settings.port) as listener,
        metrics_port(registry, settings.metrics_host, settings.metrics_port),
    ):
        app = build(settings, new_database=new_database, new_store=new_store, worker=worker)
        registry.register(app.state.metrics.registry)
        runtime: Runtime = app.state.runtime
        access: Access = app.state.services.access
        address, key = address_of(listener), access.create_first(_FIRST_KEY)
        # A log that is kept shall hold no more than it did: the first key
        shown = settings.studio == "on" and (key is not None or sys.stdout.isatty())
        link = sign_in_link(access, address) if shown else None
        print(welcome_text(address, key, describe_fills(runtime), link), flush=True)
        server = _Server(server_config(app, settings), app.state.services.closing)
        if worker:
            warm_up(settings)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        raise SetupError("the server could not start; the log says why")


def sign_in_link(access: Access, address: str) -> str | None:
    """The link that signs a browser in once, within minutes; None where there is no key to sign in with.

    Its word stands behind a `#`: browsers send that to nobody.
    """
    key_id = access.key_to_sign_in(_FIRST_KEY)
    return None if key_id is None else f"{address}/#sign-in={access.links.make(key_id)}"


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


class _Server(uvicorn.Server):
    """Says that it stops before it waits for open replies to end."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)
