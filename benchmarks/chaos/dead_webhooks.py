"""Receivers of callbacks that never answer: how late another key's callback is."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, good_host, silent_host, two_keys
from benchmarks.chaos.victim import KEY

DEAD: Final = 40
_NOBODY: Final = "http://127.0.0.1:9/"
"""A picture that cannot be had: its task ends at once, and its callback is due."""
_LONGEST_S: Final = 90.0


def attack() -> Iterator[Row]:
    """How late the callback of another key's task is."""
    with silent_host() as dead, good_host() as good, two_keys() as victim:
        flood, other = Client(victim, KEY), Client(victim, OTHER)
        edits = [flood.accepted(erase_body(_NOBODY, dead)) for _ in range(DEAD)]
        for edit in edits:
            flood.wait_for(edit, "failed", longest_s=_LONGEST_S)
        mine = other.accepted(erase_body(_NOBODY, good.url))
        other.wait_for(mine, "failed", longest_s=_LONGEST_S)
        late_s = good.wait_s(time.time(), longest_s=_LONGEST_S)
        yield Row(f"{DEAD} dead webhooks of one key: another key's callback is late", late_s, 2, "s")
