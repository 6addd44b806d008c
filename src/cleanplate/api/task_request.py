"""What a body asks for, once a dialect has read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import parse_source
from cleanplate.tasks.task import OutputFormat, TaskInput


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """What a body asks for, as `ApiCall.submit` takes it. Nothing of it is fetched or decoded yet.

    Attributes:
        edit: name in the catalogue of edits.
        model: the vendor's name for it, for lists.
        inputs: by role: "image", and if there are any "mask", "keep" and "reference".
        parameters: JSON object for that edit: its names are the dialect's, values may be a client's.
        count: how many results.
        output: format of the results; "same" is JPEG for a JPEG picture, and PNG for everything else and
            where something became clear.
        quality: 1..100 for a JPEG or a WEBP that is to be lossy and of this quality; None is as the picture
            was.
        keeps_metadata: results have the picture's EXIF, XMP and words, places among them.
        callback_url: told when the task has ended; `Dialect.webhook_body` says what.
        callback_field: what the body calls it; the message about a wrong one starts with it.
        deadline_ms: how long after the submit the result is wanted at the latest; None is whenever.
        interactive: the request waits for the end (`AwaitTask`): it goes before what nobody waits for.
        ttl_s: how long the task lives once it has ended; None is as the server is set.
        extra: JSON that the dialect finds in the task again.
    """

    edit: str
    model: str
    inputs: Mapping[str, TaskInput]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    output: OutputFormat = "png"
    quality: int | None = None
    keeps_metadata: bool = False
    callback_url: str | None = None
    callback_field: str = "callback_url"
    deadline_ms: int | None = None
    ttl_s: int | None = None
    interactive: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def task_input(field: str, value: str, rules: PictureRules) -> TaskInput:
    """A picture of a body: its http(s) URL, data URI or bare base64.

    Args:
        field: what the body calls it; every message starts with it.
        rules: what is accepted, and for a mask what is painted in it.

    Raises:
        BadParameter, InputTooLarge: the string is none of these, or longer than the rules allow.
    """
    try:
        return TaskInput(parse_source(value, max_bytes=rules.max_bytes), rules)
    except (BadParameter, InputTooLarge) as error:
        raise type(error)(f"{field}: {error.public}", log=f"{field}: {error.log}") from None
