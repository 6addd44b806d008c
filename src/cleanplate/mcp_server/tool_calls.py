"""One call of a tool: its pictures are read, the edit is done in a thread, and the result is saved.

While it runs, whoever called hears how far it is. A call that is cancelled ends at the edit's next step.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Final, Protocol, TypeVar, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from mcp_types import CallToolResult, ResourceLink, TextContent

from cleanplate import library
from cleanplate.codecs.codec_table import MEDIA_TYPES, WRITABLE
from cleanplate.edits.base import Edit
from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.intake.picture_rules import Means
from cleanplate.library import Result
from cleanplate.mcp_server.picture_arguments import GivenPicture, PictureReader
from cleanplate.mcp_server.result_folder import ResultFolder, SavedResult
from cleanplate.mcp_server.tool_list import ANY_EDIT, FORMATS, MEANS, PICTURES
from cleanplate.pixels.types import Format
from cleanplate.runtime.runtime import Runtime

T = TypeVar("T")

MOST_WAITING: Final = 16
"""Calls that are there at a time; each may hold four pictures."""
_TELL_S: Final = 0.2
_SUFFIXES: Final[Mapping[str, str]] = {"jpeg": ".jpg", "tiff": ".tif"}
_TOLD_FACTS: Final = ("box", "share")
"""Of a recipe: what an answer in words has too."""


class ProgressTeller(Protocol):
    """Who is told how far a call is."""

    async def report_progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None: ...


class _StoppedError(Exception):
    """The call was cancelled."""


@dataclass(frozen=True, slots=True)
class EditCall:
    """What a tool was asked for."""

    edit: str
    pictures: Mapping[str, str]
    parameters: Mapping[str, Any]
    mask_means: str = "auto"
    format: str = "same"


def read_call(tool: str, arguments: Mapping[str, Any]) -> EditCall:
    """The arguments of a tool; the parameters are looked at by the edit.

    Raises:
        BadParameter: no picture, or an argument of a wrong kind.
    """
    rest = {name: value for name, value in arguments.items() if value is not None}
    pictures = {role: _text(rest.pop(role), role) for role in PICTURES if rest.get(role, "") != ""}
    if "image" not in pictures:
        raise BadParameter("image: say which picture")
    means, chosen = _choice(rest, "mask_means", MEANS), _choice(rest, "format", FORMATS)
    rest = {name: value for name, value in rest.items() if name not in PICTURES}
    if tool != ANY_EDIT:
        return EditCall(tool, pictures, rest, means, chosen)
    edit, parameters = _text(rest.pop("edit", ""), "edit"), rest.pop("parameters", None) or {}
    if rest:
        raise BadParameter(f"{next(iter(rest))}: parameters of the edit belong into `parameters`")
    if not isinstance(parameters, Mapping):
        raise BadParameter("parameters: an object is wanted")
    return EditCall(edit, pictures, parameters, means, chosen)


def _choice(rest: dict[str, Any], name: str, choices: Sequence[str]) -> str:
    """What is chosen; the first where nothing is."""
    chosen = _text(rest.pop(name, choices[0]), name)
    if chosen not in choices:
        raise BadParameter(f"{name}: choose one of {', '.join(choices)}")
    return chosen


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise BadParameter(f"{name}: a text is wanted")
    return value


@dataclass(slots=True)
class _Progress:
    """How far one edit is: written by its thread, read by the event loop."""

    stage: str = "read"
    done: float = 0.0
    stopped: Event = field(default_factory=Event)

    def __call__(self, stage: str, done: float) -> None:
        if self.stopped.is_set():
            raise _StoppedError
        self.stage, self.done = stage, done

    async def watch(self, work: Callable[[], Awaitable[T]], teller: ProgressTeller) -> T:
        """What the work returns or raises, told of meanwhile; where this is cancelled, it is stopped."""
        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._tell, teller)
            try:
                made = await work()
            except Exception as error:  # a group would wrap it
                failure = error
            group.cancel_scope.cancel()
        await anyio.lowlevel.checkpoint()  # a call that was cancelled does not come back
        if failure is not None:
            raise failure
        return made

    async def _tell(self, teller: ProgressTeller) -> None:
        """Say it whenever it has grown, until this is cancelled; then the edit is to stop."""
        told = -1.0
        try:
            while True:
                stage, done = self.stage, self.done
                if done > told:
                    await teller.report_progress(done, 1.0, stage)
                    told = done
                await anyio.sleep(_TELL_S)
        finally:
            self.stopped.set()


class ToolCalls:
    """Does calls, one edit after another.

    Args:
        known: the catalogue.
        runtime: what the edits run by.
    """

    def __init__(
        self, reader: PictureReader, results: ResultFolder, known: Mapping[str, Edit], runtime: Runtime
    ) -> None:
        self._reader, self._results, self._known, self._runtime = reader, results, known, runtime
        self._turn = anyio.CapacityLimiter(1)
        self._here = 0

    async def call(self, tool: str, arguments: Mapping[str, Any], teller: ProgressTeller) -> CallToolResult:
        """The answer. What the caller can mend is one too, with `is_error`."""
        if self._here >= MOST_WAITING:
            return failed("the server is busy: ask again later")
        self._here += 1
        try:
            return await self._answer(read_call(tool, arguments), teller)
        except CleanplateError as error:
            return failed(error.public)
        finally:
            self._here -= 1

    async def _answer(self, asked: EditCall, teller: ProgressTeller) -> CallToolResult:
        self._check(asked)
        pictures = {role: await self._reader.read(value, role) for role, value in asked.pictures.items()}
        progress = _Progress()
        work = partial(self._work, asked, pictures, progress)
        saved, result = await progress.watch(
            partial(anyio.to_thread.run_sync, work, limiter=self._turn), teller
        )
        await teller.report_progress(1.0, 1.0, "done")
        return _answer(asked, saved, result)

    def _check(self, asked: EditCall) -> None:
        """Before anything is fetched. Raises `BadParameter`."""
        edit = self._known.get(asked.edit)
        if edit is None:
            raise BadParameter(
                f"edit: there is no {asked.edit[:60]!r}; choose one of {', '.join(sorted(self._known))}"
            )
        edit.parse(asked.parameters)

    def _work(
        self, asked: EditCall, pictures: Mapping[str, GivenPicture], progress: _Progress
    ) -> tuple[SavedResult, Result]:
        others = {role: given.data for role, given in pictures.items() if role != "image"}
        result = library.edit(
            asked.edit,
            pictures["image"].data,
            mask_means=cast(Means, asked.mask_means),
            progress=progress,
            runtime=self._runtime,
            **others,
            **asked.parameters,
        )
        progress("write", progress.done)
        form = _format_of(asked, result)
        stem = f"{pictures['image'].stem}-{asked.edit}"
        return self._results.save(stem, _SUFFIXES.get(form, f".{form}"), result.encode(form)), result


def _format_of(asked: EditCall, result: Result) -> Format:
    origin = result.pixels.origin.format
    wanted = origin if asked.format == "same" else asked.format
    return next((form for form in WRITABLE if form == wanted), "png")


def _answer(asked: EditCall, saved: SavedResult, result: Result) -> CallToolResult:
    media_type = MEDIA_TYPES[_format_of(asked, result)]
    size = f"{result.pixels.width}x{result.pixels.height} px"
    facts = [f"{name}: {result.recipe[name]}" for name in _TOLD_FACTS if name in result.recipe]
    sentences = [
        f"{asked.edit}: {size}, {media_type}.",
        *facts,
        *(f"Warning: {one}." for one in result.warnings),
    ]
    link = ResourceLink(uri=saved.uri, name=saved.path.name, mime_type=media_type, size=saved.size)
    where = f"Written to {saved.path}." if saved.uri.startswith("file:") else f"Kept as {saved.uri}."
    return CallToolResult(
        content=[TextContent(text="\n".join([*sentences, where])), link],
        structured_content={
            "uri": saved.uri,
            "media_type": media_type,
            "width": result.pixels.width,
            "height": result.pixels.height,
            "warnings": list(result.warnings),
            "recipe": dict(result.recipe),
        },
    )


def failed(text: str) -> CallToolResult:
    """An answer that says what is wrong, for the caller to mend."""
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
