"""Calls for a worker, within the transaction that makes a task ready: it is heard when that is committed."""

from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import Connection

Call: TypeAlias = Callable[[Connection, str], None]
"""(connection of the transaction, queue): one more task of the queue may be claimed."""


def nobody_called(_connection: Connection, _queue: str) -> None:
    """A `Call` where all workers are threads of this process, which are told in another way."""
