"""What the API layer uses to answer requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from cleanplate.access import Access
from cleanplate.api.bodies import Bodies
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.server_secret import ServerSecret
from cleanplate.storage.signed_links import LinkSigner
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.service import TaskService
from cleanplate.uploads import Uploads

MOST_STREAMS: Final = 64


class StreamLimit:
    """Counts the open streams of this process. Used in its event loop only."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._open = 0

    @property
    def full(self) -> bool:
        return self._open >= self._most

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold one stream."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


@dataclass(frozen=True, slots=True)
class Services:
    """What a dialect may use: tasks, uploads, keys, results and their links, settings, the edits there are.

    Attributes:
        secret: signs what a dialect gives out and wants back unchanged.
        bodies: reads those of requests.
        streams: counts the replies without an end of their own.
        closing: set when the server is to stop: those then end.
    """

    tasks: TaskService
    uploads: Uploads
    access: Access
    objects: BlobStore
    links: LinkSigner
    secret: ServerSecret
    bodies: Bodies
    settings: Settings
    catalogue: Catalogue
    streams: StreamLimit = field(default_factory=StreamLimit)
    closing: threading.Event = field(default_factory=threading.Event)
