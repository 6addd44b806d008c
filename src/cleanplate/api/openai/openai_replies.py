"""OpenAI's replies: results as links or in base64, and what headers say of them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from cleanplate.api.encoded_results import JsonWithResults, Parts, ResultsResponse, length_of
from cleanplate.api.endpoint import ApiCall, JsonReply
from cleanplate.api.idempotency_middleware import HEADER as IDEMPOTENCY_KEY
from cleanplate.api.openai.openai_bodies import ImageEditRequest
from cleanplate.api.openai.openai_codes import STAYS_SO, WRONG_VALUE, of_failure, refused
from cleanplate.api.openai.prompt_choice import EditChoice, without_mask
from cleanplate.api.refusal import Refusal, RefusedError
from cleanplate.api.warning_header import WARNING, warning_text
from cleanplate.errors import BadParameter, BlobMissing
from cleanplate.intake.header_size import may_be_transparent, size_in_header
from cleanplate.tasks.task import Failure, Output, Task, preview_key

MOST_KEPT_BYTES: Final = 64 * 2**20
"""Of a reply that is kept for its Idempotency-Key."""
_HEADER_BYTES: Final = 2**16
_MOST_HEADER_BYTES: Final = 2**20
"""Of a JPEG before its size: profiles of inks take half of that."""
_USAGE: Final[Mapping[str, Any]] = {
    "input_tokens": 0,
    "output_tokens": 0,
    "total_tokens": 0,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
}
"""Nothing is counted in tokens here."""
_QUALITIES: Final = ("low", "medium", "high", "xhigh", "max")
_TOO_SLOW: Final = (
    "The edit took longer than {seconds:g} seconds and was stopped. Send a smaller image, or have the server"
    " wait longer (CLEANPLATE_SYNC_TIMEOUT_S)."
)
_NO_WRITING: Final = "prompt: nothing in the picture is such writing; send a mask of what is to go"
_STOPPED: Final = "The edit was cancelled."
_TOO_MUCH: Final = (
    f"response_format: a reply of more than {MOST_KEPT_BYTES // 2**20} MB is not kept for an Idempotency-Key:"
    " ask for fewer results, for url, or without the key"
)


@dataclass(frozen=True, slots=True)
class ImageReply:
    """Makes the answers to one request, once its task has ended."""

    call: ApiCall
    asked: ImageEditRequest
    choice: EditChoice

    def whole(self, task: Task | None) -> Response | JsonReply:
        """One reply with every result. Raises `RefusedError` or `StorageFailed`."""
        outputs = self._outputs(task)
        shared = {"created": int(time.time()), **self._described(outputs[0]), "usage": _USAGE}
        headers = self._headers(outputs)
        if not self.asked.in_base64:
            link = partial(self.call.link, _known(task))
            return JsonReply(
                {**shared, "data": [{"url": link(output)} for output in outputs]}, headers=headers
            )
        json = JsonWithResults()
        parts = json.parts({**shared, "data": [{"b64_json": json.slot(output)} for output in outputs]})
        services = self.call.services
        if IDEMPOTENCY_KEY in self.call.request.headers and length_of(services, parts) > MOST_KEPT_BYTES:
            raise refused(WRONG_VALUE, _TOO_MUCH, "response_format")
        return ResultsResponse(services, parts, headers)

    def events(self, task: Task | None) -> list[Parts]:
        """An event for each result. Raises the same."""
        return [self._event("image_edit.completed", output, usage=_USAGE) for output in self._outputs(task)]

    def partial_event(self, task: Task, number: int) -> Parts | None:
        """The event of the preview with this number, from 0; None: there is none. Raises `StorageFailed`."""
        key = preview_key(task.id, task.standing.attempt, number)
        try:
            size = size_in_header(self._start_of(key, _MOST_HEADER_BYTES))
        except BlobMissing:
            return None
        if size is None:
            return None
        preview = Output(key, *size, media_type="")
        return self._event("image_edit.partial_image", preview, partial_image_index=number)

    def _event(self, name: str, output: Output, **more: Any) -> Parts:
        json = JsonWithResults()
        content = {
            "type": name,
            "b64_json": json.slot(output),
            "created_at": int(time.time()),
            **self._described(output),
            **more,
        }
        return [b"event: %b\ndata: " % name.encode(), *json.parts(content), b"\n\n"]

    def _outputs(self, task: Task | None) -> tuple[Output, ...]:
        """The results, of which there is one at least: those that failed beside others are left out."""
        if task is None:
            text = _TOO_SLOW.format(seconds=self.call.services.settings.sync_timeout_s)
            raise RefusedError(Refusal(504, "", text, STAYS_SO))
        failures = [one for one in (task.outcome.failure, *task.outcome.results) if isinstance(one, Failure)]
        if task.outcome.failure is None and task.outcome.outputs:
            self._check_changed(task.outcome.outputs)
            return task.outcome.outputs
        if not failures:
            raise RefusedError(Refusal(500, "", _STOPPED, STAYS_SO))
        if failures[0].code == BadParameter.code and failures[0].message.startswith("mask:"):
            raise without_mask(self.choice.without_mask)
        raise RefusedError(of_failure(failures[0]))

    def _check_changed(self, outputs: tuple[Output, ...]) -> None:
        """A picture without the writing that is to go comes back as it was: nobody would hear of it."""
        recipe = outputs[0].recipe
        if self.choice.edit == "remove_text" and recipe.get("lines") == [] and not recipe.get("crops"):
            raise refused(WRONG_VALUE, _NO_WRITING, "prompt")

    def _described(self, output: Output) -> dict[str, Any]:
        asked = self.asked.fields.quality
        start = self._start_of(output.key)
        return {
            "background": "transparent" if may_be_transparent(start) else "opaque",
            "output_format": self.asked.format,
            "quality": asked if asked in _QUALITIES else "high",
            "size": f"{output.width}x{output.height}",
        }

    def _start_of(self, key: str, length: int = _HEADER_BYTES) -> bytes:
        return b"".join(self.call.services.objects.open_range(key, 0, length))

    def _headers(self, outputs: tuple[Output, ...]) -> dict[str, str]:
        """What said where to edit, and how many values were changed elsewhere, as they were counted."""
        recipes = [output.recipe for output in outputs]
        headers = {"x-cleanplate-mask": self._mask_of(recipes[0])}
        changed = [recipe.get("changed_outside_mask") for recipe in recipes]
        if all(isinstance(count, int) for count in changed):  # what has no mask counts nothing
            headers["x-cleanplate-changed-outside-mask"] = str(sum(filter(None, changed)))
        said = [str(text) for recipe in recipes for text in recipe.get("warnings", ())]
        if len(self.asked.images) > 1:
            said.append("only the first image was edited, the others had no effect")
        if said:
            headers[WARNING] = warning_text(dict.fromkeys(said))
        return headers

    def _mask_of(self, recipe: Mapping[str, Any]) -> str:
        if self.asked.mask is not None:
            return "mask"
        if self.choice.alpha_mask and not recipe.get("finder"):
            return "image"
        return "words" if self.choice.words and self.choice.edit != "instruct" else "none"


def _known(task: Task | None) -> Task:
    assert task is not None  # noqa: S101 - there are outputs
    return task
