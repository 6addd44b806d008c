"""The command as an assistant's program starts it, spoken to by the protocol's own client."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from pathlib import Path

import anyio
from mcp import Client, MCPError, StdioServerParameters
from tests.unit.mcp_server.answers import COMMAND, Heard, bytes_of, endless_plugin, link_of, text


def started(*options: str, env: dict[str, str] | None = None) -> Client:
    command, *arguments = [*COMMAND, *options]
    return Client(StdioServerParameters(command=command, args=arguments, env=env), read_timeout_seconds=120)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_picture_is_cleaned_and_the_result_is_a_link(photo: Path, tmp_path: Path, mode: str) -> None:
    heard, folder = Heard(), tmp_path / "cleaned"

    async def main() -> None:
        client = started("--results", str(folder))
        client.mode = mode
        async with client:
            tools = await client.list_tools()
            assert tools.tools[0].name == "erase"
            box = {"boxes": [[28, 18, 52, 42]]}
            answer = await client.call_tool("erase", {"image": str(photo), **box}, progress_callback=heard)
            link = link_of(answer)
            assert (link.type, link.mime_type) == ("resource_link", "image/png")
            assert link.uri == (folder / "photo-erase.png").as_uri()
            wide = await client.call_tool("expand", {"image": link.uri, "left": 1.2})
            assert not wide.is_error, text(wide)
            assert bytes_of(await client.read_resource(link.uri)) == (folder / "photo-erase.png").read_bytes()
            assert len((await client.list_resources()).resources) == 2
            with pytest.raises(MCPError, match="there is no result"):
                await client.read_resource(photo.as_uri())
            with pytest.raises(MCPError, match="there is no tool"):
                await client.call_tool("fly", {})
            refused = await client.call_tool("erase", {"image": "http://127.0.0.1:1/a.png", **box})
            assert refused.is_error
            assert "address is not allowed" in text(refused)

    anyio.run(main)
    assert heard.shares[-1] == 1.0
    assert {one.name for one in folder.iterdir()} == {"photo-erase.png", "photo-erase-expand.png"}


def test_a_cancelled_call_makes_room_for_the_next(photo: Path, tmp_path: Path) -> None:
    async def main() -> None:
        env = {"CLEANPLATE_PLUGINS": str(endless_plugin(tmp_path))}
        async with started("--results", str(tmp_path / "out"), env=env) as client:
            with anyio.CancelScope() as scope:
                stop = Heard(lambda said: scope.cancel() if said == "waiting" else None)
                arguments = {"edit": "endless", "image": str(photo)}
                await client.call_tool("edit", arguments, progress_callback=stop)
            assert scope.cancelled_caught
            # Edits are done one after another: this one is answered once the other has ended
            answer = await client.call_tool("expand", {"image": str(photo), "left": 1.1})
            assert not answer.is_error

    anyio.run(main)
