"""Many pictures by words: what they name goes, one without it says so, one that failed is tried again."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.api.servers import served, settings_for
from tests.browser.conftest import Studio, picture
from tests.browser.test_batch import Batch
from tests.browser.test_erasing import samples
from tests.plugins import pack

from cleanplate.app import build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a model that finds what is red."""
    app = build(settings_for(tmp_path_factory.mktemp("words"), plugins=Path(pack.__file__).parent))
    with served(app, lifespan="on") as base:
        yield base


def grey() -> bytes:
    drawn = Image.open(io.BytesIO(picture("PNG"))).convert("L").convert("RGB")
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    return stream.getvalue()


def is_red(data: bytes) -> bool:
    shown = samples(data)
    middle = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    return bool(middle[0] > 150 and middle[1] < 90)


def test_what_words_name_goes(studio: Studio) -> None:
    batch, page = Batch(studio), studio.page
    files = [("ball.png", picture("PNG")), ("none.png", grey()), ("late.png", picture("PNG", (320, 214)))]
    assert [is_red(data) for _, data in files] == [True, False, True]
    batch.open()
    batch.add(files)
    batch.dialog.get_by_label("What these words name goes").check()
    start = batch.dialog.get_by_role("button", name="Start")
    assert start.is_disabled()
    batch.dialog.get_by_label("Words", exact=True).fill("the red ball")
    sent: list[Any] = []

    def fail_once(route: Any) -> None:
        body = route.request.post_data_json
        sent.append(body)
        if len(sent) == len(files):  # two at a time: the last is asked for last
            error = {"error": {"code": "internal", "message": "no"}}
            route.fulfill(status=500, json=error)
        else:
            route.continue_()

    page.route("**/v1/edits", fail_once)
    start.click()
    batch.ended("1 done, 2 failed, 0 to go")
    assert {one["parameters"]["find"] for one in sent} == {"the red ball"}
    assert "failed\nNothing in the picture is “the red ball”." in batch.rows.nth(1).inner_text()
    assert "The server has made a mistake." in batch.rows.nth(2).inner_text()
    batch.press("Try the failed ones again")
    batch.ended("2 done, 1 failed, 0 to go")
    assert "Nothing in the picture is “the red ball”." in batch.rows.nth(1).inner_text()
    with batch.saved() as read:
        assert read.namelist() == ["ball.png", "late.png"]
        for name, source in (files[0], files[2]):
            after = read.read(name)
            assert not is_red(after)
            assert samples(after).shape == samples(source).shape
            assert (samples(after)[:40] == samples(source)[:40]).all()
    studio.said = [text for text in studio.said if "500" not in text]
