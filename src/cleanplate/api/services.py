"""What the API layer uses to answer requests."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from cleanplate.access import Access
from cleanplate.access.account_choices import Choices
from cleanplate.admin.admin_values import Administration
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.server_secret import ServerSecret
from cleanplate.storage.signed_links import LinkSigner
from cleanplate.tasks.account_events import Events
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.service import TaskService
from cleanplate.transport.bodies import Bodies
from cleanplate.transport.linked_pictures import LinkedPictures
from cleanplate.transport.request_threads import RequestThreads
from cleanplate.uploads import Uploads

MOST_STREAMS: Final = 64


class StreamLimit:
    """Counts the open streams of this process. Used in its event loop only.

    Shared out by account as in `intake.fair_places`, but nobody waits.
    """

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, account: str) -> Iterator[bool]:
        """Hold one stream; False where this account may open no more."""
        free, mine = self._most - self._held.total(), self._held[account]
        if free <= mine:
            yield False
            return
        self._held[account] += 1
        try:
            yield True
        finally:
            self._held[account] -= 1
            if not self._held[account]:
                del self._held[account]


@dataclass(frozen=True, slots=True)
class Services:
    """What a dialect may use: tasks, uploads, keys, results and their links, settings, the edits there are.

    Attributes:
        secret: signs what a dialect gives out and wants back unchanged.
        bodies: reads those of requests.
        linked: fetches pictures for pages.
        administration: what admins are told and may do.
        threads: where what blocks is done.
        streams: counts the replies without an end of their own.
        choices, events: what a dialect keeps, and tells, within this process.
    """

    tasks: TaskService
    uploads: Uploads
    access: Access
    objects: BlobStore
    links: LinkSigner
    secret: ServerSecret
    bodies: Bodies
    linked: LinkedPictures
    administration: Administration
    settings: Settings
    catalogue: Catalogue
    threads: RequestThreads = field(default_factory=RequestThreads)
    streams: StreamLimit = field(default_factory=StreamLimit)
    choices: Choices = field(default_factory=Choices)
    events: Events = field(default_factory=Events)

    @property
    def closing(self) -> threading.Event:
        """Set when the server is to stop: what has no end of its own then ends."""
        return self.threads.closing
