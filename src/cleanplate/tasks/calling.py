"""Calls for a worker, once the transaction that makes a task ready is committed: it then finds it.

Within the transaction the worker that is called could look too early, and one that goes to sleep meanwhile
would not be called at all.
"""

from collections.abc import Callable
from typing import TypeAlias

Call: TypeAlias = Callable[[str], None]
"""(queue): one more task of the queue may be claimed. It raises nothing."""


def nobody_called(_queue: str) -> None:
    """A `Call` where all workers are threads of this process, which are told in another way."""
