"""Vendors' HTTP, one dialect each: it knows requests and replies, never pixels.

A dialect is a module or a package here, or a plug-in, with a constant `DIALECT`. What its author needs is
imported from here; docs/adding-a-vendor.md shows one.

The files of a dialect are `<dialect>_bodies.py` (what comes in), `_endpoints.py` (paths and what happens
there), `_replies.py` (what goes out) and `_codes.py` (tables of states and errors): in an editor's tab and in
a traceback the name says which vendor and what, without its folder.
"""

from cleanplate.api.dialect import Dialect, bearer
from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint, JsonReply
from cleanplate.api.field_values import RequestBody
from cleanplate.api.refusal import ErrorTable, Refusal, RefusedError
from cleanplate.api.result_links import result_link
from cleanplate.api.services import Services
from cleanplate.api.task_request import TaskRequest, task_input
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.tasks.task import Failure, Output, State, Task
from cleanplate.transport.json_response import CompactJson

__all__ = [
    "ApiCall",
    "AwaitTask",
    "CompactJson",
    "Dialect",
    "Endpoint",
    "ErrorTable",
    "Failure",
    "JsonReply",
    "Output",
    "PictureRules",
    "Refusal",
    "RefusedError",
    "RequestBody",
    "Services",
    "State",
    "Task",
    "TaskRequest",
    "bearer",
    "result_link",
    "task_input",
]
