"""Over standard input and output: an assistant's program starts this one, and is its only client."""

from pathlib import Path

import anyio
from mcp.server.stdio import stdio_server

from cleanplate.mcp_server.protocol_server import ProtocolServer
from cleanplate.mcp_server.result_folder import ResultFolder
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings


def serve_stdio(settings: Settings, runtime: Runtime, results: Path | None) -> None:
    """Answer until standard input ends.

    Args:
        results: the folder for results, which is there; None is a temporary one.
    """
    anyio.run(_serve, ProtocolServer(settings, runtime, ResultFolder(results), local=True))


async def _serve(protocol: ProtocolServer) -> None:
    async with protocol.opened() as server, stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
