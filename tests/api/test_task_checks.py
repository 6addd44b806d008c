"""What `ApiCall.submit` refuses, with a made-up dialect on a whole application whose tasks stay queued."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.servers import Api, data_uri, png, settings_for, waiting

PLUGIN = """
from cleanplate.api import *

RULES = PictureRules(formats=("png",), max_bytes=2**20, max_side_px=640, max_pixels=640 * 640)
NONE = {"none": None, "text": "words", "list": [1]}


def make(call):
    body = call.json()
    picture = task_input("picture", body.pop("picture"), RULES)
    inputs = {role: picture for role in body.pop("roles", ["image"])}
    return {"id": call.submit(TaskRequest(model="acme", inputs=inputs, **body)).id}


def unfit(call):
    body = call.json()
    return {"id": call.submit(TaskRequest(edit="erase", model="acme", inputs={
        "image": task_input("picture", body["picture"], RULES)}, parameters={"boxes": {1, 2}})).id}


def dialect(name, webhook_body):
    return Dialect(
        name=name,
        prefix="/" + name,
        endpoints=(
            Endpoint("POST", f"/{name}/make", make),
            Endpoint("POST", f"/{name}/unfit", unfit),
            Endpoint("GET", f"/{name}/reply/{{kind}}", lambda call: NONE[call.request.path_params["kind"]]),
            Endpoint("GET", f"/{name}/later", lambda call: AwaitTask("x", lambda task: None)),
        ),
        errors=ErrorTable(lambda request, refusal: CompactJson({"oops": refusal.text}, refusal.status)),
        webhook_body=webhook_body,
    )


DIALECT = dialect("acme", lambda services, task, base: {"id": task.id}), dialect("mute", None)
"""
INTERNAL = {"oops": "an internal error has occurred"}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "plugins").mkdir()
    (folder / "plugins" / "acme.py").write_text(PLUGIN)
    with waiting(settings_for(folder / "data", plugins=folder / "plugins")) as api:
        yield api


def ask(api: Api, path: str = "/acme/make", **body: Any) -> tuple[int, Any]:
    given = {"edit": "erase", "picture": data_uri(png("photo")), **body}
    reply = api.client.post(path, json=given)
    return reply.status_code, reply.json()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_what_can_be_done_is_accepted(acme: Api) -> None:
    status, reply = ask(acme, parameters={"boxes": [[0, 0, 9, 9]]}, callback_url="https://example.com/hook")
    assert (status, set(reply)) == (200, {"id"})
    task = acme.services.tasks.get(reply["id"])
    assert task is not None
    assert task.submission.parameters == {"boxes": [[0, 0, 9, 9]]}


@pytest.mark.parametrize("url", ["", "example.com/hook", "ftp://example.com/", "https://me@example.com/"])
def test_a_callback_url_that_can_never_be_called(acme: Api, url: str) -> None:
    status, reply = ask(acme, callback_url=url)
    assert status == 400
    assert reply["oops"].startswith("callback_url: ")
    _, reply = ask(acme, callback_url=url, callback_field="hook.url")
    assert reply["oops"].startswith("hook.url: ")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"edit": "rub"}, "there is no edit 'rub', only "),
        ({"parameters": {"colour": 1}}, "erase has no parameter 'colour', only "),
        ({"roles": ["image", "shade"]}, "there is no input 'shade', only image, keep, mask"),
        ({"roles": ["mask"]}, "the input 'image' is missing"),
        ({"path": "/acme/unfit"}, "the parameters for erase are no JSON: "),
    ],
)
def test_a_mistake_of_the_dialect_is_its_internal_error(
    acme: Api, caplog: pytest.LogCaptureFixture, wanted: dict[str, Any], said: str
) -> None:
    assert ask(acme, **wanted) == (500, INTERNAL)
    (line,) = errors(caplog)
    assert f"{wanted.get('path', '/acme/make')} of the dialect acme: {said}" in line


def test_a_value_that_was_let_through_is_refused_at_once(acme: Api, caplog: pytest.LogCaptureFixture) -> None:
    status, reply = ask(acme, parameters={"boxes": "all"})
    assert status == 400
    assert reply["oops"].startswith("boxes: ")
    assert errors(caplog) == []


@pytest.mark.parametrize(("edit", "parameters"), [("colorize", {}), ("inpaint", {"prompt": "a cat"})])
def test_what_this_server_has_no_model_for(acme: Api, edit: str, parameters: dict[str, Any]) -> None:
    status, reply = ask(acme, edit=edit, parameters=parameters)
    assert status == 400
    assert reply["oops"].startswith(f"{edit} is not available on this server: ")


def test_without_words_nothing_is_missing(acme: Api) -> None:
    assert ask(acme, edit="inpaint")[0] == 200


@pytest.mark.parametrize(
    ("path", "kind"), [("reply/none", "NoneType"), ("reply/text", "str"), ("later", "NoneType")]
)
def test_what_is_no_reply_is_an_internal_error(
    acme: Api, caplog: pytest.LogCaptureFixture, path: str, kind: str
) -> None:
    reply = acme.client.get(f"/acme/{path}")
    assert (reply.status_code, reply.json()) == (500, INTERNAL)
    (line,) = errors(caplog)
    assert f"GET /acme/{path} of the dialect acme: it was answered with {kind}" in line


def test_a_callback_that_nobody_writes_is_told_in_the_log(
    acme: Api, caplog: pytest.LogCaptureFixture
) -> None:
    for path, told in (("/acme/make", False), ("/mute/make", True)):
        caplog.clear()
        assert ask(acme, path, callback_url="https://example.com/hook")[0] == 200
        assert ("the dialect mute has no webhook_body" in caplog.text) is told
