"""Headers that say what is left of a caller's limits, on the reply to each submit.

Two generations of one IETF draft, draft-ietf-httpapi-ratelimit-headers, side by side:

| header | of | says |
|---|---|---|
| `RateLimit-Limit`, `-Remaining`, `-Reset` | draft 06 and before: today's clients | the nearest limit |
| `RateLimit-Policy`, `RateLimit` | draft 08 and after | every limit, by name |

`docs/limits.md` has the names.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cleanplate.key_limits import Allowance

NAMES: Final = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
)


def note(request: Request, allowance: Allowance) -> None:
    """Keep what one limit leaves until the reply is written."""
    _noted(request).append(allowance)


def write(request: Request, response: Response) -> None:
    """Put what was noted into the headers of the reply; nothing when nothing was."""
    found = _noted(request)
    if found:
        response.headers.update(dict(zip(NAMES, _values(found), strict=True)))


def _noted(request: Request) -> list[Allowance]:
    if not hasattr(request.state, "allowances"):
        request.state.allowances = []
    found: list[Allowance] = request.state.allowances
    return found


def _values(found: list[Allowance]) -> tuple[str, ...]:
    nearest = min(found, key=lambda one: (one.left / max(one.most, 1), -one.reset_s))
    return (
        str(nearest.most),
        str(nearest.left),
        str(nearest.reset_s),
        ", ".join(map(_policy, found)),
        ", ".join(f'"{one.kind}";r={one.left};t={one.reset_s}' for one in found),
    )


def _policy(one: Allowance) -> str:
    window = "" if one.window_s is None else f";w={one.window_s}"
    unit = ';qu="concurrent-requests"' if one.kind == "concurrency" else ""
    return f'"{one.kind}";q={one.most}{unit}{window}'
