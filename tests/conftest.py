"""How much is tried: with `HYPOTHESIS_PROFILE=fuzz` (`make fuzz-long`) 20,000 examples instead of 100.

And `pack`: the model pack of `tests/plugins`, where the environment names it.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests import s3_server
from tests.postgres import PostgresServer, postgres_server

from cleanplate.runtime.runtime import default_runtime

PACK = Path(__file__).parent / "plugins"
INSTALLED = ("span", "u2netp", "mobilesam")
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
    pulled = default_runtime().weights
    for name in INSTALLED:
        if (pulled / name).is_dir():
            shutil.copytree(pulled / name, cache / "cleanplate" / "models" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        for name in ("CLEANPLATE_MODELS", "CLEANPLATE_HUB", "HF_ENDPOINT"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One for all tests of a run: each takes a new database on it."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the model pack; for one test `CLEANPLATE_PLUGINS` names it."""
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(PACK))
    return PACK


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of an S3 server in a process of its own."""
    with s3_server.moto_server() as endpoint:
        yield endpoint


@pytest.fixture
def moto_endpoint(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same; during the test the environment leads there."""
    s3_server.use_server(monkeypatch, moto)
    return moto


@pytest.fixture
def s3_gate(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3_server.Gate]:
    """A gate before that server, open; the environment leads to it instead."""
    with s3_server.gate(moto_endpoint) as gate:
        s3_server.use_server(monkeypatch, gate.endpoint)
        yield gate
