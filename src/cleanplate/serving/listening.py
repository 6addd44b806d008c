"""Sockets that are listened on before anything else is opened."""

import errno
import socket

from cleanplate.errors import SetupError

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Listen: connections wait until somebody takes them. Raises `SetupError`: the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"port {port} on {host} is in use: choose another with --port") from error
        raise SetupError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
