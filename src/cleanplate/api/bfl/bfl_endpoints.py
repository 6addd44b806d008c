"""The vendor's paths and what happens behind them.

They lie within the native API's prefix, where that has no path.
"""

from typing import Any, Final

from cleanplate.api.bfl import bfl_replies
from cleanplate.api.bfl.bfl_bodies import read_erase
from cleanplate.api.bfl.bfl_codes import invalid
from cleanplate.api.endpoint import ApiCall, Endpoint
from cleanplate.api.refusal import RefusedError

PREFIX: Final = "/v1/flux-tools"
RESULT: Final = "/v1/get_result"
OTHERS: Final = (
    RESULT,
    "/v1/flux-*",
    "/v1/finetune",
    "/v1/finetune_details",
    "/v1/my_finetunes",
    "/v1/credits",
)
"""The last ones are the vendor's models and the rest of its API, of which nothing is served."""


def erase(call: ApiCall) -> dict[str, Any]:
    """`POST /v1/flux-tools/erase-v1`: accept a task. Nothing is fetched or decoded before the reply."""
    task = call.submit(read_erase(call.json()))
    return bfl_replies.submit_reply(task, f"{call.base_url}{RESULT}?id={task.id}")


def query(call: ApiCall) -> dict[str, Any]:
    """`GET /v1/get_result?id=…`. An unknown task is a status too."""
    task_id = call.request.query_params.get("id", "").strip()
    if not task_id:
        raise RefusedError(invalid("query", "id", "Field required"))
    task = call.task(task_id)
    if task is None:
        return bfl_replies.not_found_reply(task_id)
    return bfl_replies.task_reply(call.services, task, call.base_url)


ENDPOINTS: Final = (
    Endpoint("POST", PREFIX + "/erase-v1", erase, idempotent=True),
    Endpoint("GET", RESULT, query),
)
