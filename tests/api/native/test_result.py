"""`GET /v1/edits/{id}/results/{number}`: a result for the key that asked, whichever way its link leads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from tests.api.native.conftest import EDITS, TEST_KEY, Client, body, problem
from tests.s3_server import BUCKET, use_server


def made(client: Client, **more: Any) -> Any:
    edit = client.ended(client.post(EDITS, json=body(**more)).json()["id"])
    assert edit["state"] == "succeeded", edit
    return edit


def test_it_is_what_the_link_leads_to(live: Client) -> None:
    edit = made(live, count=2)
    files = [live.get(f"{EDITS}/{edit['id']}/results/{number}") for number in (0, 1)]
    assert [file.content for file in files] == [
        requests.get(result["url"], timeout=10).content for result in edit["results"]
    ]
    assert files[0].headers["content-type"] == "image/png"
    assert files[0].headers["x-content-type-options"] == "nosniff"
    known = {"If-None-Match": files[0].headers["etag"]}
    assert live.get(f"{EDITS}/{edit['id']}/results/0", headers=known).status_code == 304
    part = live.get(f"{EDITS}/{edit['id']}/results/0", headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")


@pytest.mark.parametrize("number", ["1", "-1", "x", "²", "\u0660", "9" * 5000, "0.0"])
def test_there_is_none_of_that_number(live: Client, number: str) -> None:
    problem(live.get(f"{EDITS}/{made(live)['id']}/results/{number}"), 404, "not-found")


def test_an_edit_that_waits_and_one_that_failed_have_none(client: Client, live: Client) -> None:
    waiting = client.post(EDITS, json=body()).json()["id"]
    problem(client.get(f"{EDITS}/{waiting}/results/0"), 404, "not-found")
    headers = {"Authorization": f"Bearer {TEST_KEY}", "X-Cleanplate-Test": "partial"}
    edit = live.post(EDITS, json=body(edit="absent", count=2), headers=headers).json()["id"]
    live.ended(edit, Authorization=headers["Authorization"])
    own = {"Authorization": headers["Authorization"]}
    assert live.get(f"{EDITS}/{edit}/results/0", headers=own).status_code == 200
    problem(live.get(f"{EDITS}/{edit}/results/1", headers=own), 404, "not-found")


def test_nobody_else_sees_it(live: Client) -> None:
    path = f"{EDITS}/{made(live)['id']}/results/0"
    problem(live.get(path, headers={"Authorization": f"Bearer {TEST_KEY}"}), 404, "not-found")
    problem(live.get(path, headers={"Authorization": "Bearer nobody"}), 401, "unauthorized")


def test_a_file_that_is_gone_is_not_found(running: Callable[..., Any], tmp_path: Path) -> None:
    with running(tmp_path / "data") as client:
        edit = made(client)
        for file in (tmp_path / "data").rglob("*.png"):
            file.unlink()
        problem(client.get(f"{EDITS}/{edit['id']}/results/0"), 404, "not-found")


def test_where_links_lead_to_the_store_it_comes_from_here(
    running: Callable[..., Any], moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_server(monkeypatch, moto)
    with running(tmp_path, store=f"s3://{BUCKET}/results-test", result_links="store") as client:
        edit = made(client)
        url = edit["results"][0]["url"]
        assert urlsplit(url).netloc == urlsplit(moto).netloc
        wanted = requests.get(url, timeout=10).content
        assert client.get(f"{EDITS}/{edit['id']}/results/0").content == wanted
