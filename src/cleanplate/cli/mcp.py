"""`cleanplate mcp`."""

from pathlib import Path

import click

from cleanplate.cli.serve import PORT
from cleanplate.cli.settings_options import checked_runtime, load_settings

RESULTS_HELP = "Folder for results; it is made if need be.  [default: a temporary one, named in each answer]"
NOT_INSTALLED = "the MCP server needs a package more: pip install 'cleanplate[mcp]'"


@click.command()
@click.option("--results", type=click.Path(path_type=Path), metavar="DIR", help=RESULTS_HELP)
@click.option("--http", is_flag=True, help="Serve over HTTP at /mcp instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="With --http.")
@click.option(
    "--port", type=PORT, default=8081, show_default=True, metavar="N", help="With --http; 0: a free one."
)
def mcp(results: Path | None, http: bool, host: str, port: int) -> None:
    """Offer the edits as tools to an assistant (Model Context Protocol).

    An assistant's program starts this command and talks to it: name it in that program's configuration.
    Tools: erase, remove_text, regions, expand, upscale, and edit for all others. Pictures are files, URLs
    (public addresses alone) or data; each result is a new file in one folder, and nothing else is written.

    Over HTTP no file of this machine is read, and results are read through the protocol. Beyond this machine,
    and where CLEANPLATE_API_KEYS is set, clients send one of those keys as Bearer.

    \b
    Claude Code:     claude mcp add cleanplate -- cleanplate mcp --results ~/Pictures/cleaned
    Claude Desktop, Cursor (mcp.json):
      {"mcpServers": {"cleanplate": {"command": "cleanplate", "args": ["mcp"]}}}
    VS Code (.vscode/mcp.json):
      {"servers": {"cleanplate": {"command": "cleanplate", "args": ["mcp"]}}}
    Over HTTP:       cleanplate mcp --http --port 8081
    """
    from cleanplate.errors import SetupError, StorageFailed

    try:
        from cleanplate.mcp_server import serve_http, serve_stdio
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types", "anyio"):
            raise
        raise SetupError(NOT_INSTALLED) from None
    if results is not None:
        try:
            results = results.expanduser().resolve()
            results.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFailed(f"--results: cannot make {results}: {error.strerror}") from None
    settings, runtime = load_settings(), checked_runtime()
    if http:
        serve_http(settings, runtime, results, host, port)
    else:
        serve_stdio(settings, runtime, results)
