"""A task: one edit asked for once, from submit to expiry. States and the table of legal moves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

from cleanplate.database.tables import GENERAL
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Source
from cleanplate.tracing.spans import NO_TRACE, Attributes, TraceContext

TRACE: Final = "w3c_trace_context"
QUALITY: Final = "output_quality"
"""Where `Submission.extra` keeps these two."""
KEEPS_METADATA: Final = "output_keeps_metadata"
"""Where it keeps that results have the picture's EXIF, XMP and words."""
VARIANTS: Final = "result_variants"
"""Where it keeps how results of one task differ: objects of parameters, of which each result has the next."""
MAX_BYTES: Final = "max_result_bytes"
"""Where it keeps how large the file of a result may be; what would be larger is a JPEG that is not."""
PREVIEWS: Final = "previews"
"""Where it keeps how many previews are made of its result."""
MOST_PREVIEWS: Final = 3
_TASK_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


OutputFormat: TypeAlias = Literal["png", "jpeg", "webp", "tiff", "same"]


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        return not MOVES[self]


MOVES: Mapping[State, frozenset[State]] = {
    # queued -> failed: a URL could not be fetched; running -> queued: handed back, or its worker died
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.QUEUED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every legal move. The store does each as a compare-and-set and refuses the rest."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture whose bytes came inside the request: they lie at `input_key(task_id, role)`."""


@dataclass(frozen=True, slots=True)
class TaskInput:
    """One input of a task, and the rules that it must meet.

    Attributes:
        source: where the bytes are. An accepted task's are `Stored`, or `Remote` until the stager has put
            them at `input_key(task_id, role)`; a submission's are `Inline` or `Remote`.
    """

    source: Source | Stored
    rules: PictureRules


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked for. A dialect builds it; the task that comes of it keeps it, its inline inputs stored.

    Attributes:
        dialect: name of the dialect that accepted it, e.g. "native".
        model: the vendor's model name, for lists.
        edit: name in the catalogue of edits.
        parameters: JSON object for that edit's parameters, already checked by the dialect.
        inputs: by role: "image", "mask", "keep", "reference".
        key_id: who asked.
        account: who may see it, and whose turn it takes: that of the key when it asked.
        request_id: id of the HTTP request: the client's, or a UUID.
        priority: lower runs first, whoever asked; equal runs by `tasks.turns`.
        interactive: somebody waits for the end within the request itself: it goes before what nobody does.
        cost_ms: what it was predicted to take, when it was submitted.
        queue: which workers may have it: `tasks.queues`.
        canvas: width and height of its picture, as "1024x768"; "" where they are not known.
        count: how many results, made with `seed`, `seed + 1`, ...
        output: format of the results; "same" is JPEG for a JPEG picture, and PNG for everything else and
            where something became clear.
        callback_url: gets a request when the task has ended; None when nobody asked.
        deadline_ms: how long after the submit the result is wanted at the latest; None is whenever.
        ttl_s: how long the task and its files live once it has ended; None is as the server is set.
        scenario: what a client author's test wants to see instead of work; None is work.
        extra: JSON that the dialect wants back when it answers for this task, `TRACE`, `QUALITY`,
            `KEEPS_METADATA`, `MAX_BYTES`, `VARIANTS` and `PREVIEWS`.
    """

    dialect: str
    model: str
    edit: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, TaskInput]
    key_id: str
    account: str
    request_id: str
    priority: int = 0
    interactive: bool = False
    cost_ms: int = 1000
    queue: str = GENERAL
    canvas: str = ""
    count: int = 1
    output: OutputFormat = "png"
    callback_url: str | None = field(default=None, repr=False)
    deadline_ms: int | None = None
    ttl_s: int | None = None
    scenario: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def trace(self) -> TraceContext:
        """What the spans of its task belong to: the request that asked for it, where that was traced."""
        kept: TraceContext = self.extra.get(TRACE, NO_TRACE)
        return kept

    @property
    def quality(self) -> int | None:
        """1..100 for a JPEG or a WEBP that is to be lossy and of this quality; None is as the picture was."""
        quality: int | None = self.extra.get(QUALITY)
        return quality

    @property
    def keeps_metadata(self) -> bool:
        """Whether results have the picture's EXIF, XMP and words, places among them."""
        return bool(self.extra.get(KEEPS_METADATA))

    def variant(self, number: int) -> Mapping[str, Any]:
        """The parameters that the result with this number, from 0, has of its own."""
        variants: Sequence[Mapping[str, Any]] = self.extra.get(VARIANTS) or ({},)
        return variants[number % len(variants)]

    @property
    def max_bytes(self) -> int | None:
        """How large the file of a result may be; None is as large as it is."""
        most: int | None = self.extra.get(MAX_BYTES)
        return most

    @property
    def previews(self) -> int:
        """How many pictures of its result on its way are wanted, 0..`MOST_PREVIEWS`.

        Of several results there are none: nobody could tell of which a preview is.
        """
        wanted: int = self.extra.get(PREVIEWS, 0)
        return min(wanted, MOST_PREVIEWS) if self.count == 1 else 0


@dataclass(frozen=True, slots=True)
class Output:
    """One finished picture.

    Attributes:
        key: in the object store.
        width, height: in pixels.
        media_type: e.g. "image/png".
        recipe: how it was made: engine, model, seed, crops, changed_outside_mask.
    """

    key: str
    width: int
    height: int
    media_type: str
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a stable code of `errors.py` and a public sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one worker to one attempt at a task. It is good until somebody else has the task."""

    task_id: str
    worker_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task is in its life. Times are Unix milliseconds, UTC; None until they happen.

    Attributes:
        staged: all bytes of its inputs are here; a worker may have it. Never so of a simulated task that is
            to wait for ever.
        attempt: how often it was started; a finish must name the attempt that it belongs to.
        worker_id: who works on it, or did when it ended; while it is not staged, who fetches its inputs.
        lease_until_ms: until when nobody else may have it; the heartbeat of whoever has it moves it on.
        expires_at_ms: when the row and its files go; None until terminal.
        progress: share done, 0..1.
        deaths: how often the process that did it died under it, or a file of it was not found.
        cancel_wanted: somebody wants a running task to stop at its next checkpoint.
    """

    created_at_ms: int
    state: State = State.QUEUED
    staged: bool = False
    attempt: int = 0
    worker_id: str | None = None
    lease_until_ms: int | None = None
    started_at_ms: int | None = None
    finished_at_ms: int | None = None
    expires_at_ms: int | None = None
    progress: float = 0.0
    deaths: int = 0
    cancel_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task; empty until it has ended, and when it was cancelled.

    Attributes:
        results: one for each that was asked for, an `Output` or the `Failure` of that one.
        failure: why the whole task failed.
        compute_ms: decode + edit + encode of the attempt that ended, without waiting or storing.
    """

    results: tuple[Output | Failure, ...] = ()
    failure: Failure | None = None
    compute_ms: int | None = None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The results that are pictures."""
        return tuple(result for result in self.results if isinstance(result, Output))


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the truth: what was asked for, where that is now, and what came of it."""

    id: str
    submission: Submission
    standing: Standing
    outcome: Outcome = Outcome()

    @property
    def attributes(self) -> Attributes:
        """What its spans say of it."""
        asked = self.submission
        return {
            "cleanplate.task.id": self.id,
            "cleanplate.dialect": asked.dialect,
            "cleanplate.edit": asked.edit,
        }

    @property
    def claim(self) -> Claim:
        """What the worker that has just claimed it shows for each further move."""
        return Claim(self.id, self.standing.worker_id or "", self.standing.attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks to list. None means any. Times are Unix milliseconds of creation, both ends included."""

    account: str | None = None
    dialect: str | None = None
    model: str | None = None
    states: tuple[State, ...] | None = None
    task_id: str | None = None
    created_from_ms: int | None = None
    created_to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of a list, newest first."""

    tasks: tuple[Task, ...]
    total: int


def is_task_id(text: str) -> bool:
    """Whether this could be the id of a task: a UUID as `str(uuid4())` writes it."""
    return _TASK_ID.fullmatch(text) is not None


def input_key(task_id: str, role: str) -> str:
    """Object key of one input, e.g. `inputs/<id>/mask`."""
    return f"inputs/{task_id}/{role}"


def output_group(task_id: str, attempt: int) -> str:
    """What the keys of all results of an attempt at a task begin with."""
    return f"results/{task_id}/{attempt}"


def preview_key(task_id: str, attempt: int, number: int) -> str:
    """Object key of the preview with this number, from 0; it goes with the results at the latest."""
    return f"{output_group(task_id, attempt)}/preview-{number}"


def output_key(task_id: str, attempt: int, number: int, extension: str) -> str:
    """Object key of one result, e.g. `results/<id>/1/<id>-1.png`.

    The folder, named by the attempt, keeps two runs apart. The file's name is no other task's: clients save
    under the last part of a result's URL.
    """
    return f"{output_group(task_id, attempt)}/{task_id}-{number}.{extension}"
