"""The protocol: which tools there are, what a call of one gives, what lies behind the link of a result."""

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    Tool,
)

from cleanplate.codecs.codec_table import MEDIA_TYPES, format_of_suffix
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadInput
from cleanplate.intake.fetch import Fetcher
from cleanplate.mcp_server.picture_arguments import PictureReader
from cleanplate.mcp_server.result_folder import ResultFolder, SavedResult
from cleanplate.mcp_server.tool_calls import ToolCalls, failed
from cleanplate.mcp_server.tool_list import tool_list
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.version import __version__

_log = logging.getLogger(__name__)

INSTRUCTIONS: Final = (
    "Cleanplate removes people, objects, text and watermarks from pictures on this machine, and extends, "
    "enlarges and edits them. Outside what a mask covers a picture is not changed. Say what to erase by "
    "`boxes` ([left, top, right, bottom] in pixels), by `mask`, or by words in `find`; look first with "
    "`regions` what words would be taken for. A result is a file, and its URI can be the next call's `image`."
)
_INTERNAL: Final = "an internal error has occurred; the log of the server says more"


@dataclass(slots=True)
class ProtocolServer:
    """Answers the protocol, for every client of this process.

    Attributes:
        local: pictures may be files of this machine, and results are: the client is a program of the user's.
    """

    settings: Settings
    runtime: Runtime
    results: ResultFolder
    local: bool

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Server[Any]]:
        """The server, while it may be asked. Belongs to one event loop."""
        settings = self.settings
        fetcher = Fetcher(
            settings.fetch_allow,
            timeout_s=settings.fetch_timeout_s,
            memory_bytes=settings.fetch_memory_bytes,
        )
        reader = PictureReader(self.local, self.results, fetcher.fetch, settings.fetch_memory_bytes // 2)
        known = edits(self.runtime)
        calls = ToolCalls(reader, self.results, known, self.runtime)
        try:
            yield self._server(calls, tool_list(known, self.runtime, local=self.local))
        finally:
            await fetcher.close()
            self.results.close()

    def _server(self, calls: ToolCalls, tools: list[Tool]) -> Server[Any]:
        names = {tool.name for tool in tools}

        async def list_tools(
            ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return ListToolsResult(tools=tools)

        async def call_tool(ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
            if params.name not in names:
                raise MCPError(INVALID_PARAMS, f"there is no tool {params.name[:60]!r}")
            try:
                return await calls.call(params.name, params.arguments or {}, ctx.session)
            except Exception:
                # Whatever a plug-in or a library raises is an answer here: the connection goes on
                _log.exception("the tool %s failed", params.name)
                return failed(_INTERNAL)

        async def list_resources(
            ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None
        ) -> ListResourcesResult:
            # Over HTTP there may be several clients: each has the links of its own results
            saved = self.results.saved if self.local else []
            return ListResourcesResult(resources=[_resource(one) for one in saved])

        async def read_resource(
            ctx: ServerRequestContext[Any], params: ReadResourceRequestParams
        ) -> ReadResourceResult:
            uri = str(params.uri)
            try:
                data = await anyio.to_thread.run_sync(partial(self.results.read, uri))
            except BadInput as error:
                raise MCPError(INVALID_PARAMS, error.public) from None
            blob = base64.b64encode(data).decode()
            return ReadResourceResult(
                contents=[BlobResourceContents(uri=uri, mime_type=_media_type(uri), blob=blob)]
            )

        return Server(
            "cleanplate",
            version=__version__,
            title="Cleanplate",
            instructions=INSTRUCTIONS,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            on_list_resources=list_resources,
            on_read_resource=read_resource,
        )


def _resource(saved: SavedResult) -> Resource:
    return Resource(uri=saved.uri, name=saved.path.name, mime_type=_media_type(saved.uri), size=saved.size)


def _media_type(uri: str) -> str:
    return MEDIA_TYPES[format_of_suffix(f".{uri.rpartition('.')[2]}")]
