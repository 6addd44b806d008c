"""Results whose links lead to the object storage: the page gets them from the server that it is from."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from tests.api.servers import served, settings_for
from tests.browser.conftest import KEY, Studio, picture
from tests.browser.test_edits import run
from tests.s3_server import BUCKET, use_server

from cleanplate.app import build


def test_links_to_the_object_storage_stop_nothing(
    browser: Any, moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_server(monkeypatch, moto)
    app = build(settings_for(tmp_path, store=f"s3://{BUCKET}/studio-test", result_links="store"))
    with served(app, lifespan="on") as site:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
        asked: set[str] = set()
        page = context.new_page()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        studio = Studio(page, site)
        studio.open(picture("PNG"), "meadow.png", "image/png")
        studio.stroke((-40, 0), (40, 0))
        run(studio)
        studio.erased()
        studio.wait_for_ball(False)
        name, data = studio.saved()
        assert (name, data[:4]) == ("meadow.png", b"\x89PNG")
        listed = requests.get(f"{site}/v1/edits", headers={"Authorization": f"Bearer {KEY}"}, timeout=10)
        (edit,) = listed.json()["edits"]
        assert urlsplit(edit["results"][0]["url"]).netloc == urlsplit(moto).netloc
        assert studio.said == []
        assert {place for place in asked if place} == {urlsplit(site).netloc}
        context.close()
