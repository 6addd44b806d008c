"""IOPaint's paths and what happens behind them. Each request waits for its task."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.form_fields import FormRules, read_form
from cleanplate.api.iopaint import served_models
from cleanplate.api.iopaint.iopaint_bodies import (
    AdjustBody,
    InpaintBody,
    ModelBody,
    PluginBody,
    PluginModelBody,
    clicked,
    format_of,
    picture,
    read_fields,
)
from cleanplate.api.iopaint.iopaint_codes import invalid, of_failure, refused
from cleanplate.api.refusal import RefusedError
from cleanplate.api.result_files import picture_response
from cleanplate.api.task_request import TaskRequest
from cleanplate.api.warning_header import WARNING, warning_headers
from cleanplate.errors import BadParameter
from cleanplate.metadata.png_words import png_text
from cleanplate.tasks.task import OutputFormat, State, Task, TaskInput
from cleanplate.transport.json_response import CompactJson

_BASE: Final = "/api/v1"
PREFIX: Final = f"{_BASE}/inpaint"
OTHERS: Final = (
    *(f"{_BASE}/{name}" for name in ("server-config", "model", "samplers", "inputimage", "gen-info")),
    *(f"{_BASE}/{name}" for name in ("switch_plugin_model", "run_plugin_gen_mask", "run_plugin_gen_image")),
    *(f"{_BASE}/{name}" for name in ("adjust_mask", "save_image")),
    *(f"{_BASE}/{name}" for name in ("medias", "media_file", "media_thumbnail_file")),
    *("/socket.io", "/ws"),
)
_BRUSH: Final = (255, 203, 0, 186)
"""What the page paints with, and wants masks in."""
_RIM_PX: Final = 4
"""By so much IOPaint's masks of clicks reach beyond the thing."""
_LONGEST_PROMPT: Final = 2000
_SEEDS: Final = 2**32
_FORM: Final = FormRules(lambda name: name == "file", most_files=1)
_NO_PROMPT: Final = (
    f"prompt: without effect in the model {served_models.ERASE}; {served_models.BY_PROMPT} follows it"
)
_NO_CROPER: Final = "use_croper: what lies round the mask is looked at by itself here; send it as false"
_NOWHERE: Final = "Output directory not configured or doesn't exist"
_SLOW: Final = "The edit took too long and was stopped."
_STOPPED: Final = "The edit was cancelled."


def inpaint(call: ApiCall) -> AwaitTask:
    """`POST /api/v1/inpaint`: erase, paint by words, or grow the canvas; the reply is the picture."""
    body = call.consume(partial(read_fields, InpaintBody))
    by_prompt = served_models.current_model(call) == served_models.BY_PROMPT
    image = _picture(call, "image", body.image)
    inputs = {"image": image}
    if not body.use_extender:
        if not body.mask:
            raise invalid("mask", "is required")
        inputs["mask"] = _picture(call, "mask", body.mask)
    seed = body.drawn_seed()
    headers = {"X-Seed": str(seed)}
    if body.prompt and not by_prompt:
        headers[WARNING] = _NO_PROMPT
    edit, parameters = _edit_for(body, by_prompt=by_prompt)
    task = _submit(call, edit, inputs, {**parameters, "seed": seed % _SEEDS}, format_of(image))
    watch = partial(_tell, call, body.sd_steps)
    return AwaitTask(task.id, partial(_result, call, headers), watch=watch)


def _edit_for(body: InpaintBody, *, by_prompt: bool) -> tuple[str, dict[str, Any]]:
    """The edit and its parameters."""
    words = {"prompt": body.prompt[:_LONGEST_PROMPT]} if by_prompt else {}
    if body.use_extender:
        return "expand", {"frame": body.frame(), **words}
    exactly = {"dilate_px": body.dilate_px, "feather_px": body.feather_px}
    if not by_prompt:
        return "erase", exactly
    if body.use_croper:
        raise refused(_NO_CROPER)
    return "inpaint", {**exactly, **words, "negative_prompt": body.negative_prompt[:_LONGEST_PROMPT]}


def gen_mask(call: ApiCall) -> AwaitTask:
    """`POST /api/v1/run_plugin_gen_mask`: the outline of what is clicked on, in the page's colour."""
    body = call.consume(partial(read_fields, PluginBody))
    plugin = served_models.plugin_here(call, body.name, makes_mask=True)
    parameters = {**clicked(body.clicks), "grow_px": _RIM_PX, "paint": _BRUSH}
    return _awaited(call, plugin.edit, _picture(call, "image", body.image), parameters)


def gen_image(call: ApiCall) -> AwaitTask:
    """`POST /api/v1/run_plugin_gen_image`: a larger picture, or its subject alone."""
    body = call.consume(partial(read_fields, PluginBody))
    plugin = served_models.plugin_here(call, body.name, makes_mask=False)
    parameters = {"factor": body.scale} if plugin.edit == "upscale" else {}
    return _awaited(call, plugin.edit, _picture(call, "image", body.image), parameters)


def adjust_mask(call: ApiCall) -> AwaitTask:
    """`POST /api/v1/adjust_mask`."""
    body = call.consume(partial(read_fields, AdjustBody))
    grown = {"expand": body.kernel_size, "shrink": -body.kernel_size, "reverse": 0}[body.operate]
    change = {"grow_px": grown, "invert": body.operate == "reverse"}
    return _awaited(call, "adjust_mask", _picture(call, "mask", body.mask), {**change, "paint": _BRUSH})


def server_config(call: ApiCall) -> dict[str, Any]:
    """`GET /api/v1/server-config`."""
    return served_models.server_config(call)


def get_model(call: ApiCall) -> dict[str, Any]:
    """`GET /api/v1/model`."""
    return served_models.model_info(served_models.current_model(call))


def post_model(call: ApiCall) -> dict[str, Any]:
    """`POST /api/v1/model`."""
    name = call.consume(partial(read_fields, ModelBody)).name
    return served_models.model_info(served_models.switch_model(call, name))


def switch_plugin_model(call: ApiCall) -> Response:
    """`POST /api/v1/switch_plugin_model`."""
    body = call.consume(partial(read_fields, PluginModelBody))
    served_models.switch_plugin_model(call, body.plugin_name, body.model_name)
    return CompactJson(None)


def samplers(call: ApiCall) -> Response:
    """`GET /api/v1/samplers`."""
    return CompactJson(list(served_models.SAMPLERS))


def input_image(call: ApiCall) -> dict[str, Any]:
    """`GET /api/v1/inputimage`. There is none, which IOPaint says with status 200."""
    text = "No input image configured"
    return {"error": "HTTPException", "detail": text, "body": "", "errors": f"200: {text}"}


def gen_info(call: ApiCall) -> dict[str, Any]:
    """`POST /api/v1/gen-info`: the prompts that a PNG says it was made by."""
    try:
        form = call.consume(partial(read_form, call.request.headers, _FORM))
    except BadParameter as error:
        raise invalid("file", error.public) from None
    if "file" not in form.files:
        raise invalid("file", "is required")
    if not form.files["file"]:
        raise invalid("file", "is an empty file")
    prompt, _, rest = png_text(form.files["file"], "parameters").partition("Negative prompt: ")
    return {"prompt": prompt.strip(), "negative_prompt": rest.partition("\n")[0].strip()}


def save_image(call: ApiCall) -> dict[str, Any]:
    """`POST /api/v1/save_image`. Nothing of a client's is written to a folder."""
    raise refused(_NOWHERE)


async def _tell(call: ApiCall, steps: int, task: Task) -> None:
    """Tell the account's pages how many of their `steps` are done (`AwaitTask.watch`)."""
    account, tell = call.caller.account, call.services.events.tell
    if task.standing.state is State.RUNNING:
        await tell(account, "diffusion_progress", {"step": int(task.standing.progress * steps)})
    elif task.standing.state is State.SUCCEEDED:
        await tell(account, "diffusion_finish", {})


def _picture(call: ApiCall, field: str, text: str) -> TaskInput:
    means: Any = "grey" if field == "mask" else "auto"
    return picture(field, text, call.services.settings.max_body_bytes, means)


def _submit(
    call: ApiCall,
    edit: str,
    inputs: Mapping[str, TaskInput],
    parameters: Mapping[str, Any],
    output: OutputFormat = "png",
) -> Task:
    asked = TaskRequest(
        edit=edit, model=edit, inputs=inputs, parameters=parameters, output=output, interactive=True
    )
    return call.submit(asked)


def _awaited(call: ApiCall, edit: str, image: TaskInput, parameters: Mapping[str, Any]) -> AwaitTask:
    return AwaitTask(_submit(call, edit, {"image": image}, parameters).id, partial(_result, call, {}))


def _result(call: ApiCall, headers: Mapping[str, str], task: Task | None) -> Response:
    """The picture itself. Raises `RefusedError`, `StorageFailed`."""
    if task is None:
        raise refused(_SLOW, 504)
    if task.outcome.failure is not None:
        raise RefusedError(of_failure(task.outcome.failure))
    if not task.outcome.outputs:
        raise refused(_STOPPED, 500)
    output = task.outcome.outputs[0]
    warned = warning_headers(output.recipe, *filter(None, [headers.get(WARNING)]))
    return picture_response(call.services, output, {**headers, **warned})


ENDPOINTS: Final = (
    Endpoint("POST", PREFIX, inpaint),
    Endpoint("GET", f"{_BASE}/server-config", server_config),
    Endpoint("GET", f"{_BASE}/model", get_model),
    Endpoint("POST", f"{_BASE}/model", post_model),
    Endpoint("GET", f"{_BASE}/samplers", samplers),
    Endpoint("GET", f"{_BASE}/inputimage", input_image),
    Endpoint("POST", f"{_BASE}/switch_plugin_model", switch_plugin_model),
    Endpoint("POST", f"{_BASE}/run_plugin_gen_mask", gen_mask),
    Endpoint("POST", f"{_BASE}/run_plugin_gen_image", gen_image),
    Endpoint("POST", f"{_BASE}/adjust_mask", adjust_mask),
    Endpoint("POST", f"{_BASE}/gen-info", gen_info),
    Endpoint("POST", f"{_BASE}/save_image", save_image),
)
