"""OpenAI's paths and what happens behind them."""

from functools import partial
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.event_stream import EventStream
from cleanplate.api.idempotency_middleware import HEADER as IDEMPOTENCY_KEY
from cleanplate.api.openai.image_events import image_events
from cleanplate.api.openai.openai_bodies import read_edit
from cleanplate.api.openai.openai_codes import NO_MODEL, TWICE, UNSUPPORTED, refused
from cleanplate.api.openai.openai_replies import ImageReply
from cleanplate.api.openai.prompt_choice import choose_edit, task_request

PREFIX: Final = "/v1/images"
_MODELS: Final = "/v1/models"
OTHERS: Final = (
    _MODELS,
    *("/v1/chat", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/files"),
    *("/v1/audio", "/v1/moderations", "/v1/videos", TWICE),
)
MODELS: Final = (
    *("cleanplate", "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2"),
    *("gpt-image-2.5-sunburst", "gpt-image-2.5-flare", "gpt-image-2.6-sunburst", "gpt-image-2.6-flare"),
    *("chatgpt-image-latest", "dall-e-2"),
)
"""Names under which clients ask. The name changes nothing but what is said in docs/openai.md."""
_SINCE_S: Final = 1_764_460_800
"""When these were first served: 2025-11-30."""
_NOT_WITH_A_STREAM: Final = "stream: its events are not kept for an Idempotency-Key; leave out one of them"
_NOTHING_TO_EDIT: Final = (
    "This server edits images and makes none from words alone: send the image to /v1/images/edits."
)


def edit(call: ApiCall) -> AwaitTask | EventStream:
    """`POST /v1/images/edits`: the request waits for its task."""
    asked = call.consume(partial(read_edit, call.request))
    streamed = asked.fields.stream
    if streamed and IDEMPOTENCY_KEY in call.request.headers:
        raise refused(UNSUPPORTED, _NOT_WITH_A_STREAM, "stream")
    choice = choose_edit(call, asked)
    task = call.submit(task_request(asked, choice))
    reply = ImageReply(call, asked.without_pictures(), choice)
    return image_events(call, task, reply) if streamed else AwaitTask(task.id, reply.whole)


def list_models(call: ApiCall) -> dict[str, Any]:
    """`GET /v1/models`."""
    return {"object": "list", "data": [_model(name) for name in MODELS]}


def get_model(call: ApiCall) -> dict[str, Any]:
    """`GET /v1/models/{id}`."""
    name = call.request.path_params["id"]
    if name not in MODELS:
        text = f"The model '{name}' does not exist or you do not have access to it."
        raise refused(NO_MODEL, text, "model", status=404)
    return _model(name)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _SINCE_S, "owned_by": "cleanplate"}


def _not_here(call: ApiCall) -> dict[str, Any]:
    """`POST /v1/images/generations` and `/v1/images/variations`."""
    raise refused(NO_MODEL, _NOTHING_TO_EDIT, "model", status=404)


ENDPOINTS: Final = (
    Endpoint("POST", PREFIX + "/edits", edit, idempotent=True),
    Endpoint("POST", PREFIX + "/generations", _not_here),
    Endpoint("POST", PREFIX + "/variations", _not_here),
    Endpoint("GET", _MODELS, list_models),
    Endpoint("GET", _MODELS + "/{id}", get_model),
)
