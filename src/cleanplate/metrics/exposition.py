"""Where Prometheus finds the metrics: on a port of their own, beside the one that strangers reach."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from cleanplate.errors import SetupError

_log = logging.getLogger(__name__)


@contextmanager
def metrics_port(registry: CollectorRegistry, host: str, port: int | None) -> Iterator[None]:
    """Answer every GET on this port with the metrics until the block ends; None is no port, 0 a free one.

    Raises:
        SetupError: it cannot be listened on.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise SetupError(f"metrics: cannot listen on {host}, port {port}: {error.strerror}") from error
    _log.info("metrics are at http://%s:%d/metrics", host, server.server_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
