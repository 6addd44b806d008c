"""Paths: one spelling each, and whose words tell that there is nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request
from tests.api.dashscope.conftest import HEADERS, SUBMIT
from tests.api.servers import KEY, Api, settings_for, waiting
from tests.api.vendors import VENDORS, Client, Vendor

from cleanplate.api.dialect import dialect_of
from cleanplate.api.novita import DIALECT as NOVITA_DIALECT


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with waiting(settings_for(tmp_path_factory.mktemp("prefixes"))) as api:
        yield api


DASHSCOPE = [
    "/api/v1/services/aigc/text-generation/generation",
    "/api/v1/services/aigc/video-generation/video-synthesis",
    "/api/v1/nothing",
    "/api/v1",
    "/api/v2/services/aigc/x",
    "/api/v2",
    "/compatible-mode/v1/chat/completions",
    "/compatible-mode/v1/images/generations",
    "/apps/anthropic/v1/messages",
]
NOVITA = [
    "/v3/async/txt2img",
    "/v3/merge-face",
    "/v3/openai/chat/completions",
    "/v3beta/flux-1-schnell",
    "/openai/v1/chat/completions",
    "/v4/x",
    "/v2/txt2img",
]
PICWISH = [
    "/api/tasks/visual/segmentation",
    "/api/tasks/visual/external/nothing",
    "/api/tasks/x",
    "/api/tasks",
]
OPENAI = ["/v1/images", "/v1/images/nothing", "/v1/chat/completions", "/v1/files", "/v1/models/a/b"]
NATIVE = ["/v1/image", "/v1/nothing", "/v1", "/v1/modelsx"]
UNKNOWN = [
    *(
        (path, 401, "InvalidApiKey", 404, "NotFound", "Not found! This server serves: POST " + SUBMIT)
        for path in DASHSCOPE
    ),
    *(
        (
            path,
            400,
            "MISSING_API_KEY",
            404,
            "API_NOT_FOUND",
            "no such API. This server serves: POST /v3/async/image-eraser, ",
        )
        for path in NOVITA
    ),
    *(
        (path, 401, 401, 404, 404, "Not found. This server serves: POST /api/tasks/visual/inpaint, ")
        for path in PICWISH
    ),
    *(
        (path, 401, None, 404, None, "This server serves: POST /v1/images/edits, POST /v1/images/generations")
        for path in OPENAI
    ),
    *((path, 401, "unauthorized", 404, "not-found", "This server serves: ") for path in NATIVE),
]


def code(answer: Any) -> object:
    """In whichever dialect it is."""
    if "error" in answer:
        return answer["error"]["code"]
    return answer["reason"] if "reason" in answer else answer.get("status", answer.get("code"))


@pytest.mark.parametrize(("path", "no_key", "no_key_code", "status", "told", "words"), UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_served_is_told_in_the_words_of_its_vendor(  # noqa: PLR0917, PLR0913 - a row of a table
    api: Api, method: str, path: str, no_key: int, no_key_code: object, status: int, told: object, words: str
) -> None:
    reply = api.client.request(method, path, headers={"Authorization": ""})
    assert (reply.status_code, code(reply.json())) == (no_key, no_key_code)
    reply = api.client.request(method, path, headers={"X-API-KEY": KEY})
    assert (reply.status_code, code(reply.json())) == (status, told)
    assert words in reply.text
    head = api.client.request("HEAD", path, headers={"X-API-KEY": KEY})
    assert (head.status_code, head.content) == (status, b"")


def test_a_plug_in_may_take_what_a_vendor_only_stands_in_for() -> None:
    plug_in = replace(NOVITA_DIALECT, name="other", prefix="/openai/v1", others=())
    dialects = (NOVITA_DIALECT, plug_in)
    for path, name in (("/openai/v1/x", "other"), ("/openai/v2", "novita"), ("/v3/x", "novita")):
        found = dialect_of(dialects, Request({"type": "http", "path": path, "headers": []}))
        assert found is not None
        assert found.name == name


@pytest.mark.parametrize("path", ["/api/v1x/tasks", "/v33", "/v3betas", "/compatible", "/", "/x"])
def test_a_prefix_ends_with_a_segment(api: Api, path: str) -> None:
    reply = api.client.get(path, headers={"Authorization": ""})
    assert reply.status_code == (200 if path == "/" else 404)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("spelling", ["/{path}", "//{path}", "{double}", "{triple}/"])
def test_slashes_that_a_base_url_brings(api: Api, vendor: Vendor, spelling: str) -> None:
    path = vendor.path
    double = path.replace("/", "//")
    spelled = spelling.format(path=path, double=double, triple=path.replace("/", "///"))
    if spelled.endswith("/") and vendor.name == "native":
        spelled = spelled[:-1]
    url = api.base + spelled
    with Client(vendor, api.base, KEY) as client:
        reply = client._session.post(url, timeout=10, **vendor.body("data:image/png;base64," + _PNG))
        assert reply.ok, reply.text
        assert client.polled(vendor.task_id(reply.json())).ok


_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_slashes_of_a_query_stay(api: Api) -> None:
    reply = api.client.get("//api//v1//uploads?action=getPolicy&model=a//b")
    assert reply.status_code == 200
    assert reply.json()["data"]["policy"]


def test_unknown_models_and_functions_name_the_known(api: Api) -> None:
    def refused(model: str, **given: str) -> str:
        sent = {"model": model, "input": given}
        return str(api.client.post(SUBMIT, json=sent, headers=HEADERS).json()["message"])

    message = refused("wanx9")
    assert message.startswith("Model not exist. This server serves: image-erase-completion, wanx-x-")
    message = refused("qwen-image-edit")
    assert message == (
        "url error, please check url! Model qwen-image-edit is served at "
        "/api/v1/services/aigc/multimodal-generation/generation."
    )
    message = refused("wanx2.1-imageedit", function="remove_all", base_image_url="http://x/y.png", prompt="")
    known = message.partition("the parameters must conform to the specification: input.function")[2]
    assert known.startswith(". This server serves: stylization_all, ")
    assert known.count(",") == 9
    assert "watermaker" not in known


@pytest.mark.parametrize(
    ("path", "methods"),
    [(SUBMIT, {"POST"}), ("/v3/async/task-result", {"GET", "HEAD"}), ("/healthz", {"GET", "HEAD"})],
)
def test_options_tells_what_may_be_asked(api: Api, path: str, methods: set[str]) -> None:
    reply = api.client.request("OPTIONS", path)
    assert (reply.status_code, reply.content) == (204, b"")
    assert set(reply.headers["allow"].split(", ")) == methods
