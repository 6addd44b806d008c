"""Pictures at hosts that never answer: what another key's download waits."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, good_host, silent_host, two_keys
from benchmarks.chaos.victim import KEY

DEAD: Final = 24
_BEGUN_S: Final = 1.0
_LONGEST_S: Final = 60.0


def attack() -> Iterator[Row]:
    """How long another key's good URL waits until it is fetched."""
    with silent_host() as dead, good_host() as good, two_keys() as victim:
        flood, other = Client(victim, KEY), Client(victim, OTHER)
        for _ in range(DEAD):
            flood.accepted(erase_body(image_url=dead))
        time.sleep(_BEGUN_S)
        submitted_s = time.time()
        other.accepted(erase_body(image_url=good.url))
        waited_s = good.wait_s(submitted_s, longest_s=_LONGEST_S)
        yield Row(f"{DEAD} dead URLs of one key: another key's good URL waits", waited_s, 1, "s")
