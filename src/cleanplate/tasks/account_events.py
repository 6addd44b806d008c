"""News of an account's tasks for whoever listens in the same process."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

Listener: TypeAlias = Callable[[str, str, Mapping[str, Any]], Awaitable[None]]
"""(account, name, content) of an event."""


class Events:
    """Tells whoever listens in this process what happens. Used in its event loop only."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def tell(self, account: str, name: str, content: Mapping[str, Any]) -> None:
        """Tell all of one account's news."""
        for listener in self._listeners:
            await listener(account, name, content)
