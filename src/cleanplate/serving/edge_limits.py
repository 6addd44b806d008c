"""What a connection may take: bytes of a head, seconds of each wait, places."""

from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from cleanplate.serving.places import Places
from cleanplate.settings import Settings


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Limits of connections; the settings of the same names say what each is.

    Attributes:
        connections: most of them at once, as many as there are descriptors for.
        per_address: most of one address.
    """

    head_bytes: int
    head_timeout_s: float
    idle_timeout_s: float
    keep_alive_s: float
    write_timeout_s: float
    connections: int
    per_address: int


def edge_limits(settings: Settings, *, descriptors: int) -> EdgeLimits:
    """The limits of these settings.

    Args:
        descriptors: how many the process may have open.
    """
    return EdgeLimits(
        head_bytes=settings.head_bytes,
        head_timeout_s=settings.head_timeout_s,
        idle_timeout_s=settings.idle_timeout_s,
        keep_alive_s=settings.keep_alive_s,
        write_timeout_s=settings.write_timeout_s,
        connections=min(settings.connections, descriptors),
        per_address=settings.connections_per_address,
    )


class EdgeConfig(uvicorn.Config):
    """uvicorn's configuration, with what the protocol of each connection needs beside it.

    Attributes:
        edges: the limits.
        places: the connections there are.
    """

    def __init__(self, app: ASGIApp, edges: EdgeLimits, **options: object) -> None:
        super().__init__(app, **options)  # type: ignore[arg-type]
        self.edges = edges
        self.places = Places(edges.connections, edges.per_address)
