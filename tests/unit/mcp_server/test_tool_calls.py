"""A call of a tool within one process: what is refused, what is told, and what a cancel does."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from pathlib import Path
from threading import Event
from typing import Any

import anyio
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import CallToolResult
from PIL import Image
from tests.runtimes import here
from tests.unit.mcp_server.answers import Heard, text

from cleanplate import edit
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadParameter
from cleanplate.mcp_server import tool_calls
from cleanplate.mcp_server.picture_arguments import PictureReader
from cleanplate.mcp_server.result_folder import ResultFolder
from cleanplate.mcp_server.tool_calls import ToolCalls, read_call

BOXES = [[28, 18, 52, 42]]


async def no_fetch(url: str, most_bytes: int) -> bytes:
    raise AssertionError(url)


def calls(folder: Path) -> ToolCalls:
    results, runtime = ResultFolder(folder), here()
    return ToolCalls(PictureReader(True, results, no_fetch, 1000), results, edits(runtime), runtime)


def call(folder: Path, tool: str, **arguments: Any) -> CallToolResult:
    return anyio.run(calls(folder).call, tool, arguments, Heard())


def test_the_result_is_the_librarys(photo: Path, tmp_path: Path) -> None:
    answer = call(tmp_path, "erase", image=str(photo), boxes=BOXES, seed=3)
    path = tmp_path / "photo-erase.png"
    assert not answer.is_error
    assert answer.structured_content["uri"] == path.as_uri()
    wanted = edit("erase", photo, boxes=BOXES, seed=3).array()
    np.testing.assert_array_equal(np.asarray(Image.open(path)), wanted)
    assert text(answer) == f"erase: 80x60 px, image/png.\nWritten to {path}."


def test_edit_does_the_others_and_their_formats(photo: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    marked = np.zeros((60, 80), np.uint8)
    marked[18:42, 28:52] = 255
    Image.fromarray(marked).save(mask)
    answer = call(
        tmp_path,
        "edit",
        edit="inpaint",
        image=str(photo),
        mask=str(mask),
        format="jpeg",
        parameters={"seed": 1},
    )
    assert not answer.is_error
    assert (tmp_path / "photo-inpaint.jpg").read_bytes().startswith(b"\xff\xd8")
    answer = call(tmp_path, "expand", image=str(photo), mask=None, left=1.5, format="jpeg")
    assert answer.structured_content["media_type"] == "image/jpeg"
    assert answer.structured_content["width"] == 120


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("erase", {}, "image: say which picture"),
        ("erase", {"image": 5}, "image: a text is wanted"),
        ("erase", {"image": "a.png", "format": "gif"}, "format: choose one of same, png, jpeg, webp"),
        ("erase", {"image": "a.png", "mask_means": "red"}, "mask_means: choose one of auto"),
        (
            "edit",
            {"image": "a.png", "edit": "inpaint", "seed": 3},
            "seed: parameters of the edit belong into",
        ),
        ("edit", {"image": "a.png", "edit": "inpaint", "parameters": [1]}, "parameters: an object is wanted"),
    ],
)
def test_what_is_no_call_is_told(tool: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        read_call(tool, arguments)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("erase", {"boxes": BOXES, "colour": "red"}, "colour: there is no such field"),
        ("erase", {"boxes": [[1, 2]]}, "boxes"),
        ("erase", {}, "mask: erase needs a mask"),
        ("edit", {"edit": "fly"}, "edit: there is no 'fly'; choose one of"),
        ("edit", {"edit": "inpaint", "parameters": {"runtime": 1}}, "runtime: there is no such field"),
        ("edit", {"edit": "inpaint", "parameters": {"image": "b.png"}}, "image: there is no such field"),
        (
            "edit",
            {"edit": "doodle", "parameters": {"prompt": "a cat"}},
            "no model that can doodle is installed",
        ),
    ],
)
def test_what_cannot_be_done_is_an_answer(
    photo: Path, tmp_path: Path, tool: str, arguments: dict[str, Any], said: str
) -> None:
    answer = call(tmp_path, tool, image=str(photo), **arguments)
    assert answer.is_error
    assert said in text(answer)


WORDS = st.text(max_size=20).filter(lambda text: "://" not in text)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("mask", "keep", "mask_means", "format", "boxes", "find", "left", "edit", "parameters", "seed")


@given(
    st.sampled_from(["erase", "remove_text", "regions", "expand", "upscale", "edit"]),
    st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), ANYTHING, max_size=4),
    ANYTHING,
)
def test_whatever_is_asked_is_answered(tool: str, arguments: dict[str, Any], image: Any) -> None:
    # No picture is there: what is done with one the edits' own tests show
    answer = call(Path("nowhere"), tool, **{**arguments, "image": image})
    assert answer.is_error
    assert text(answer)
    answer.model_dump_json()


def test_progress_grows(photo: Path, tmp_path: Path) -> None:
    heard = Heard()
    anyio.run(calls(tmp_path).call, "erase", {"image": str(photo), "boxes": BOXES}, heard)
    assert heard.shares == sorted(heard.shares)
    assert (heard.shares[0], heard.messages[0]) == (0.0, "read")
    assert (heard.shares[-1], heard.messages[-1]) == (1.0, "done")


def test_a_cancel_ends_the_edit_and_the_next_call_is_done(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Event()

    def endless(name: str, image: bytes, *, progress: Any, **_: Any) -> None:
        try:
            while True:
                progress("fill", 0.5)
        finally:
            ended.set()

    async def main() -> CallToolResult:
        made = calls(tmp_path)
        arguments = {"image": str(photo), "boxes": BOXES}
        with monkeypatch.context() as patch, anyio.CancelScope() as scope:
            patch.setattr("cleanplate.library.edit", endless)
            await made.call(
                "erase", arguments, Heard(lambda said: scope.cancel() if said == "fill" else None)
            )
        assert scope.cancelled_caught
        assert ended.is_set()
        return await made.call("erase", arguments, Heard())

    assert not anyio.run(main).is_error


def test_no_more_than_some_wait(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_calls, "MOST_WAITING", 0)
    answer = call(tmp_path, "erase", image=str(photo), boxes=BOXES)
    assert answer.is_error
    assert "busy" in text(answer)
