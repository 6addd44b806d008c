"""`POST /studio/session`: the word of a link becomes a session, which every API takes for its key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.servers import Api, settings_for, waiting

from cleanplate.errors import StorageFailed
from cleanplate.serving.server import sign_in_link
from cleanplate.serving.welcome import welcome_text


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with waiting(settings_for(tmp_path_factory.mktemp("sign-in"))) as api:
        yield api


def exchange(api: Api, word: str | None) -> requests.Response:
    given: Any = {"Authorization": word if word is None else f"Bearer {word}"}
    return api.client.post("/studio/session", headers=given)


def word_of(link: str | None) -> str:
    assert link is not None
    address, mark, word = link.partition("#sign-in=")
    assert (address, mark) == ("http://127.0.0.1:8080/", "#sign-in=")
    return word


def test_the_printed_link_signs_in_once(api: Api) -> None:
    access = api.services.access
    info, _ = access.create("first")
    link = sign_in_link(access, "http://127.0.0.1:8080")
    word = word_of(link)
    assert f"Open it in a browser:      {link}\n" in welcome_text("http://127.0.0.1:8080", None, "", link)
    reply = exchange(api, word)
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert set(reply.json()) == {"key", "expires_at"}
    session = {"Authorization": f"Bearer {reply.json()['key']}"}
    for path in ("/v1/catalogue", "/v1/usage", "/api/v1/tasks"):
        assert api.client.get(path, headers=session).status_code == 200, path
    again = exchange(api, word)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "unauthorized")
    assert again.headers["cache-control"] == "no-store"
    access.revoke(info.id)
    assert api.client.get("/v1/usage", headers=session).status_code == 401


@pytest.mark.parametrize("word", [None, "", "x", "x" * 10_000, "\xe9"])
def test_what_is_no_word_is_refused(api: Api, word: str | None) -> None:
    reply = exchange(api, word)
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "unauthorized")


def test_an_api_key_is_no_word_and_an_address_says_nothing(api: Api) -> None:
    access = api.services.access
    word = word_of(sign_in_link(access, "http://127.0.0.1:8080"))
    assert api.client.post("/studio/session").status_code == 401
    assert api.client.post(f"/studio/session?word={word}", headers={"Authorization": ""}).status_code == 401
    assert api.client.get("/studio/session").status_code == 405
    assert exchange(api, word).status_code == 200


def test_who_tries_many_has_to_wait(tmp_path: Path) -> None:
    with waiting(settings_for(tmp_path)) as api:
        statuses = [exchange(api, f"guess-{number}").status_code for number in range(40)]
        assert set(statuses[:30]) == {401}
        assert statuses[-1] == 429
        assert exchange(api, "more").headers["retry-after"] >= "1"


def test_a_database_that_refuses_is_told_and_uses_nothing_up(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key_id: str) -> None:
        raise StorageFailed("the database cannot be used", log="locked")

    word = word_of(sign_in_link(api.services.access, "http://127.0.0.1:8080"))
    monkeypatch.setattr(api.services.access, "_by_id", refuse)
    reply = exchange(api, word)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()
    assert exchange(api, word).status_code == 200
    assert exchange(api, word).status_code == 401


def test_without_the_studio_there_is_no_way_in(tmp_path: Path) -> None:
    with waiting(settings_for(tmp_path, studio="off")) as api:
        assert exchange(api, "x").status_code == 404
