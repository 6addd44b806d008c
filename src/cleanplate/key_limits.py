"""What one API key may do, and the two presets. Numbers only: `access` and `tasks` apply them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

LEAST_RATE_PER_S: Final = 1e-5
"""About one submit a day: waits that follow from less are of no use to anybody."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one key; None is none.

    Attributes:
        rate_per_s: submits a second, >= `LEAST_RATE_PER_S`. A burst of as many, and of at least one, is let
            through.
        concurrent: tasks that are queued or running at the same time, >= 0.
        images: successful pictures in the whole life of the key, >= 0.
    """

    rate_per_s: float | None = None
    concurrent: int | None = None
    images: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one limit leaves of itself.

    Attributes:
        kind: which limit (`errors.LimitKind`).
        most: requests that it lets through, >= 0.
        left: of these now, 0..most.
        reset_s: whole seconds after which there may be more, >= 1.
        window_s: for a limit on requests in a time, that time.
    """

    kind: str
    most: int
    left: int
    reset_s: int
    window_s: int | None = None


Told: TypeAlias = Callable[[Allowance], None]
"""Is given each limit that a submit is held against, also the one that refuses it."""


def ignore(allowance: Allowance) -> None:
    """For those who do not want to know."""


TEST_PREFIX: Final = "test-"
"""How the secret and the id of a key begin whose tasks are simulated instead of done."""
UNLIMITED: Final = Limits()
PRESETS: Final[Mapping[str, Limits]] = {
    "off": UNLIMITED,
    # As a vendor publishes them: 2 submits a second, 1 or 2 running, 500 free images (docs/limits.md).
    "vendor": Limits(rate_per_s=2.0, concurrent=2, images=500),
}
