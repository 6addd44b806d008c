"""The application behind a socket: who may connect, how long and how much may be sent, and the start."""

from cleanplate.serving.server import serve, server_config

__all__ = ["serve", "server_config"]
