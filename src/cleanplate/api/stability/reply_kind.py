"""Which of the two replies an `Accept` wants: the picture itself, or JSON that has it in base64."""

from collections.abc import Iterator
from typing import Final

from cleanplate.api.field_values import as_number
from cleanplate.api.refusal import RefusedError
from cleanplate.api.stability.stability_codes import refusal

_ACCEPT: Final = "accept: must be one of: image/*, application/json"
_JSON: Final = "application/json"
_ANY: Final = ("application/*", "*/*")
_WHOLLY: Final = 1.0


def wants_json(accept: str) -> bool:
    """By the weights (`q`), of equal ones by the order; a kind that is named goes before `*/*`.

    Raises:
        RefusedError: neither is accepted.
    """
    kinds = list(_kinds(accept.lower()))
    json = _best(kinds, (_JSON,)) or _best(kinds, _ANY)
    image = _best(kinds, ("image/",)) or _best(kinds, _ANY[1:])
    found = {kind: best for kind, best in (("image", image), ("json", json)) if best and best[0] > 0}
    if not found:
        raise RefusedError(refusal(400, _ACCEPT))
    return max(found, key=lambda kind: found[kind]) == "json"


def _kinds(accept: str) -> Iterator[tuple[str, float]]:
    """Each media range with its weight; one that cannot be read counts wholly."""
    for text in accept.split(","):
        kind, *parameters = (part.strip() for part in text.split(";"))
        weights = (
            as_number(value) for name, _, value in (one.partition("=") for one in parameters) if name == "q"
        )
        weight = next(weights, _WHOLLY)
        yield kind, _WHOLLY if weight is None else weight


def _best(kinds: list[tuple[str, float]], wanted: tuple[str, ...]) -> tuple[float, bool, int] | None:
    """The greatest of those that begin so: its weight, whether it is named, and how early it stands."""
    found = (
        (weight, kind not in _ANY, -place)
        for place, (kind, weight) in enumerate(kinds)
        if kind.startswith(wanted)
    )
    return max(found, default=None)
