"""Every scenario, as the client of every vendor sees it. docs/testing-clients.md has the same table."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.applications import Starlette
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import DASHSCOPE, NATIVE, VENDORS, Client, Vendor

from cleanplate.app import build
from cleanplate.tasks.simulation import NAMES

MAGIC: Final = "https://test.cleanplate.invalid/"
TIMEOUT_S: Final = 10.0
ORDER: Final = [vendor.name for vendor in VENDORS]
DOCS: Final = Path(__file__).parents[2] / "docs" / "testing-clients.md"

SUCCEEDED: Final = ("SUCCEEDED", "TASK_STATUS_SUCCEED", "1", "succeeded", "Ready")
GONE: Final = ("UNKNOWN", "TASK_NOT_FOUND", "404", "not-found", "Task not found")
ENDS: Final = {
    "ok": SUCCEEDED,
    "slow=0": SUCCEEDED,
    "expired": GONE,
    "partial": SUCCEEDED,
    "cancelled": ("CANCELED", "TASK_STATUS_FAILED:TASK_FAILED", "-13", "cancelled", "Error"),
    "bad-parameter": (
        "FAILED:InvalidParameter",
        "TASK_STATUS_FAILED:INVALID_REQUEST_BODY",
        "-14",
        "failed:bad-parameter",
        "Error:bad-parameter",
    ),
    "download-failed": (
        "FAILED:InvalidParameter.FileDownload",
        "TASK_STATUS_FAILED:INVALID_IMAGE_FORMAT",
        "-3",
        "failed:download-failed",
        "Error:download-failed",
    ),
    "input-too-large": (
        "FAILED:InvalidParameter.ImageResolution",
        "TASK_STATUS_FAILED:IMAGE_FILE_EXCEEDS_MAX_SIZE",
        "-5",
        "failed:input-too-large",
        "Error:input-too-large",
    ),
    "not-a-picture": (
        "FAILED:InvalidParameter.ImageFormat",
        "TASK_STATUS_FAILED:INVALID_IMAGE_FORMAT",
        "-7",
        "failed:not-a-picture",
        "Error:not-a-picture",
    ),
    "picture-size": (
        "FAILED:InvalidParameter.ImageResolution",
        "TASK_STATUS_FAILED:IMAGE_EXCEEDS_MAX_RESOLUTION",
        "-5",
        "failed:picture-size",
        "Error:picture-size",
    ),
    "input-refused": (
        "FAILED:InvalidParameter.ImageContent",
        "TASK_STATUS_FAILED:ILLEGAL_IMAGE_CONTENT",
        "-10",
        "failed:input-refused",
        "Request Moderated",
    ),
    "output-refused": (
        "FAILED:InvalidParameter.ImageContent",
        "TASK_STATUS_FAILED:ILLEGAL_IMAGE_CONTENT",
        "-16",
        "failed:output-refused",
        "Content Moderated",
    ),
    "mask-mismatch": (
        "FAILED:InvalidParameter",
        "TASK_STATUS_FAILED:INVALID_REQUEST_BODY",
        "-7",
        "failed:mask-mismatch",
        "Error:mask-mismatch",
    ),
    "nothing-to-erase": (
        "FAILED:InvalidParameter",
        "TASK_STATUS_FAILED:INVALID_REQUEST_BODY",
        "-14",
        "failed:nothing-to-erase",
        "Error:nothing-to-erase",
    ),
    "unclear-mask": (
        "FAILED:InvalidParameter",
        "TASK_STATUS_FAILED:INVALID_REQUEST_BODY",
        "-14",
        "failed:unclear-mask",
        "Error:unclear-mask",
    ),
    "engine-failed": (
        "FAILED:InternalError.Algo",
        "TASK_STATUS_FAILED:TASK_FAILED",
        "-1",
        "failed:engine-failed",
        "Error:engine-failed",
    ),
    "storage-failed": (
        "FAILED:InternalError.FileUpload",
        "TASK_STATUS_FAILED:TASK_FAILED",
        "-2",
        "failed:storage-failed",
        "Error:storage-failed",
    ),
    "worker-died": (
        "FAILED:InternalError.Algo",
        "TASK_STATUS_FAILED:TASK_FAILED",
        "-1",
        "failed:worker-died",
        "Error:worker-died",
    ),
    "not-found": GONE,
}
"""What polls end with."""

STAYS: Final = {
    "queued": ("PENDING", "TASK_STATUS_QUEUED", "4", "queued", "Pending"),
    "slow=60": ("RUNNING", "TASK_STATUS_PROCESSING", "4", "running", "Pending"),
}
"""What polls come to, and stay at for a while."""

REFUSED: Final = {
    "rate-limit": (
        (429, "Throttling.RateQuota"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (429, "429"),
        (429, "rate-limit"),
        (429, "Too many requests"),
    ),
    "concurrency-limit": (
        (429, "Throttling"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (429, "429"),
        (429, "concurrency-limit"),
        (429, "Too many requests"),
    ),
    "queue-full": (
        (429, "Throttling"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (429, "429"),
        (429, "queue-full"),
        (429, "Too many requests"),
    ),
    "quota": (
        (429, "Throttling.AllocationQuota"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (429, "429"),
        (429, "quota"),
        (402, "Insufficient credits"),
    ),
    "unauthorized": (
        (401, "InvalidApiKey"),
        (403, "INVALID_API_KEY"),
        (401, "401"),
        (401, "unauthorized"),
        (403, "Not authenticated - Invalid Authentication"),
    ),
    "internal": (
        (500, "InternalError"),
        (500, "CREATE_TASK_FAILED"),
        (500, "500"),
        (500, "internal"),
        (500, "Internal Server Error"),
    ),
    "no-such-scenario": (
        (400, "InvalidParameter"),
        (400, "INVALID_REQUEST_BODY"),
        (400, "400"),
        (422, "bad-parameter"),
        (422, "value_error"),
    ),
}
"""How submits are answered: HTTP status and code."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return build(
        settings_for(tmp_path_factory.mktemp("simulation"), plugins=Path(__file__).parents[1] / "plugins")
    )


@pytest.fixture(scope="module")
def base(app: Starlette) -> Iterator[str]:
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture(scope="module")
def secret(app: Starlette) -> str:
    _, secret = app.state.services.access.create("client tests", test=True)
    return str(secret)


@pytest.fixture(params=VENDORS, ids=ORDER)
def client(request: pytest.FixtureRequest, base: str, secret: str) -> Iterator[Client]:
    vendor: Vendor = request.param
    with Client(vendor, base, secret) as client:
        yield client


def comes_to(client: Client, task_id: str, word: str) -> None:
    """Wait until polls say this word."""
    deadline = time.monotonic() + TIMEOUT_S
    while (seen := client.word(task_id)) != word:
        assert time.monotonic() < deadline, f"polls say {seen}, not {word}"
        time.sleep(0.01)


def of(client: Client, row: tuple[Any, ...]) -> Any:
    return row[ORDER.index(client.vendor.name)]


@pytest.mark.parametrize("scenario", ENDS)
def test_ends(client: Client, scenario: str) -> None:
    comes_to(client, client.submitted(scenario=scenario), of(client, ENDS[scenario]))


@pytest.mark.parametrize("scenario", STAYS)
def test_stays(client: Client, scenario: str) -> None:
    task_id = client.submitted(scenario=scenario)
    comes_to(client, task_id, of(client, STAYS[scenario]))
    assert client.word(task_id) == of(client, STAYS[scenario])


@pytest.mark.parametrize("scenario", REFUSED)
def test_refused(client: Client, scenario: str) -> None:
    reply = client.submit(scenario=scenario)
    assert (reply.status_code, client.vendor.code(reply.json())) == of(client, REFUSED[scenario])
    assert ("Retry-After" in reply.headers) == (reply.status_code in (402, 429))
    if "Retry-After" in reply.headers:
        assert int(reply.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [("ok", "ok"), ("", "ok"), ("engine-failed", "engine-failed"), ("expired", "expired")],
)
def test_magic_picture_urls(client: Client, path: str, expected: str) -> None:
    comes_to(client, client.submitted(MAGIC + path), of(client, ENDS[expected]))


def test_a_magic_url_can_refuse_the_submit(client: Client) -> None:
    reply = client.submit(MAGIC + "quota")
    assert (reply.status_code, client.vendor.code(reply.json())) == of(client, REFUSED["quota"])


@pytest.mark.parametrize("vendor", VENDORS, ids=ORDER)
def test_other_keys_do_real_work(base: str, vendor: Vendor) -> None:
    with Client(vendor, base, KEY) as client:
        comes_to(client, client.submitted(scenario="internal"), of(client, SUCCEEDED))
        comes_to(client, client.submitted(MAGIC + "ok"), of(client, ENDS["download-failed"]))


def test_expired_can_be_seen_first(base: str, secret: str) -> None:
    with Client(NATIVE, base, secret) as client:
        task_id = client.submitted(scenario="expired=600")
        comes_to(client, task_id, "succeeded")


def test_partial_failures_of_several_results(base: str, secret: str) -> None:
    """No model is needed: the words below are those that the vendor's clients look for in a result."""
    body = {
        "model": "wanx2.1-imageedit",
        "input": {"function": "colorization", "prompt": "p", "base_image_url": MAGIC + "partial"},
        "parameters": {"n": 3},
    }
    with Client(DASHSCOPE, base, secret) as client:
        headers = dict(DASHSCOPE.key(secret))
        reply = client._session.post(base + DASHSCOPE.path, json=body, headers=headers, timeout=10)
        task_id = DASHSCOPE.task_id(reply.json())
        comes_to(client, task_id, "SUCCEEDED")
        output = client.polled(task_id).json()["output"]
    assert ["url" in result for result in output["results"]] == [True, False, True]
    assert output["results"][1]["code"] == "InternalError.Algo"
    assert output["task_metrics"] == {"TOTAL": 3, "SUCCEEDED": 2, "FAILED": 1}


def test_slow_tests_do_not_keep_real_work_waiting(base: str, secret: str) -> None:
    with Client(NATIVE, base, secret) as test, Client(NATIVE, base, KEY) as real:
        slow = [test.submitted(scenario="slow=60") for _ in range(2)]
        comes_to(real, real.submitted(), "succeeded")
        assert all(test.word(task_id) in ("running", "queued") for task_id in slow)


def test_every_scenario_is_here_and_in_the_documentation() -> None:
    tested = {name.partition("=")[0] for name in (*ENDS, *STAYS, *REFUSED)} - {"no-such-scenario"}
    assert tested == set(NAMES)
    text = DOCS.read_text()
    assert all(f"| `{name}" in text for name in NAMES)
    for rows in (ENDS, STAYS):
        for row in rows.values():
            assert all(f"`{part}`" in text for word in row for part in word.split(":"))
