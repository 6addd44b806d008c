"""The list of all networks: models and inpainters."""

from dataclasses import replace

import pytest
from tests.runtimes import here, plug_in

from cleanplate.errors import SetupError
from cleanplate.fill.choosing import check_settings
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.fill.networks import batch_limit, candidates, networks
from cleanplate.models.base import Model
from cleanplate.models.roles import COLORIZE, INPAINT, Ability
from cleanplate.weights.card import Card

CARD = Card("mine", "MIT", sha256="ab")


def model(card: Card = CARD, rank: int = 1000) -> Model:
    return Model(card, (Ability(INPAINT, lambda job: job.rgb), Ability(COLORIZE, lambda job: job.rgb)), rank)


def inpainter(card: Card = CARD, rank: int = 1000) -> NetworkInpainter:
    return NetworkInpainter(card, lambda job: job.rgb, rank=rank)


def test_models_and_inpainters_with_weights_are_networks() -> None:
    known = networks(here())
    assert set(known["lama"].ranks) == {"erase"}
    assert set(known["realesrgan-video"].ranks) == {"restore", "upscale"}
    assert not {"patchmatch", "telea"} & set(known)
    assert known["realesrgan-photo"].only_named
    assert [network.card.name for network in candidates("erase", here())] == ["lama", "migan"]


def test_one_network_may_be_both(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, model(rank=-1), inpainter())
    mine = networks(here())["mine"]
    assert mine.ranks == {"inpaint": -1, "colorize": -1, "erase": 1000}
    assert not mine.only_named
    assert candidates("erase", here())[0].card is CARD
    assert CARD not in [network.card for network in candidates("inpaint", here())]


def test_two_cards_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, model(), inpainter(replace(CARD, licence="other")))
    with pytest.raises(SetupError, match="'mine' is the name of a model and of another inpainter"):
        check_settings(here())


def test_as_many_tasks_as_a_network_takes_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that can run, the best; those that cannot have no say."""
    batched = replace(CARD, name="batched", cpu_batch_limit=4)
    absent = replace(CARD, name="absent", needs=("no_such_module",), cpu_batch_limit=8)
    plug_in(
        monkeypatch, model(batched), model(absent, rank=2000), inpainter(replace(CARD, cpu_batch_limit=2))
    )
    runtime = here(device="cpu")
    assert batch_limit("inpaint", runtime) == 4
    assert batch_limit("inpaint", runtime, "absent") == 1
    assert batch_limit("erase", runtime) == 2
    assert batch_limit("erase", runtime, "nobody") == 1
    assert batch_limit("upscale", runtime) == 1
    assert batch_limit("find", runtime) == 1


def test_a_batch_is_as_large_as_memory_allows() -> None:
    card = replace(CARD, memory_bytes=2**30, batch_limit=8, cpu_batch_limit=4, batch_bytes=2**28)
    for budget, wanted in ((2**20, 1), (2**30, 1), (2**30 + 2**28, 2), (2**30 + 2**29, 3), (2**33, 4)):
        assert card.at_once(here(device="cpu", model_memory_bytes=budget)) == wanted
    assert card.at_once(here(device="cuda", gpu_memory_bytes=2**33)) == 8
    assert CARD.at_once(here(device="cuda")) == 1


def test_onnx_runs_on_the_cpu_where_it_cannot_use_the_gpu() -> None:
    """The package brings no build of it that can."""
    card = replace(CARD, needs=("onnxruntime",), batch_limit=8, cpu_batch_limit=2)
    assert card.at_once(here(device="cuda", gpu_memory_bytes=2**33)) == 2
