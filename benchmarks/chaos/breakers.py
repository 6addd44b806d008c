"""Edits that break their process in every way, among tasks of a neighbour."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, photo
from benchmarks.chaos.victim import KEY, Victim, running, watched

PLUGINS: Final = Path(__file__).parents[2] / "tests" / "breakers"
NEIGHBOURS: Final = 20
LIMIT_S: Final = 15.0
WORDS: Final = {
    "segfault": "the worker died repeatedly",
    "large": "out of memory",
    "fill": "out of memory",
    "sleep": f"it took longer than {LIMIT_S:g} s",
    "spin": f"it took longer than {LIMIT_S:g} s",
}
_LONGEST_S: Final = 300.0
_ENDED: Final = ("succeeded", "failed", "cancelled")


def body(how: str) -> bytes:
    """A task that breaks its process in this way."""
    picture = {"base64": base64.b64encode(photo()).decode()}
    return json.dumps({"edit": "break", "image": picture, "parameters": {"how": how}}).encode()


def breakable() -> AbstractContextManager[Victim]:
    """A server with that edit and narrow limits."""
    return running(
        PLUGINS=str(PLUGINS),
        API_KEYS=f"{KEY},{OTHER}",
        TASK_TIMEOUT_S=f"{LIMIT_S}",
        TASK_MEMORY_BYTES=f"{2**30}",
        WORKERS="2",
    )


def attack() -> Iterator[Row]:
    """What the tasks are told, what becomes of the neighbours, and how soon a cancel ends one."""
    with breakable() as victim, watched(victim) as seen:
        client, other = Client(victim, KEY), Client(victim, OTHER)
        broken = {how: client.accepted(body(how)) for how in WORDS}
        others = [other.accepted(erase_body()) for _ in range(NEIGHBOURS)]
        for edit_id in (*broken.values(), *others):
            client_of = client if edit_id in broken.values() else other
            client_of.wait_for(edit_id, *_ENDED, longest_s=_LONGEST_S)
        told = sum(client.edit(it)["error"]["message"] == WORDS[how] for how, it in broken.items())
        done = sum(other.edit(it)["state"] == "succeeded" for it in others)
        cancelled_s = _cancel(client)
    yield Row("tasks that break their process: told so in words", told, len(WORDS), "tasks", least=True)
    yield Row(
        "tasks that break their process: neighbours that end well", done, NEIGHBOURS, "tasks", least=True
    )
    yield Row("tasks that break their process: longest wait of another client", seen.longest_s, 2, "s")
    yield Row("a cancel of code that listens to nobody", cancelled_s, 1, "s")


def _cancel(client: Client) -> float:
    """Seconds until a task is cancelled that holds the interpreter's lock."""
    edit_id = client.accepted(body("spin"))
    client.wait_for(edit_id, "running", longest_s=_LONGEST_S)
    time.sleep(1)
    client.ask("DELETE", f"/v1/edits/{edit_id}")
    return client.wait_for(edit_id, "cancelled", longest_s=_LONGEST_S)
