"""What the words of a prompt do: removals erase, others need a model, and what is missing is said."""

from typing import Any

import pytest
from tests.api.openai.conftest import Client, changed, image, made, mask, photo, refusal, saved, with_hole
from tests.api.openai.test_edits import submitted
from tests.api.servers import Api, png


@pytest.mark.parametrize("prompt", ["", "remove", "Please erase the car.", "去掉选中的区域", "把人去掉"])
def test_removals_erase_within_the_mask(client: Client, prompt: str) -> None:
    reply = client.edit(prompt=prompt)
    assert reply.status_code == 200, reply.text
    assert changed(reply.json()["data"][0]["b64_json"])[0] == 0


@pytest.mark.parametrize(
    "prompt", ["a flamingo", "replace it with a hat", "把它换成狗", "remove the background"]
)
@pytest.mark.parametrize("files", [{"image": image(), "mask": mask()}, {"image": image()}])
def test_other_words_without_a_model(waiting: Client, prompt: str, files: dict[str, bytes]) -> None:
    reply = waiting.edit(files=files, prompt=prompt)
    assert refusal(reply) == (404, "model_not_found", "prompt")
    message = reply.json()["error"]["message"]
    assert "cleanplate models pull" in message
    assert "'remove'" in message


def test_other_words_within_the_mask(packed: Client) -> None:
    reply = packed.edit(prompt="a red wall")
    assert reply.status_code == 200, reply.text
    outside, inside = changed(reply.json()["data"][0]["b64_json"])
    assert (outside, inside > 0) == (0, True)
    assert reply.headers["x-cleanplate-changed-outside-mask"] == "0"


@pytest.mark.parametrize(
    "fields", [{"model": "dall-e-2", "response_format": "b64_json"}, {"image_alpha": "mask"}]
)
def test_other_words_within_the_images_own_transparency(packed: Client, fields: dict[str, Any]) -> None:
    reply = packed.edit(files={"image": with_hole()}, prompt="a red wall", **fields)
    assert reply.status_code == 200, reply.text
    outside, inside = changed(reply.json()["data"][0]["b64_json"])
    assert (outside, inside > 0) == (0, True)
    assert reply.headers["x-cleanplate-mask"] == "image"


def test_other_words_for_the_whole_picture(packed: Client) -> None:
    reply = packed.edit(files={"image": image()}, prompt="make it winter", size="80x40")
    assert reply.status_code == 200, reply.text
    assert made(reply.json()["data"][0]["b64_json"]).shape == (40, 80, 3)
    assert reply.headers["x-cleanplate-mask"] == "none"


def test_other_words_take_one_image(waiting: Client) -> None:
    reply = waiting.edit(files={"image[]": image(), "image[]#2": image()}, prompt="wear this hat")
    assert refusal(reply) == (400, "invalid_value", "image")


def test_words_find_what_they_name(packed: Client) -> None:
    reply = packed.edit(files={"image": png("photo")}, prompt="remove the red disc")
    assert reply.status_code == 200, reply.text
    assert reply.headers["x-cleanplate-mask"] == "words"


def test_words_without_a_finder(waiting: Client) -> None:
    reply = waiting.edit(files={"image": image()}, prompt="remove the red car")
    assert refusal(reply) == (404, "model_not_found", "prompt")
    assert "'the red car'" in reply.json()["error"]["message"]
    assert "cleanplate models pull" in reply.json()["error"]["message"]


def test_what_is_written_has_an_edit_of_its_own(api: Api, waiting: Client) -> None:
    files = {"image": ("a.jpg", saved(photo(), "JPEG"))}
    with waiting.post(files=files, data={"prompt": "去掉水印", "stream": "1"}, stream=True) as reply:
        assert reply.status_code == 200
        asked = submitted(api).submission
    assert (asked.edit, asked.parameters["prompt"]) == ("remove_text", "水印")


def test_writing_that_is_not_there(client: Client) -> None:
    assert refusal(client.edit(files={"image": image()}, prompt="remove all text")) == (
        400,
        "invalid_value",
        "prompt",
    )
