"""The one way in which endpoints are run, with a made-up dialect behind nothing but its routes."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from tests.api.client import Client
from tests.api.servers import BEARER, Api, served

from cleanplate.api import (
    ApiCall,
    AwaitTask,
    CompactJson,
    Dialect,
    Endpoint,
    ErrorTable,
    JsonReply,
    PictureRules,
    Refusal,
    RefusedError,
    RequestBody,
    task_input,
)
from cleanplate.api.dialect_routes import dialect_routes
from cleanplate.errors import (
    BadInput,
    BadParameter,
    CleanplateError,
    InputTooLarge,
    LimitReached,
    StorageFailed,
    Unauthorized,
)

RULES = PictureRules(formats=("png",), max_bytes=100, max_side_px=64, max_pixels=64 * 64)
ERRORS: dict[str, CleanplateError] = {
    "parameter": BadParameter("wrong"),
    "input": BadInput("wrong"),
    "large": InputTooLarge("large"),
    "key": Unauthorized("who?"),
    "limit": LimitReached("slowly", kind="rate", retry_after_s=7),
    "disk": StorageFailed("the disk", log="the disk at /secret"),
}


class Named(RequestBody):
    name: str


def raising(call: ApiCall) -> dict[str, Any]:
    raise ERRORS[call.request.path_params["kind"]]


def refusing(call: ApiCall) -> dict[str, Any]:
    raise RefusedError(Refusal(418, "teapot", "No coffee.", {"X-Tea": "green"}, where="cup"))


def echo(call: ApiCall) -> JsonReply:
    return JsonReply({"method": call.request.method, "body": call.body.decode()}, 201, {"X-More": "yes"})


def text(call: ApiCall) -> Response:
    return PlainTextResponse("as it is")


def named(call: ApiCall) -> dict[str, Any]:
    return {"name": call.read(Named).name}


def waiting(call: ApiCall) -> AwaitTask:
    # A task that is not there has ended in vain
    return AwaitTask(str(uuid.uuid4()), lambda task: {"task": task})


def waiting_in_vain(call: ApiCall) -> AwaitTask:
    return AwaitTask("x", lambda task: refusing(call))


DIALECT = Dialect(
    name="acme",
    prefix="/acme",
    endpoints=(
        Endpoint("GET", "/acme/raise/{kind}", raising),
        Endpoint("GET", "/acme/refuse", refusing),
        Endpoint("GET", "/acme/echo", echo),
        Endpoint("PUT", "/acme/echo", echo, idempotent=True),
        Endpoint("GET", "/acme/text", text),
        Endpoint("POST", "/acme/named", named),
        Endpoint("GET", "/acme/wait", waiting),
        Endpoint("GET", "/acme/wait-in-vain", waiting_in_vain),
    ),
    errors=ErrorTable(
        lambda request, refusal: CompactJson(
            {"code": refusal.code, "text": refusal.text, "where": refusal.where}, refusal.status
        )
    ),
)


@contextmanager
def opened(api: Api, dialect: Dialect, **options: Any) -> Iterator[Client]:
    """A client of nothing but the routes of this dialect."""
    app = Starlette(routes=dialect_routes(dialect, api.services), **options)
    app.router.redirect_slashes = False
    with served(app, lifespan="off") as base, Client.opened(base, **BEARER) as client:
        yield client


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[Client]:
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        reply = DIALECT.errors.status_response(request, error.status_code, "")
        reply.headers.update(error.headers or {})
        return reply

    with opened(api, DIALECT, exception_handlers={HTTPException: refused}) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "status", "code", "said"),
    [
        ("parameter", 400, "Bad Request", "wrong"),
        ("input", 400, "Bad Request", "wrong"),
        ("large", 413, None, "large"),
        ("key", 401, "Unauthorized", "who?"),
        ("limit", 429, "Too Many Requests", "slowly"),
        ("disk", 503, "Service Unavailable", "the disk"),
    ],
)
def test_an_error_of_the_service_is_a_refusal(
    client: Client, kind: str, status: int, code: str | None, said: str
) -> None:
    reply = client.get(f"/acme/raise/{kind}")
    assert reply.status_code == status
    assert reply.json()["text"] == said
    assert code is None or reply.json()["code"] == code
    assert reply.headers.get("retry-after") == {"limit": "7", "disk": "5"}.get(kind)


def test_a_refusal_keeps_its_headers(client: Client) -> None:
    for path in ("/acme/refuse", "/acme/wait-in-vain"):
        reply = client.get(path)
        assert (reply.status_code, reply.headers["x-tea"]) == (418, "green")
        assert reply.json() == {"code": "teapot", "text": "No coffee.", "where": "cup"}


def test_the_table_has_the_last_word(api: Api) -> None:
    table = replace(DIALECT.errors, of_error=lambda request, error: Refusal(200, error.code, "fine"))
    with opened(api, replace(DIALECT, errors=table)) as client:
        reply = client.get("/acme/raise/limit")
    assert (reply.status_code, reply.json()["code"]) == (200, "limit-reached")
    assert reply.headers["retry-after"] == "7"


def test_bodies_belong_to_methods_that_have_one(client: Client) -> None:
    reply = client.request("PUT", "/acme/echo", data=b"body")
    assert (reply.status_code, reply.headers["x-more"]) == (201, "yes")
    assert reply.json() == {"method": "PUT", "body": "body"}
    assert client.request("GET", "/acme/echo", data=b"body").json() == {"method": "GET", "body": ""}
    head = client.request("HEAD", "/acme/echo")
    assert (head.status_code, head.headers["x-more"]) == (201, "yes")
    assert set(client.request("DELETE", "/acme/echo").headers["allow"].split(", ")) == {"GET", "HEAD", "PUT"}


def test_any_response_passes(client: Client) -> None:
    assert client.get("/acme/text").text == "as it is"


def test_the_first_wrong_field_is_named(client: Client) -> None:
    assert client.post("/acme/named", json={"name": "x", "more": 1}).json() == {"name": "x"}
    assert client.post("/acme/named", json={"name": " "}).json()["text"] == "name: is required"
    assert client.post("/acme/named", data=b"{").status_code == 400


def test_waiting_for_a_task(client: Client) -> None:
    assert client.get("/acme/wait").json() == {"task": None}


def test_a_slash_at_the_end(api: Api, client: Client) -> None:
    assert client.get("/acme/text/").text == "as it is"
    with opened(api, replace(DIALECT, trailing_slash=False)) as strict:
        assert strict.get("/acme/text/").status_code == 404


def test_what_is_served_is_told() -> None:
    assert DIALECT.served_paths.startswith(
        "This server serves: GET /acme/raise/{kind}, GET /acme/refuse, GET /acme/echo"
    )
    assert "PUT /acme/echo, GET /acme/text" in DIALECT.served_paths


def test_submits_are_known_by_their_path() -> None:
    assert DIALECT.is_idempotent("/acme/echo")
    assert DIALECT.is_idempotent("/acme/echo/")
    assert not DIALECT.is_idempotent("/acme/text")


@pytest.mark.parametrize("value", ["file:///x", "data:image/png;base64,%", "", "http://"])
def test_a_picture_that_cannot_be_one_is_named(value: str) -> None:
    with pytest.raises(BadParameter, match=r"^picture: "):
        task_input("picture", value, RULES)


def test_a_picture_that_is_too_large_is_named() -> None:
    with pytest.raises(InputTooLarge, match=r"^picture: "):
        task_input("picture", "data:image/png;base64," + "A" * 400, RULES)
