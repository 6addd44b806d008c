"""The list of all networks: models and inpainters."""

from dataclasses import replace

import pytest
from tests.runtimes import here, plug_in

from cleanplate.errors import SetupError
from cleanplate.fill.choosing import check_settings
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.fill.networks import candidates, networks
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
