"""The native API's replies: edits, the catalogue, usage. Times are RFC 3339 in UTC."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from cleanplate.access import AccountDay
from cleanplate.api.native.native_codes import ErrorInfo
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import Failure, Output, OutputFormat, State, Task


class Result(BaseModel):
    """One of the results that were asked for: a picture, or why there is none."""

    url: str | None = Field(None, description="Works without a key until `expires_at` of the edit.")
    width: int | None = Field(None, description="Pixels.")
    height: int | None = Field(None, description="Pixels.")
    media_type: str | None = None
    recipe: dict[str, Any] | None = Field(None, description="Engine, model, seed, crops, and what changed.")
    error: ErrorInfo | None = None


class EditResource(BaseModel):
    """One edit, from the request until it expires."""

    id: str
    edit: str
    state: State
    cancelling: bool = Field(description="It runs, and stops at its next checkpoint.")
    progress: float = Field(ge=0, le=1, description="Share done.")
    position: int = Field(ge=0, description="How many edits end before this one starts.")
    eta_ms: int | None = Field(description="About how long it still takes; null when unknown.")
    parameters: dict[str, Any]
    count: int
    output: OutputFormat
    quality: int | None
    metadata: Literal["strip", "keep"]
    deadline_ms: int | None
    results: list[Result] = Field(description="Empty until it has ended.")
    error: ErrorInfo | None = Field(description="Why it failed.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When the edit and its pictures are removed.")


class EditPage(BaseModel):
    """One page of edits, newest first."""

    edits: list[EditResource]
    page: int
    page_size: int
    total: int


class CatalogueEntry(BaseModel):
    """One edit that can be asked for."""

    name: str
    summary: str
    available: bool
    missing: str | None = Field(
        description="Why it, or a part of it, cannot run here, and what to do about it."
    )
    parameters: dict[str, Any] = Field(description="JSON schema.")
    masked: bool = Field(description="It looks at a mask; else it works on the whole picture.")
    reference: bool = Field(description="It needs a second picture, `reference`; else it takes none.")
    choices: dict[str, list[str]] = Field(description="By parameter: engines and models that can run here.")


class CatalogueReply(BaseModel):
    """Every edit that this server knows."""

    edits: list[CatalogueEntry]


class UsageRow(BaseModel):
    """One day, UTC. Only edits that succeeded count."""

    day: str
    edits: int
    images: int
    compute_ms: int


class UsageReply(BaseModel):
    """What the caller's account used, newest day first."""

    days: list[UsageRow]
    images: int = Field(description="Sum of the days shown.")


class MeReply(BaseModel):
    """Whose key this request has."""

    id: str = Field(description="Of the key.")
    name: str
    account: str
    admin: bool = Field(description="Whether `/v1/admin` answers.")
    test: bool = Field(description="Edits are simulated.")


Link = Callable[[Task, Output], str]
"""Makes the URL of a finished picture."""


def edit_resource(task: Task, tasks: TaskService, link: Link) -> dict[str, Any]:
    """An `EditResource` as JSON values."""
    return {
        "id": task.id,
        "edit": task.submission.edit,
        "state": task.standing.state.value,
        "cancelling": task.standing.cancel_wanted and task.standing.state is State.RUNNING,
        **edit_progress(task, tasks),
        "parameters": dict(task.submission.parameters),
        "count": task.submission.count,
        "output": task.submission.output,
        "quality": task.submission.quality,
        "metadata": "keep" if task.submission.keeps_metadata else "strip",
        "deadline_ms": task.submission.deadline_ms,
        "results": [_result(task, result, link) for result in task.outcome.results],
        "error": None
        if task.outcome.failure is None
        else _error(task.outcome.failure.code, task.outcome.failure.message),
        "created_at": rfc3339(task.standing.created_at_ms),
        "started_at": rfc3339(task.standing.started_at_ms),
        "finished_at": rfc3339(task.standing.finished_at_ms),
        "expires_at": rfc3339(task.standing.expires_at_ms),
    }


def edit_progress(task: Task, tasks: TaskService) -> dict[str, Any]:
    """How far it is: the part of an edit that changes while it waits and runs."""
    outlook = tasks.outlook(task)
    return {
        "progress": task.standing.progress,
        "position": outlook.position,
        "eta_ms": outlook.eta_ms,
    }


def catalogue_entry(card: EditCard) -> dict[str, Any]:
    """A `CatalogueEntry` as JSON values."""
    missing = card.missing()
    return {
        "name": card.name,
        "summary": card.summary,
        "available": not missing,
        "missing": missing or card.limited() or None,
        "parameters": card.parameters,
        "masked": card.masked,
        "reference": card.reference,
        "choices": card.choices(),
    }


def usage_reply(days: Sequence[AccountDay]) -> dict[str, Any]:
    """A `UsageReply` as JSON values."""
    rows = [
        {"day": day.day, "edits": day.tasks, "images": day.images, "compute_ms": day.compute_ms}
        for day in days
    ]
    return {"days": rows, "images": sum(day.images for day in days)}


def _result(task: Task, result: Output | Failure, link: Link) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"error": _error(result.code, result.message)}
    return {
        "url": link(task, result),
        "width": result.width,
        "height": result.height,
        "media_type": result.media_type,
        "recipe": dict(result.recipe),
    }


def _error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def rfc3339(time_ms: int | None) -> str | None:
    """A time of the service as the API writes it."""
    if time_ms is None:
        return None
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"
