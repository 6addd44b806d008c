"""What lies in which queue, and which queues a worker serves: nobody gets what it cannot do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.runtimes import here, plug_in

from cleanplate.edits.catalogue import edits
from cleanplate.errors import SetupError
from cleanplate.models.base import Model
from cleanplate.models.jobs import DoodleJob
from cleanplate.models.roles import DOODLE, Ability
from cleanplate.pixels.types import Rgb8
from cleanplate.tasks.queues import bare, queue_of, served_queues, tasks_at_once
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

WORDS = {"prompt": "a red door"}


def _queue(edit: str, **values: Any) -> str:
    least = bare(here())
    known = edits(least)[edit]
    return queue_of(known, known.parse(values).model_dump(mode="json"), least)


@pytest.mark.parametrize(
    ("edit", "values", "queue"),
    [
        ("erase", {}, "general"),
        ("erase", {"engine": "patchmatch"}, "general"),
        ("erase", {"engine": "lama"}, "erase:lama"),
        ("expand", {}, "general"),
        ("remove_text", {}, "general"),
        ("upscale", {}, "general"),
        ("stylize", WORDS, "general"),
        ("inpaint", {}, "general"),
        ("inpaint", WORDS, "inpaint"),
        ("instruct", WORDS, "instruct"),
        ("instruct", {**WORDS, "model": "qwen-edit"}, "instruct:qwen-edit"),
        ("colorize", {}, "colorize"),
        ("doodle", WORDS, "doodle"),
        ("regions", {"find": "the dog"}, "find"),
        ("regions", {"find": "text"}, "general"),
        ("erase", {"points": [[1, 1]]}, "select"),
        ("erase", {"find": "the dog"}, "find"),
        ("erase", {"find": "the watermark"}, "general"),
        ("select", {"points": [[1, 1]]}, "select"),
        ("select", {"box": [1, 1, 9, 9]}, "select"),
        ("select", {"find": "the dog"}, "detect"),
    ],
)
def test_what_every_installation_can_do_is_general_and_the_rest_says_what_it_needs(
    edit: str, values: Mapping[str, Any], queue: str
) -> None:
    assert _queue(edit, **values) == queue


def test_it_is_no_matter_what_the_server_itself_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server with weights must not take for general what a worker without them cannot do."""
    _install_painter(monkeypatch, tmp_path)
    runtime = here(models=tmp_path)
    assert "doodle:painter" in served_queues(runtime)
    known = edits(runtime)["doodle"]
    values = known.parse(WORDS | {"model": "painter"}).model_dump(mode="json")
    assert queue_of(known, values, bare(runtime)) == "doodle:painter"


def test_a_bare_installation_serves_what_is_general(tmp_path: Path) -> None:
    assert served_queues(here(models=tmp_path)) == ("general",)


def test_weights_that_are_here_are_served_by_role_and_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _install_painter(monkeypatch, tmp_path)
    assert served_queues(here(models=tmp_path)) == ("doodle", "doodle:painter", "general")
    assert served_queues(here(models=tmp_path), ["doodle"]) == ("doodle", "doodle:painter")
    assert served_queues(here(models=tmp_path), ["general"]) == ("general",)


def test_a_role_that_nothing_here_can_do_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="this machine cannot instruct; it has general"):
        served_queues(here(models=tmp_path), ["instruct"])


def _install_painter(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A model whose one file of weights has been pulled into the folder."""

    def paint(job: DoodleJob) -> Rgb8:
        return job.rgb

    file = WeightFile("painter.onnx", 7, "", url="https://example.com/painter.onnx")
    plug_in(monkeypatch, Model(Card("painter", "Apache-2.0", files=(file,)), (Ability(DOODLE, paint),)))
    (folder / "painter").mkdir()
    (folder / "painter" / "painter.onnx").write_bytes(b"weights")


def test_as_many_tasks_at_once_as_the_network_of_their_queue_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(job: DoodleJob) -> Rgb8:
        return job.rgb

    mine = Model(Card("mine", "MIT", cpu_batch_limit=4), (Ability(DOODLE, draw),), rank=1000)
    plug_in(monkeypatch, mine)
    runtime = here(device="cpu")
    assert tasks_at_once("doodle", runtime) == tasks_at_once("doodle:mine", runtime) == 4
    for queue in ("general", "instruct", "doodle:flux-klein", "doodle:nobody", "pixelate"):
        assert tasks_at_once(queue, runtime) == 1
