"""Whose tasks a key may see: those of its account, in every dialect, by every way that leads to one."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from tests.api.dashscope.conftest import erase_body
from tests.api.dashscope.test_oss_uploads import POLICY, RESOLVE, form, post
from tests.api.servers import Api, png, settings_for, waiting
from tests.api.vendors import DASHSCOPE, NATIVE, PHOTO, VENDORS, Vendor

from cleanplate.tasks.task import Output

KEYS: Final[Mapping[str, dict[str, Any]]] = {
    "ann": {"account": "shop"},
    "bea": {"account": "shop"},
    "carl": {},
    "dora": {"account": "studio"},
    "test of the shop": {"account": "shop", "test": True},
}
REAL_KEYS: Final = tuple(name for name, options in KEYS.items() if not options.get("test"))
PICTURE: Final = Output("results/x/1-1.png", 4, 3, "image/png")
CANCELS: Final = {
    "dashscope": ("POST", "/api/v1/tasks/{id}/cancel"),
    "native": ("DELETE", "/v1/edits/{id}"),
}
LISTS: Final = {"dashscope": "/api/v1/tasks?page_size=100", "native": "/v1/edits?page_size=100"}


@dataclass(frozen=True)
class Tenants:
    """A server whose tasks stay queued, and the secrets and ids of its keys by name."""

    api: Api
    secrets: Mapping[str, str]
    ids: Mapping[str, str]

    def ask(self, who: str, vendor: Vendor, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**vendor.key(self.secrets[who]), **options.pop("headers", {})}
        return requests.request(method, self.api.base + path, headers=headers, timeout=10, **options)

    def submit(self, who: str, vendor: Vendor, **headers: str) -> requests.Response:
        return self.ask(who, vendor, "POST", vendor.path, headers=headers, **vendor.body(PHOTO))

    def submitted(self, who: str, vendor: Vendor) -> str:
        """The id of a new task."""
        return vendor.task_id(self.submit(who, vendor).json())

    def polled(self, who: str, vendor: Vendor, task_id: str) -> requests.Response:
        return self.ask(who, vendor, "GET", vendor.poll(task_id))

    def listed(self, who: str, vendor: Vendor, query: str = "") -> set[str]:
        """The ids in a list, whose own count is right."""
        reply = self.ask(who, vendor, "GET", LISTS[vendor.name] + query).json()
        rows = reply["data"] if vendor is DASHSCOPE else reply["edits"]
        assert reply["total"] == len(rows)
        return {row["task_id" if vendor is DASHSCOPE else "id"] for row in rows}


@contextmanager
def tenants(data: Path, **more: Any) -> Iterator[Tenants]:
    with waiting(settings_for(data, **more)) as api:
        made = {name: api.services.access.create(name, **options) for name, options in KEYS.items()}
        secrets = {name: secret for name, (_, secret) in made.items()}
        yield Tenants(api, secrets, {name: info.id for name, (info, _) in made.items()})


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Tenants]:
    with tenants(tmp_path) as found:
        yield found


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Tenants]:
    with tenants(tmp_path, shared_tasks="on") as found:
        yield found


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


def plain(reply: requests.Response, task_id: str = "no id") -> tuple[int, str]:
    """A reply without what is new in each: the ids of the request and of the task."""
    text = reply.text.replace(task_id, "ID")
    return reply.status_code, re.sub(r'"request_id":"[^"]*"', "", text)


def sees(tenants: Tenants, who: str, vendor: Vendor, task_id: str) -> bool:
    """Whether a poll says anything else than it does of an id that nobody has."""
    nobodys = str(uuid.uuid4())
    nothing = plain(tenants.polled(who, vendor, nobodys), nobodys)
    return plain(tenants.polled(who, vendor, task_id), task_id) != nothing


def test_a_task_is_its_accounts_alone(apart: Tenants, vendor: Vendor) -> None:
    task_id = apart.submitted("ann", vendor)
    assert [who for who in KEYS if sees(apart, who, vendor, task_id)] == ["ann", "bea"]
    assert plain(apart.polled("bea", vendor, task_id)) == plain(apart.polled("ann", vendor, task_id))


@pytest.mark.parametrize("who", ["carl", "dora", "test of the shop"])
def test_a_key_alone_sees_its_own(apart: Tenants, vendor: Vendor, who: str) -> None:
    task_id = apart.submitted(who, vendor)
    assert [other for other in KEYS if sees(apart, other, vendor, task_id)] == [who]


def test_shared_tasks_are_everybodys(shared: Tenants, vendor: Vendor) -> None:
    task_id = shared.submitted("ann", vendor)
    seen = [plain(shared.polled(who, vendor, task_id), task_id) for who in REAL_KEYS]
    assert len(set(seen)) == 1
    assert seen[0][0] == 200
    assert not sees(shared, "test of the shop", vendor, task_id)


@pytest.mark.parametrize("vendor", [DASHSCOPE, NATIVE], ids=lambda vendor: vendor.name, indirect=True)
def test_lists(apart: Tenants, vendor: Vendor) -> None:
    made = {who: apart.submitted(who, vendor) for who in KEYS}
    shop = {made["ann"], made["bea"]}
    assert [apart.listed(who, vendor) for who in KEYS] == [
        shop,
        shop,
        {made["carl"]},
        {made["dora"]},
        {made["test of the shop"]},
    ]


def test_a_list_asked_for_anothers_task_is_empty(apart: Tenants) -> None:
    task_id = apart.submitted("ann", DASHSCOPE)
    assert apart.listed("bea", DASHSCOPE, f"&task_id={task_id}") == {task_id}
    assert apart.listed("carl", DASHSCOPE, f"&task_id={task_id}") == set()


@pytest.mark.parametrize("vendor", [DASHSCOPE, NATIVE], ids=lambda vendor: vendor.name, indirect=True)
def test_shared_lists(shared: Tenants, vendor: Vendor) -> None:
    made = {shared.submitted(who, vendor) for who in KEYS}
    assert all(shared.listed(who, vendor) == made for who in REAL_KEYS)
    assert len(shared.listed("test of the shop", vendor)) == 1


def cancelled(tenants: Tenants, who: str, vendor: Vendor, task_id: str) -> requests.Response:
    method, path = CANCELS[vendor.name]
    return tenants.ask(who, vendor, method, path.format(id=task_id))


@pytest.mark.parametrize("vendor", [DASHSCOPE, NATIVE], ids=lambda vendor: vendor.name, indirect=True)
def test_cancelling(apart: Tenants, vendor: Vendor) -> None:
    task_id, nothing = apart.submitted("ann", vendor), str(uuid.uuid4())
    before = apart.api.store.get(task_id)
    refused, unknown = (cancelled(apart, "carl", vendor, wanted) for wanted in (task_id, nothing))
    assert plain(refused, task_id) == plain(unknown, nothing)
    assert not refused.ok
    assert apart.api.store.get(task_id) == before
    assert cancelled(apart, "bea", vendor, task_id).ok
    after = apart.api.store.get(task_id)
    assert after is not None
    assert after.standing.state == "cancelled"


@pytest.mark.parametrize("vendor", [DASHSCOPE, NATIVE], ids=lambda vendor: vendor.name, indirect=True)
def test_cancelling_what_is_shared(shared: Tenants, vendor: Vendor) -> None:
    assert cancelled(shared, "carl", vendor, shared.submitted("ann", vendor)).ok


def test_events(apart: Tenants) -> None:
    task_id = apart.submitted("ann", NATIVE)
    path = f"/v1/edits/{task_id}/events"
    assert apart.ask("carl", NATIVE, "GET", path).json()["error"]["code"] == "not-found"
    with apart.ask("bea", NATIVE, "GET", path, stream=True) as reply:
        lines = reply.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(lines) == "event: state"
        assert json.loads(next(lines).removeprefix("data: "))["id"] == task_id


def test_uploads(apart: Tenants) -> None:
    query = "?action=getPolicy&model=image-erase-completion"
    granted = apart.ask("ann", DASHSCOPE, "GET", POLICY + query).json()["data"]
    assert post(granted["upload_host"], form(granted), png("photo")).ok
    body = erase_body(image_url=f"oss://{granted['upload_dir']}/in put.png")
    ask = [
        apart.ask(who, DASHSCOPE, "POST", DASHSCOPE.path, json=body, headers=RESOLVE)
        for who in ("ann", "bea", "carl", "dora", "test of the shop")
    ]
    assert [reply.status_code for reply in ask] == [200, 200, 400, 400, 400]
    gone = erase_body(image_url="oss://nothing/in put.png")
    unknown = apart.ask("carl", DASHSCOPE, "POST", DASHSCOPE.path, json=gone, headers=RESOLVE)
    assert [plain(reply) for reply in ask[2:]] == [plain(unknown)] * 3


@pytest.mark.parametrize("mode", ["apart", "shared"])
def test_idempotency_keys_are_the_accounts(mode: str, vendor: Vendor, request: pytest.FixtureRequest) -> None:
    found: Tenants = request.getfixturevalue(mode)
    replies = {who: found.submit(who, vendor, **{"Idempotency-Key": "order-1"}) for who in KEYS}
    ids = {who: vendor.task_id(reply.json()) for who, reply in replies.items()}
    assert ids["ann"] == ids["bea"], "one account, one order"
    assert replies["bea"].headers["idempotent-replayed"] == "true"
    assert len(set(ids.values())) == len(KEYS) - 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies.values()) == 1


def test_usage_is_the_accounts(apart: Tenants) -> None:
    for who in ("ann", "bea", "bea", "carl"):
        apart.submitted(who, NATIVE)
    while (task := apart.api.store.claim_next("w")) is not None:
        assert apart.api.store.succeed(task.claim, [PICTURE], 5)
    used = {who: apart.ask(who, NATIVE, "GET", "/v1/usage").json()["images"] for who in KEYS}
    assert used == {"ann": 3, "bea": 3, "carl": 1, "dora": 0, "test of the shop": 0}
    days = apart.ask("ann", NATIVE, "GET", "/v1/usage").json()["days"]
    assert [(day["edits"], day["images"], day["compute_ms"]) for day in days] == [(3, 3, 15)]


def test_a_key_that_moves_leaves_its_tasks_behind(apart: Tenants, vendor: Vendor) -> None:
    before = apart.submitted("ann", vendor)
    assert apart.api.services.access.move(apart.ids["ann"], "studio") == "studio"
    after = apart.submitted("ann", vendor)
    assert [who for who in KEYS if sees(apart, who, vendor, before)] == ["bea"]
    assert [who for who in KEYS if sees(apart, who, vendor, after)] == ["ann", "dora"]


def test_a_new_key_can_take_over_from_an_old_one(apart: Tenants, vendor: Vendor) -> None:
    task_id = apart.submitted("carl", vendor)
    access = apart.api.services.access
    _, secret = access.create("carl's new one", account=apart.ids["carl"])
    assert access.revoke(apart.ids["carl"])
    reply = requests.get(apart.api.base + vendor.poll(task_id), headers=vendor.key(secret), timeout=10)
    assert reply.ok
    assert vendor.word(reply.json())
    assert not apart.polled("carl", vendor, task_id).ok
