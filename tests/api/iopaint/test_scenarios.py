"""What a key for tests gets to see on demand."""

from collections.abc import Iterator

import pytest
from tests.api.iopaint.conftest import Client, samples
from tests.api.servers import png, served, settings_for

from cleanplate.app import build
from cleanplate.errors import BadInput
from cleanplate.tasks.simulation import FAILURES

KEY = "test-ci"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Without a model or a worker with a key for tests."""
    settings = settings_for(tmp_path_factory.mktemp("simulated"), iopaint="on", sync_timeout_s=3)
    app = build(settings.model_copy(update={"api_keys": (KEY,)}))
    with served(app, lifespan="on") as base, Client.opened(base, Authorization=f"Bearer {KEY}") as client:
        yield client


def scenario(client: Client, name: str) -> tuple[int, str]:
    client.session.headers["X-Cleanplate-Test"] = name
    reply = client.inpaint()
    assert reply.status_code == 200 or set(reply.json()) == {"error", "detail", "body", "errors"}
    return reply.status_code, "" if reply.ok else str(reply.json()["detail"])


@pytest.mark.parametrize("code", FAILURES)
def test_each_failure(simulated: Client, code: str) -> None:
    kind, public = FAILURES[code]
    status, told = scenario(simulated, code)
    if issubclass(kind, BadInput):
        assert status == (413 if code == "input-too-large" else 400)
        assert public in told
    else:
        assert (status, told) == (500, f"The edit failed ({code}).")


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("ok", 200, ""),
        ("slow=1", 200, ""),
        ("partial", 200, ""),
        ("expired=5", 200, ""),
        ("not-found", 504, "The edit took too long and was stopped."),
        ("cancelled", 500, "The edit was cancelled."),
        ("queued", 504, "The edit took too long and was stopped."),
    ],
)
def test_other_ends(simulated: Client, name: str, status: int, told: str) -> None:
    assert scenario(simulated, name) == (status, told)


def test_the_picture_comes_back(simulated: Client) -> None:
    simulated.session.headers["X-Cleanplate-Test"] = "ok"
    assert (samples(simulated.inpaint().content) == samples(png("photo"))).all()


def test_every_plugin_is_there(simulated: Client) -> None:
    plugins = simulated.get("/api/v1/server-config").json()["plugins"]
    assert [one["name"] for one in plugins] == ["RemoveBG", "RealESRGAN", "InteractiveSeg"]
