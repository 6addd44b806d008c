"""The edits as the API layer sees them: names, words and schemas, no pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EditCard:
    """One edit that can be asked for.

    Attributes:
        name: as submissions say it.
        summary: one line.
        parameters: JSON schema of its parameters.
        check: takes parameters as JSON; returns them complete with their defaults, or raises `BadParameter`.
        missing: why it can do nothing on this server, or "" when it can.
        limited: the same of a part of it, where the rest works.
        lacking: takes complete parameters; why it cannot do what they ask for, or "" when it can.
        queue: takes complete parameters; the queue of such a task: `tasks.queues`.
        at_once: takes complete parameters; how many such tasks one run of their network takes here, >= 1.
        check_memory: takes complete parameters, width and height of a picture; raises `PictureSize` where no
            task of this server has the memory for it.
        least_bytes: the same; what a task needs at the very least.
        masked: it looks at a mask; else it works on the whole picture.
        reference: it takes a second picture, and cannot do without it.
        layer: its result is a layer: no format without opacity can hold it, and no quality below lossless.
        choices: what a parameter that names an engine or a model may be on this machine, besides its default.
    """

    name: str
    summary: str
    parameters: Mapping[str, Any]
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    missing: Callable[[], str]
    limited: Callable[[], str]
    lacking: Callable[[Mapping[str, Any]], str]
    queue: Callable[[Mapping[str, Any]], str]
    at_once: Callable[[Mapping[str, Any]], int]
    check_memory: Callable[[Mapping[str, Any], int, int], None]
    least_bytes: Callable[[Mapping[str, Any], int, int], int]
    masked: bool = True
    reference: bool = False
    layer: bool = False
    choices: Callable[[], Mapping[str, Sequence[str]]] = field(default=dict)


Catalogue = Mapping[str, EditCard]
"""Every edit by name, whether it can run or not."""
