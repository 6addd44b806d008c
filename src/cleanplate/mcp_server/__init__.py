"""The edits as tools of the Model Context Protocol, for assistants: over stdio, or over HTTP.

`tool_list` says what there is, `picture_arguments` reads what is given, `tool_calls` does it,
`result_folder` keeps what comes of it, `protocol_server` answers the protocol.
"""

from cleanplate.mcp_server.http_transport import serve_http
from cleanplate.mcp_server.stdio_transport import serve_stdio

__all__ = ["serve_http", "serve_stdio"]
