"""Each network as precise as on a GPU: where a part stays in full precision, the two would not meet."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.pulled.conftest import PHOTO, THING, WHY, Server

from cleanplate.runtime.runtime import Runtime

pytest.importorskip("torch", reason=WHY)

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def half(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Runtime, "precision", "bfloat16")
    server.runtime.close()
    yield
    server.runtime.close()


@pytest.mark.parametrize("name", ["tiny-flux-klein", "tiny-sdxl-inpaint"])
def test_pictures_by_words(server: Server, name: str) -> None:
    after, recipe = server.edited("inpaint", mask=True, prompt="a dog", model=name)
    assert recipe["model"]["name"] == name
    assert (after[20:40, 30:50] != PHOTO[20:40, 30:50]).any()


def test_half_is_about_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is half: the values are others. It is right: they are close."""
    after, _ = server.edited("instruct", prompt="a dog", model="tiny-flux-klein")
    monkeypatch.setattr(Runtime, "precision", "float32")
    server.runtime.close()
    full, _ = server.edited("instruct", prompt="a dog", model="tiny-flux-klein")
    off = np.abs(after.astype(int) - full)
    assert off.max() > 0
    assert off.mean() < 4


def test_qwen(server: Server) -> None:
    """With less strength, for then its noise and the picture are mixed by us."""
    after, recipe = server.edited("instruct", prompt="a dog", strength=0.5, model="tiny-qwen-edit")
    assert recipe["model"]["name"] == "tiny-qwen-edit"
    assert (after != PHOTO).any()


def test_colours(server: Server) -> None:
    after, _ = server.edited("colorize")
    assert (after != PHOTO).any()


def test_regions(server: Server) -> None:
    assert 0 < server.found(THING).mean() < 1
