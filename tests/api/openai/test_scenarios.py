"""What a key for tests can ask for, as this vendor's clients see it: with the reply, as the request waits."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from tests.api.openai.conftest import Client, data_url, image, mask, refusal
from tests.api.servers import served, settings_for

from cleanplate.app import build
from cleanplate.tasks.simulation import NAMES

MAGIC = "https://test.cleanplate.invalid/"
GOOD = ("ok", "slow=0", "partial")
REFUSED = {
    "cancelled": (500, None, None),
    "not-found": (504, None, None),
    "expired": (504, None, None),
    "queued=1": (504, None, None),
    "bad-parameter": (400, "invalid_value", None),
    "download-failed": (400, "failed_to_download_image", "image"),
    "input-too-large": (400, "image_file_too_large", "image"),
    "not-a-picture": (400, "invalid_image_file", "image"),
    "picture-size": (400, "image_too_large", "image"),
    "input-refused": (400, "moderation_blocked", None),
    "output-refused": (400, "moderation_blocked", None),
    "mask-mismatch": (400, "invalid_image_file", "mask"),
    "nothing-to-erase": (400, "invalid_image_file", "mask"),
    "unclear-mask": (400, "invalid_image_file", "mask"),
    "engine-failed": (500, None, None),
    "storage-failed": (500, None, None),
    "worker-died": (500, None, None),
    "rate-limit": (429, "rate_limit_exceeded", None),
    "concurrency-limit": (429, "rate_limit_exceeded", None),
    "queue-full": (429, "rate_limit_exceeded", None),
    "quota": (429, "insufficient_quota", None),
    "unauthorized": (401, "invalid_api_key", None),
    "internal": (500, None, None),
    "no-such-scenario": (400, "invalid_value", None),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return build(settings_for(tmp_path_factory.mktemp("scenarios"), sync_timeout_s=5))


@pytest.fixture(scope="module")
def base(app: Starlette) -> Iterator[str]:
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture
def tester(app: Starlette, base: str) -> Iterator[Client]:
    _, secret = app.state.services.access.create("client tests", test=True)
    with Client.opened(base, Authorization=f"Bearer {secret}") as client:
        yield client


@pytest.mark.parametrize("scenario", GOOD)
def test_a_result(tester: Client, scenario: str) -> None:
    found = tester.edited(headers={"X-Cleanplate-Test": scenario})
    assert len(found["data"]) == 1


def test_a_part_of_the_results(tester: Client) -> None:
    assert len(tester.edited(headers={"X-Cleanplate-Test": "partial"}, n=3)["data"]) == 2


@pytest.mark.parametrize("scenario", REFUSED)
def test_a_refusal(tester: Client, scenario: str) -> None:
    reply = tester.edit(headers={"X-Cleanplate-Test": scenario})
    assert refusal(reply) == REFUSED[scenario]
    assert ("Retry-After" in reply.headers) == (reply.status_code == 429)
    if scenario in ("quota", "engine-failed"):
        assert reply.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("scenario", ["engine-failed", "unclear-mask"])
def test_a_refusal_in_a_stream(tester: Client, scenario: str) -> None:
    reply = tester.edit(headers={"X-Cleanplate-Test": scenario}, stream="true")
    assert reply.status_code == 200
    assert reply.text.startswith("event: error\n")


def test_a_magic_address(tester: Client) -> None:
    body = {"images": [{"image_url": MAGIC + "quota"}], "mask": data_url(mask()), "prompt": ""}
    assert refusal(tester.post(json=body)) == REFUSED["quota"]
    body["images"] = [{"image_url": data_url(image())}]
    assert tester.post(json=body).status_code == 200


def test_no_model_is_needed(tester: Client) -> None:
    assert tester.edit(prompt="a flamingo").status_code == 200


def test_every_scenario_is_here() -> None:
    assert {name.partition("=")[0] for name in (*GOOD, *REFUSED)} - {"no-such-scenario"} == set(NAMES)
