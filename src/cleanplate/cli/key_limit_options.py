"""The options that set the limits of an API key, and how such limits are shown."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import click

from cleanplate.key_limits import LEAST_RATE_PER_S, PRESETS, Limits

NONE: Final = "none"


class NumberOrNone(click.ParamType[Any]):
    """A number, or the word `none`."""

    def __init__(self, number: click.ParamType[Any], name: str) -> None:
        self._number = number
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return NONE if value == NONE else self._number.convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """What was given on the command line.

    Attributes:
        preset: a name in `PRESETS`, or None.
        single: name of a limit -> a number, `none`, or None where it was not given.
    """

    preset: str | None
    single: dict[str, Any]

    def applied_to(self, before: Limits) -> Limits:
        """The limits that result: those given singly, else those of the preset, else `before`."""
        start = before if self.preset is None else PRESETS[self.preset]
        given = {name: value for name, value in self.single.items() if value is not None}
        return Limits(**asdict(start) | {name: None if v == NONE else v for name, v in given.items()})


_RATE = NumberOrNone(click.FloatRange(LEAST_RATE_PER_S, 1e9), "number")
_COUNT = NumberOrNone(click.IntRange(0, 10**9), "number")
_OPTIONS: Final = (
    click.option("--rate", "rate_per_s", type=_RATE, metavar="N", help="Submits a second, or `none`."),
    click.option("--concurrent", type=_COUNT, metavar="N", help="Unfinished tasks, or `none`."),
    click.option("--images", type=_COUNT, metavar="N", help="Successful pictures in all, or `none`."),
    click.option("--preset", type=click.Choice(tuple(PRESETS)), help="All three at once; vendor: 2, 2, 500."),
)


def limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the four options, as one argument `limits`."""

    @functools.wraps(command)
    def collected(*, preset: str | None, rate_per_s: Any, concurrent: Any, images: Any, **rest: Any) -> None:
        single = {"rate_per_s": rate_per_s, "concurrent": concurrent, "images": images}
        command(limits=LimitOptions(preset, single), **rest)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected


def describe_limits(limits: Limits) -> str:
    """In a few words, e.g. `2/s, 2 open, 500 images`; `no limits` when there are none."""
    parts = (
        (limits.rate_per_s, "{:g}/s"),
        (limits.concurrent, "{} open"),
        (limits.images, "{} images"),
    )
    return ", ".join(text.format(value) for value, text in parts if value is not None) or "no limits"
