"""How much is tried: with `HYPOTHESIS_PROFILE=fuzz` (`make fuzz`) 20,000 examples instead of 100.

And `pack`: the model pack of `tests/plugins`, through the door that third parties use.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cleanplate import discovery
from cleanplate.edits import catalogue

PACK = Path(__file__).parent / "plugins"

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile(
    "fuzz", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session", autouse=True)
def nothing_pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests never see what the user of this machine has pulled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("CLEANPLATE_MODELS", raising=False)
        yield


@contextmanager
def plugged(folder: Path) -> Iterator[Path]:
    """Its plug-ins are loaded; they are process-wide, so they go afterwards."""
    before = dict(discovery._plugins)
    catalogue._load.cache_clear()
    discovery.load_plugins(folder)
    try:
        yield folder
    finally:
        discovery._plugins.clear()
        discovery._plugins.update(before)
        catalogue._load.cache_clear()


@pytest.fixture
def pack() -> Iterator[Path]:
    """The folder of the model pack, loaded."""
    with plugged(PACK) as folder:
        yield folder


@pytest.fixture(scope="module")
def pack_of_module() -> Iterator[Path]:
    """The same for a server that a module's tests share; until the module ends the pack fills every hole."""
    with plugged(PACK) as folder:
        yield folder
