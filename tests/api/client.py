"""What the clients of all dialects have in common."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import requests


@dataclass(frozen=True)
class Client:
    """Sends requests to one server. Redirects are not followed.

    Attributes:
        headers: of every request.
    """

    base: str
    session: requests.Session
    headers: ClassVar[Mapping[str, str]] = {}

    @classmethod
    @contextmanager
    def opened(cls, base: str, **headers: str) -> Iterator[Self]:
        """At this server; `headers` are sent besides those of the class, or replace them."""
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({**cls.headers, **headers})
            yield cls(base, session)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, allow_redirects=False, timeout=60, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)
