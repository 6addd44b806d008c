"""What a client author's test may ask for instead of work: scenarios that a worker simulates.

A key that begins with `test-` reaches no model and no edit. Its tasks follow a scenario: the header
`X-Cleanplate-Test`, or a picture URL below `https://test.cleanplate.invalid/`, names it.
docs/testing-clients.md shows what each vendor's client then sees.
"""

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from urllib.parse import unquote, urlsplit

from cleanplate.errors import (
    BadParameter,
    CleanplateError,
    DownloadFailed,
    EngineFailed,
    InputRefused,
    InputTooLarge,
    LimitKind,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    StorageFailed,
    Unauthorized,
    UnclearMask,
    WorkerDied,
)
from cleanplate.intake.sources import Inline, Remote
from cleanplate.key_limits import TEST_PREFIX
from cleanplate.tasks.task import Submission, TaskInput
from cleanplate.usage.quota import limit_reached

HOST: Final = "test.cleanplate.invalid"
LONGEST_S: Final = 600
NOT_FOUND: Final = "not-found"
"""The submit is accepted, but there is no task."""
_SCENARIO = re.compile(r"([a-z-]{1,40})(?:=([0-9]{1,3}))?")

FAILURES: Final[Mapping[str, tuple[type[CleanplateError], str]]] = {
    kind.code: (kind, public)
    for kind, public in (
        (BadParameter, "a parameter does not fit this picture"),
        (DownloadFailed, "image: the server answered 404"),
        (InputTooLarge, "image: the picture is larger than the limit"),
        (NotAPicture, "image: the format cannot be recognised"),
        (PictureSize, "image: a side is too small or too large"),
        (InputRefused, "the picture may contain inappropriate content"),
        (OutputRefused, "the result may contain inappropriate content"),
        (MaskMismatch, "the mask and the picture have different sizes"),
        (NothingToErase, "mask: nothing to erase, no pixel of it is painted"),
        (UnclearMask, "mask: it can be read in two ways"),
        (EngineFailed, "the fill failed"),
        (StorageFailed, "the result could not be stored"),
        (WorkerDied, "the worker died repeatedly"),
    )
}
"""Scenarios in which the task fails: the code of `errors.py`, and what is raised."""

LIMITS: Final[Mapping[str, LimitKind]] = {
    "rate-limit": "rate",
    "concurrency-limit": "concurrency",
    "quota": "quota",
    "queue-full": "queue",
}
"""Scenarios in which the submit is refused as if a limit were reached."""

SECONDS: Final[Mapping[str, int]] = {"slow": 5, "queued": LONGEST_S, "expired": 0}
"""Scenarios that take a number, as `slow=5`, and what it is when none is given."""

NAMES: Final = (
    "ok",
    *SECONDS,
    "partial",
    "cancelled",
    *FAILURES,
    *LIMITS,
    "unauthorized",
    NOT_FOUND,
    "internal",
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. `seconds`: how long it runs, waits, or keeps its result; 0 where that means nothing."""

    name: str
    seconds: int = 0

    @property
    def text(self) -> str:
        """As it is stored with the task; `read` takes it back."""
        return f"{self.name}={self.seconds}" if self.name in SECONDS else self.name


def read(text: str) -> Scenario:
    """The scenario that a header or a path names, e.g. `engine-failed` or `slow=5`; "" is `ok`.

    Raises:
        BadParameter: there is none of this name, or its number is no whole number of seconds up to 600.
    """
    found = _SCENARIO.fullmatch(text.strip().lower() or "ok")
    name, number = found.groups() if found else ("", None)
    if name not in NAMES or (number is not None and name not in SECONDS):
        raise BadParameter(f"there is no test scenario of this name; there are: {', '.join(NAMES)}")
    seconds = SECONDS.get(name, 0) if number is None else int(number)
    if seconds > LONGEST_S:
        raise BadParameter(f"a test scenario takes at most {LONGEST_S} seconds")
    return Scenario(name, seconds)


def apply(submission: Submission) -> Submission:
    """What becomes of a submission before it is accepted: that of a test key gets its scenario.

    Magic picture URLs are replaced by a small built-in picture, and a scenario that ends with the submit is
    over here. Any other key's wish for a scenario is dropped.

    Raises:
        BadParameter: there is no such scenario.
        CleanplateError: what the scenario wants the submit to be refused with.
    """
    if not submission.key_id.startswith(TEST_PREFIX):
        return replace(submission, scenario=None)
    scenario = _chosen(submission)
    _refuse(scenario)
    inputs = {
        role: replace(given, source=Inline(stand_in())) if _magic(given) is not None else given
        for role, given in submission.inputs.items()
    }
    ttl_s = scenario.seconds if scenario.name == "expired" else submission.ttl_s
    return replace(submission, scenario=scenario.text, inputs=inputs, ttl_s=ttl_s)


def waits(submission: Submission) -> bool:
    """Whether no worker shall ever have this task."""
    return submission.scenario is not None and read(submission.scenario).name == "queued"


def gone_after_ms(text: str | None) -> int | None:
    """How long after its submit a task is forgotten that no worker will ever end; None for all others."""
    scenario = None if text is None else read(text)
    return 1000 * scenario.seconds if scenario is not None and scenario.name == "queued" else None


def _chosen(submission: Submission) -> Scenario:
    """The header's scenario, or the first that is more than `ok` among the magic URLs."""
    magic = map(_magic, submission.inputs.values())
    scenarios = (read(text) for text in (submission.scenario, *magic) if text)
    return next((scenario for scenario in scenarios if scenario.name != "ok"), Scenario("ok"))


def _magic(given: TaskInput) -> str | None:
    """What the path of a magic picture URL says; None for every other source."""
    if not isinstance(given.source, Remote):
        return None
    parts = urlsplit(given.source.url)
    return unquote(parts.path).strip("/") if parts.hostname == HOST else None


def _refuse(scenario: Scenario) -> None:
    if scenario.name in LIMITS:
        raise limit_reached(LIMITS[scenario.name])
    if scenario.name == "unauthorized":
        raise Unauthorized("Invalid API-key provided.")
    if scenario.name == "internal":
        raise CleanplateError("internal error", log="an internal error that a test asked for")


@cache
def stand_in() -> bytes:
    """The picture that stands for a magic URL: 512 x 512 px, grey from black to white, as PNG."""
    side = 512
    rows = (b"\x00" + bytes([y // 2]) * side for y in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data
