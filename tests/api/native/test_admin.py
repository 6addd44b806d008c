"""What an admin key may ask for below `/v1/admin`: keys, use, the line of tasks, models."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from starlette.applications import Starlette
from tests.api.native.conftest import EDITS, TEST_KEY, Client, body, problem
from tests.api.servers import KEY, served, settings_for
from tests.mirrored_model import DATA, plug_in_model
from tests.unit.weights.served import Home
from tests.unit.weights.served import served as mirror

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.key_limits import Limits

ADMIN: Final = "/v1/admin"
PULL: Final = f"{ADMIN}/models/tinynet/pull"
WAIT_S: Final = 20.0


@dataclass
class Site:
    """A whole server with a model that a mirror has, and a client with the one admin key."""

    boss: Client
    boss_id: str
    access: Access
    home: Home
    models: Path

    def as_(self, secret: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}"}

    def model(self) -> Any:
        return self.boss.get(f"{ADMIN}/models/tinynet").json()["model"]

    def pulled(self, wanted: Callable[[Any], bool] = lambda pull: pull["ended_at"] is not None) -> Any:
        """The pull, once it is as it is wanted."""
        end_s = time.monotonic() + WAIT_S
        while not wanted(pull := self.model()["pull"]):
            assert time.monotonic() < end_s, pull
            time.sleep(0.01)
        return pull

    def audit(self) -> list[tuple[str, str, str | None]]:
        return [(entry.event, entry.actor, entry.about) for entry in self.access.audit()]


def made(folder: Path, home: Home, plugins: Path, **more: Any) -> tuple[Starlette, Path]:
    shutil.copytree(plugins, folder / "plugins")
    plug_in_model(folder / "plugins", home)
    models = folder / "models"
    settings = settings_for(
        folder / "data", plugins=folder / "plugins", models=models, **{"hub": home.address, **more}
    )
    return build(settings.model_copy(update={"api_keys": (KEY, TEST_KEY)})), models


@pytest.fixture
def run_site(tmp_path: Path, plugins: Path) -> Iterator[Callable[..., Any]]:
    """Starts one with other settings; gives a context manager."""
    with ExitStack() as opened:

        def run(**more: Any) -> Site:
            home = opened.enter_context(mirror())
            app, models = made(tmp_path, home, plugins, **more)
            access = app.state.services.access
            info, secret = access.create("boss", admin=True)
            base = opened.enter_context(served(app, lifespan="on"))
            boss = opened.enter_context(Client.opened(base, Authorization=f"Bearer {secret}"))
            return Site(boss, info.id, access, home, models)

        yield run


@pytest.fixture
def site(run_site: Callable[..., Site]) -> Site:
    return run_site()


class Operation(NamedTuple):
    method: str
    path: str


OPERATIONS: Final = [
    Operation("GET", f"{ADMIN}/keys"),
    Operation("POST", f"{ADMIN}/keys"),
    Operation("DELETE", f"{ADMIN}/keys/x"),
    Operation("GET", f"{ADMIN}/usage"),
    Operation("GET", f"{ADMIN}/queue"),
    Operation("GET", f"{ADMIN}/models"),
    Operation("GET", f"{ADMIN}/models/lama"),
    Operation("POST", f"{ADMIN}/models/lama/pull"),
    Operation("DELETE", f"{ADMIN}/models/lama/pull"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_other_key_comes_in(client: Client, app: Starlette, operation: Operation) -> None:
    plain = app.state.services.access.create("plain")[1]
    for secret in (KEY, plain):
        reply = client.request(*operation, headers={"Authorization": f"Bearer {secret}"})
        assert "admin key" in problem(reply, 403, "forbidden")["message"]
    nobody = client.request(*operation, headers={"Authorization": "Bearer wrong"})
    problem(nobody, 401, "unauthorized")


def test_the_list_above_is_whole(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    described = {
        (method.upper(), path)
        for path, methods in paths.items()
        if path.startswith(ADMIN)
        for method in methods
    }
    named = {(one.method, one.path.replace("/x", "/{id}").replace("/lama", "/{name}")) for one in OPERATIONS}
    assert described == named
    assert all("403" in paths[path][method.lower()]["responses"] for method, path in described)


def test_who_i_am(site: Site) -> None:
    me = site.boss.get("/v1/me").json()
    assert me == {"id": site.boss_id, "name": "boss", "account": site.boss_id, "admin": True, "test": False}
    static = site.boss.get("/v1/me", headers=site.as_(KEY)).json()
    assert static == {
        "id": "static-1",
        "name": "static-1",
        "account": "static-1",
        "admin": False,
        "test": False,
    }
    assert site.boss.get("/v1/me", headers=site.as_(TEST_KEY)).json()["test"]


def test_a_session_has_the_right_of_its_key(site: Site) -> None:
    session = site.access.sign_in(site.access.links.make(site.boss_id)).token
    assert site.boss.get("/v1/me", headers=site.as_(session)).json()["admin"]
    assert site.boss.get(f"{ADMIN}/keys", headers=site.as_(session)).status_code == 200
    site.access.set_admin(site.boss_id, admin=False)
    problem(site.boss.get(f"{ADMIN}/keys", headers=site.as_(session)), 403, "forbidden")


def test_the_life_of_a_key(site: Site) -> None:
    reply = site.boss.post(f"{ADMIN}/keys", json={"name": "Ann", "account": "shop", "rate_per_s": "2"})
    assert (reply.status_code, reply.headers["cache-control"]) == (201, "no-store")
    new = reply.json()
    assert new["key"] == {
        "id": new["key"]["id"],
        "name": "Ann",
        "hint": new["secret"][-4:],
        "account": "shop",
        "admin": False,
        "test": False,
        "limits": {"rate_per_s": 2.0, "concurrent": None, "images": None},
        "created_at": new["key"]["created_at"],
        "used_at": None,
        "revoked_at": None,
    }
    assert site.boss.get("/v1/me", headers=site.as_(new["secret"])).json()["account"] == "shop"
    listed = site.boss.get(f"{ADMIN}/keys")
    assert {key["name"]: key["admin"] for key in listed.json()["keys"]} == {"Ann": False, "boss": True}
    assert listed.json()["total"] == 2
    assert new["secret"] not in listed.text
    revoked = site.boss.request("DELETE", f"{ADMIN}/keys/{new['key']['id']}")
    assert revoked.json()["revoked_at"] is not None
    problem(site.boss.get("/v1/me", headers=site.as_(new["secret"])), 401, "unauthorized")
    problem(site.boss.request("DELETE", f"{ADMIN}/keys/{new['key']['id']}"), 404, "not-found")
    problem(site.boss.request("DELETE", f"{ADMIN}/keys/static-1"), 404, "not-found")
    by = f"key {site.boss_id}"
    done = [(event, actor) for event, actor, _ in site.audit() if actor == by]
    assert done == [("made", by), ("revoked", by)]


def test_the_last_admin_key_stays(site: Site) -> None:
    gone = site.boss.request("DELETE", f"{ADMIN}/keys/{site.boss_id}")
    assert "last admin key" in problem(gone, 409, "conflict")["message"]
    second = site.boss.post(f"{ADMIN}/keys", json={"name": "second", "admin": True}).json()
    assert site.boss.request("DELETE", f"{ADMIN}/keys/{site.boss_id}").status_code == 200
    problem(site.boss.get(f"{ADMIN}/keys"), 401, "unauthorized")
    last = site.boss.request(
        "DELETE", f"{ADMIN}/keys/{second['key']['id']}", headers=site.as_(second["secret"])
    )
    problem(last, 409, "conflict")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, None),
        ({"admin": True, "test": True}, None),
        ({"account": "two words"}, None),
        ({"account": "static-7"}, None),
        ({"rate_per_s": 0}, "rate_per_s"),
        ({"rate_per_s": 1e-300}, "rate_per_s"),
        ({"rate_per_s": "much"}, "rate_per_s"),
        ({"images": -1}, "images"),
        ({"concurrent": 10**10}, "concurrent"),
        ({"preset": "generous"}, "preset"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_key_that_cannot_be(client: Client, admin_key: str, asked: Any, field: str | None) -> None:
    reply = client.post(f"{ADMIN}/keys", json=asked, headers={"Authorization": f"Bearer {admin_key}"})
    assert problem(reply, 422, "bad-parameter").get("field") == field


def test_a_repeated_request_keeps_no_secret(site: Site) -> None:
    replies = [
        site.boss.post(f"{ADMIN}/keys", json={"name": "x"}, headers={"Idempotency-Key": "one"}) for _ in "ab"
    ]
    assert len({reply.json()["secret"] for reply in replies}) == 2
    assert "idempotent-replayed" not in replies[1].headers


def test_what_changes_something_counts_as_a_submit(site: Site) -> None:
    _, secret = site.access.create("slow", admin=True, limits=Limits(rate_per_s=0.01))
    first = site.boss.post(f"{ADMIN}/keys", json={}, headers=site.as_(secret))
    assert first.status_code == 201
    second = site.boss.post(f"{ADMIN}/keys", json={}, headers=site.as_(secret))
    problem(second, 429, "rate-limit")
    assert second.headers["retry-after"]
    assert site.boss.get(f"{ADMIN}/keys", headers=site.as_(secret)).status_code == 200


def test_the_use_of_all(site: Site) -> None:
    edit = site.boss.post(EDITS, json=body(edit="patient", mask=None), headers=site.as_(KEY)).json()
    assert site.boss.ended(edit["id"], **site.as_(KEY))["state"] == "succeeded"
    used = site.boss.get(f"{ADMIN}/usage?days=1").json()
    assert [(one["account"], one["edits"], one["images"]) for one in used["accounts"]] == [("static-1", 1, 1)]
    assert (used["days"], used["page"], used["total"]) == (1, 1, 1)
    assert site.boss.get(f"{ADMIN}/usage?page=2").json()["accounts"] == []
    assert problem(site.boss.get(f"{ADMIN}/usage?days=0"), 422, "bad-parameter")["field"] == "days"


def test_the_queue_of_all(site: Site) -> None:
    empty = site.boss.get(f"{ADMIN}/queue").json()
    assert (empty["waiting"], empty["lines"]) == (0, [])
    (worker,) = empty["workers"]
    assert worker["device"] in ("cpu", "cuda")
    assert worker["concurrency"] >= 1
    slow = body(edit="patient", mask=None, parameters={"seconds": 30})
    edit = site.boss.post(EDITS, json=slow, headers=site.as_(KEY)).json()
    end_s = time.monotonic() + WAIT_S
    while not (line := site.boss.get(f"{ADMIN}/queue").json())["running"]:
        assert time.monotonic() < end_s
    (found,) = line["lines"]
    assert (found["account"], found["queue"], found["running"]) == ("static-1", "general", 1)
    site.boss.request("DELETE", f"{EDITS}/{edit['id']}", headers=site.as_(KEY))


def test_a_pull(site: Site) -> None:
    before = site.model()
    assert (before["place"], before["available"], before["pull"]) == ("not pulled", False, None)
    assert (before["licence"], before["size_bytes"], before["edits"]) == (
        "CC0-1.0",
        len(DATA),
        ["character"],
    )
    site.home.held_at = len(DATA) // 2
    began = site.boss.post(PULL)
    assert began.status_code == 202
    assert began.json()["model"]["pull"]["state"] == "running"
    assert began.json()["host"]
    half = site.pulled(lambda pull: pull["done_bytes"] == len(DATA) // 2)
    assert (half["state"], half["fetching"], half["total_bytes"]) == ("running", "tinynet", len(DATA))
    assert "already" in problem(site.boss.post(PULL), 409, "conflict")["message"]
    # The server answers meanwhile
    assert site.boss.get("/healthz").status_code == 200
    site.home.go_on.set()
    assert site.pulled()["state"] == "succeeded"
    after = site.model()
    assert (after["place"], after["available"]) == ("pulled", True)
    assert (site.models / "tinynet" / "tinynet.bin").read_bytes() == DATA
    by = f"key {site.boss_id}"
    assert [line for line in site.audit() if line[2]] == [("pulls", by, "tinynet")]
    catalogue = {card["name"]: card for card in site.boss.get("/v1/catalogue").json()["edits"]}
    assert catalogue["character"]["available"]


def test_a_pull_that_is_stopped_goes_on_later(site: Site) -> None:
    problem(site.boss.request("DELETE", PULL), 409, "conflict")
    site.home.held_at = len(DATA) // 2
    site.boss.post(PULL)
    site.pulled(lambda pull: pull["done_bytes"] == len(DATA) // 2)
    stopped = site.boss.request("DELETE", PULL)
    assert (stopped.status_code, stopped.json()["model"]["pull"]["state"]) == (202, "stopping")
    site.home.go_on.set()
    assert site.pulled()["state"] == "stopped"
    assert site.model()["place"] == "not pulled"
    assert site.boss.post(PULL).status_code == 202
    assert site.pulled()["state"] == "succeeded"
    _, asked = site.home.asked[-1]
    assert asked.startswith("bytes=")
    assert [event for event, _, about in site.audit() if about] == ["pulls", "stops a pull", "pulls"]


def test_the_wrong_bytes_are_not_kept(site: Site) -> None:
    plug_in_model(site.models.parent / "plugins", site.home, b"x" + DATA[1:])
    site.boss.post(PULL)
    failed = site.pulled()
    assert failed["state"] == "failed"
    assert "SHA-256" in failed["error"]
    assert site.model()["place"] == "not pulled"


def test_a_mirror_that_has_it_not(site: Site) -> None:
    site.home.files.clear()
    site.boss.post(PULL)
    assert "the server answered 404" in site.pulled()["error"]


def test_offline(run_site: Callable[..., Site]) -> None:
    site = run_site(offline=True)
    site.boss.post(PULL)
    failed = site.pulled()
    assert (failed["state"], failed["error"]) == (
        "failed",
        "CLEANPLATE_OFFLINE is set: tinynet is not downloaded",
    )


def test_a_full_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.weights.download.SPARE_BYTES", 1 << 60)
    site.boss.post(PULL)
    assert "free some, or name another folder with CLEANPLATE_MODELS" in site.pulled()["error"]


def test_the_login_of_a_mirror_is_not_told(run_site: Callable[..., Site]) -> None:
    site = run_site(hub="http://user:hush@127.0.0.1:9")
    site.boss.post(PULL)
    failed = site.pulled()
    assert "127.0.0.1" in failed["error"]
    assert "hush" not in failed["error"]


def test_a_model_that_is_none(site: Site) -> None:
    for method, path in (("GET", ""), ("POST", "/pull"), ("DELETE", "/pull")):
        problem(site.boss.request(method, f"{ADMIN}/models/nonet{path}"), 404, "not-found")


def test_the_models(site: Site) -> None:
    listed = site.boss.get(f"{ADMIN}/models").json()
    by_name = {model["name"]: model for model in listed["models"]}
    assert list(by_name) == sorted(by_name)
    lama = by_name["lama"]
    assert (lama["roles"], "erase" in lama["edits"], lama["pullable"]) == (["erase"], True, True)
    assert by_name["tinynet"]["roles"] == ["character"]
    assert by_name["tinynet"]["place"] == "not pulled"
