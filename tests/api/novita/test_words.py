"""Words instead of a mask, with the model pack's finder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.novita.conftest import Client
from tests.api.servers import served, settings_for

from cleanplate.app import build


@pytest.fixture
def finding(pack: Path, tmp_path: Path) -> Iterator[Client]:
    """A whole server with a model that finds things."""
    with (
        served(build(settings_for(tmp_path, plugins=pack)), lifespan="on") as base,
        Client.opened(base) as client,
    ):
        yield client


def test_words_name_what_to_erase(finding: Client) -> None:
    found = finding.erased(mask=None, prompt="the red disc", output_format="png")
    assert found["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert len(found["images"]) == 1
