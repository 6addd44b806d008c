"""Servers whose tasks wait for ever (to look at each state at leisure), and live ones."""

from collections.abc import Iterator

import pytest
from tests.api.servers import Api, picture_server, served, settings_for, waiting
from tests.conftest import PACK

from cleanplate.app import build


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Accepted tasks stay queued. No model is installed."""
    with waiting(settings_for(tmp_path_factory.mktemp("api"))) as api:
        yield api


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The same with the model pack."""
    with waiting(settings_for(tmp_path_factory.mktemp("packed"), plugins=PACK)) as api:
        yield api


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a whole server on loopback, worker included."""
    with served(build(settings_for(tmp_path_factory.mktemp("live"))), lifespan="on") as base:
        yield base


@pytest.fixture(scope="module")
def packed_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same with the model pack."""
    app = build(settings_for(tmp_path_factory.mktemp("packed"), plugins=PACK))
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """Base URL of a loopback server with test pictures."""
    with picture_server() as base:
        yield base
