"""The header by which a client author's test asks for a simulated end; docs/testing-clients.md.

`tasks.simulation` does the rest."""

from typing import Final

from starlette.requests import Request

HEADER: Final = "x-cleanplate-test"


def scenario_of(request: Request) -> str | None:
    """`Submission.scenario` of this request: None, unless it has the header and a key for tests."""
    return request.headers.get(HEADER) if request.state.caller.test else None
