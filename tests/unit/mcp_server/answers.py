"""What the tests of the tools use: listeners, and what is in an answer."""

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcp_types import BlobResourceContents, CallToolResult, ReadResourceResult, ResourceLink

ENDLESS = """
from cleanplate.edits.base import Edit, Parameters


def run(request):
    while True:
        request.progress("waiting", 0.5)


EDIT = Edit(name="endless", summary="never end", parameters=Parameters, run=run)
"""

COMMAND = [sys.executable, "-m", "cleanplate", "mcp"]


def endless_plugin(folder: Path) -> Path:
    """A folder of plug-ins with an edit that ends by being cancelled alone."""
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "endless.py").write_text(ENDLESS)
    return plugins


class Heard:
    """Listens to the progress of a call. `then`: called with each message."""

    def __init__(self, then: Callable[[str], None] | None = None) -> None:
        self.shares: list[float] = []
        self.messages: list[str] = []
        self._then = then

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        assert total == 1.0
        self.shares.append(progress)
        self.messages.append(message or "")
        if self._then is not None:
            self._then(message or "")

    async def report_progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        await self(progress, total, message)


def link_of(answer: CallToolResult) -> ResourceLink:
    link = answer.content[1]
    assert isinstance(link, ResourceLink)
    return link


def bytes_of(read: ReadResourceResult) -> bytes:
    contents = read.contents[0]
    assert isinstance(contents, BlobResourceContents)
    return base64.b64decode(contents.blob)


def text(answer: Any) -> str:
    return str(answer.content[0].text)
