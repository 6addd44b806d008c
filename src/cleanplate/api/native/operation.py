"""What one operation of the native API is: an endpoint, and what its description says of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from cleanplate.api.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Endpoint):
    """One method of one path.

    Attributes:
        name: of the operation, for those who generate clients.
        summary: one line.
        replies: status to the model of its body; None is no JSON, but of `media_type`.
        refusals: statuses of the errors that belong to this operation alone.
        body_model, query_model: what comes in.
    """

    name: str
    summary: str
    replies: Mapping[int, type[BaseModel] | None]
    refusals: tuple[int, ...] = ()
    body_model: type[BaseModel] | None = None
    query_model: type[BaseModel] | None = None
    media_type: str = "text/event-stream"
