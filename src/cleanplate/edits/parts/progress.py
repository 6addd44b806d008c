"""Progress of one step as a part of the whole."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, float], None]
"""(name of the stage, share that is done, 0..1); it raises when the task is cancelled."""


def step(progress: Progress, number: int, count: int) -> Progress:
    """The progress of step `number` of `count` equal ones."""
    return lambda stage, done: progress(stage, (number + done) / count)
