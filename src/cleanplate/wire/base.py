"""What a dialect is, and the parts that every dialect shares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.access import Access
from cleanplate.settings import Settings
from cleanplate.storage.links import Links
from cleanplate.tasks.service import TaskService


@dataclass(frozen=True, slots=True)
class Services:
    """What a dialect may use: the door to the tasks, the keys, the links, the settings."""

    tasks: TaskService
    access: Access
    links: Links
    settings: Settings


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's HTTP.

    Attributes:
        name: stored with each task.
        prefix: the paths it owns; every error below it takes its shape.
        routes: the routes, given the services.
        error: turns any HTTP error below `prefix` (status, text) into the vendor's body.
    """

    name: str
    prefix: str
    routes: Callable[[Services], Sequence[Route]]
    error: Callable[[Request, int, str], Response]
