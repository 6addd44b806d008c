"""How much is tried: with `HYPOTHESIS_PROFILE=fuzz` (`make fuzz`) 20,000 examples instead of 100.

And `pack`: the model pack of `tests/plugins`, through the door that third parties use.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cleanplate import discovery
from cleanplate.edits import catalogue
from cleanplate.runtime import machine
from cleanplate.settings import load as settings_of_user

PACK = Path(__file__).parent / "plugins"
INSTALLED = ("span", "u2netp")
"""Models that `make` pulls when it installs: the tests have them too."""

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile(
    "fuzz", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Every run has an order of its own; say how to have it again."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"the order of this run: --randomly-seed={seed}")


@pytest.fixture(scope="session", autouse=True)
def nothing_pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests never see what the user of this machine has pulled, nor use that user's mirror."""
    cache = tmp_path_factory.mktemp("cache")
    pulled = settings_of_user().models or machine._default_folder()
    for name in INSTALLED:
        if (pulled / name).is_dir():
            shutil.copytree(pulled / name, cache / "cleanplate" / "models" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        for name in ("CLEANPLATE_MODELS", "CLEANPLATE_HUB", "HF_ENDPOINT"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def the_process_as_it_was() -> Iterator[None]:
    """Plug-ins and the machine are the process's own: what a module's tests do to them ends with it."""
    plugins, chosen = dict(discovery._plugins), dict(machine._chosen)
    yield
    for now, before in ((discovery._plugins, plugins), (machine._chosen, chosen)):
        now.clear()
        now.update(before)  # type: ignore[arg-type]
    catalogue._load.cache_clear()


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
    """The folder of the model pack, loaded for one test."""
    with plugged(PACK) as folder:
        yield folder


@pytest.fixture(scope="module")
def pack_of_module() -> Iterator[Path]:
    """The same for a server that a module's tests share; until the module ends the pack fills every hole."""
    with plugged(PACK) as folder:
        yield folder
