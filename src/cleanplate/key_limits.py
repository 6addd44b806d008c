"""What one API key may do, and the two presets. Numbers only: `access` and `tasks` apply them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one key; None is none.

    Attributes:
        rate_per_s: submits a second, > 0. A burst of as many, and of at least one, is let through.
        concurrent: tasks that are queued or running at the same time, >= 0.
        images: successful pictures in the whole life of the key, >= 0.
    """

    rate_per_s: float | None = None
    concurrent: int | None = None
    images: int | None = None


TEST_PREFIX: Final = "test-"
"""How the secret and the id of a key begin whose tasks are simulated instead of done."""
UNLIMITED: Final = Limits()
PRESETS: Final[Mapping[str, Limits]] = {
    "off": UNLIMITED,
    # As a vendor publishes them: 2 submits a second, 1 or 2 running, 500 free images (docs/limits.md).
    "vendor": Limits(rate_per_s=2.0, concurrent=2, images=500),
}
