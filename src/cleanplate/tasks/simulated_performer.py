"""Tasks of test keys: what their scenario wants, instead of an edit."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cleanplate.tasks.performer import Made, Report, TaskCancelled, TaskPerformer
from cleanplate.tasks.simulation import FAILURES, read
from cleanplate.tasks.task import Task

_TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class SimulatedPerformer:
    """A `TaskPerformer` that sleeps and fails as a scenario says.

    Attributes:
        reader: reads the pictures, which are as strange as any, and writes them again.
    """

    reader: TaskPerformer

    def perform(self, task: Task, inputs: Mapping[str, bytes], report: Report) -> Iterator[Made]:
        """As `TaskPerformer.perform`; raises what a scenario of failure wants."""
        scenario = read(task.submission.scenario or "")
        if scenario.name in FAILURES:
            kind, public = FAILURES[scenario.name]
            raise kind(public)
        if scenario.name == "cancelled":
            raise TaskCancelled
        made = list(self.reader.perform(task, inputs, report))
        if scenario.name == "slow":
            _pass_time(scenario.seconds, report)
        yield from made

    def trouble(self) -> str:
        return self.reader.trouble()

    def start(self) -> None:
        """The first task starts the reader: few servers have test keys."""

    def close(self) -> None:
        self.reader.close()


def _pass_time(seconds: int, report: Report) -> None:
    began_s = time.monotonic()
    while (spent_s := time.monotonic() - began_s) < seconds:
        report(spent_s / seconds)
        time.sleep(min(_TICK_S, seconds - spent_s))
