"""A database of the version before accounts: each keeps what was its own, and finds nobody else's."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from tests.api.dashscope.conftest import MODEL, erase_body
from tests.api.servers import served as serving
from tests.api.servers import settings_for
from tests.api.vendors import DASHSCOPE, NATIVE
from tests.old_database import add_row, make_database

from cleanplate.app import build
from cleanplate.clock import unix_ms

RULES: Final = {"formats": ["png"], "max_bytes": 9, "max_side_px": 64, "max_pixels": 4096, "colours": []}
STORED: Final = "c9a64b9c-0000-4000-8000-000000000000"
SECRETS: Final = {"static-1": "sk-ann", "static-2": "sk-bob", STORED: "cp-stored"}
BODY: Final = json.dumps(erase_body()).encode()


@dataclass(frozen=True)
class Old:
    """What lies in the database: the ids of a task and of its reply, by key."""

    data: Path
    tasks: dict[str, str]

    @contextmanager
    def started(self, static: Sequence[str]) -> Iterator[str]:
        """Base URL of today's server with these keys in its environment."""
        app = build(settings_for(self.data).model_copy(update={"api_keys": tuple(static)}))
        with serving(app, lifespan="off") as base:
            yield base
        app.state.close()


@pytest.fixture
def old(tmp_path: Path) -> Old:
    path, now_ms = tmp_path / "cleanplate.db", unix_ms()
    make_database(path, "0005")
    add_row(
        path,
        "api_keys",
        id=STORED,
        name="stored",
        sha256=hashlib.sha256(SECRETS[STORED].encode()).hexdigest(),
        hint="ored",
        created_at_ms=now_ms,
    )
    tasks = {key_id: str(uuid.uuid4()) for key_id in SECRETS}
    for key_id, task_id in tasks.items():
        add_row(path, "tasks", **_task(task_id, key_id, now_ms))
        add_row(path, "usage", key_id=key_id, day="2999-01-01", tasks=1, images=len(key_id), compute_ms=3)
        add_row(path, "replies", **_reply(key_id, task_id, now_ms))
    return Old(tmp_path, tasks)


def _task(task_id: str, key_id: str, now_ms: int) -> dict[str, Any]:
    return {
        "id": task_id,
        "dialect": "dashscope",
        "model": MODEL,
        "edit": "erase",
        "parameters": {},
        "inputs": {"image": {"url": None, "rules": RULES}},
        "key_id": key_id,
        "request_id": "r",
        "priority": 0,
        "state": "queued",
        "attempt": 0,
        "created_at_ms": now_ms,
        "results": [],
        "progress": 0.0,
        "cancel_wanted": False,
        "count": 1,
        "output": "png",
        "extra": {},
    }


def _reply(key_id: str, task_id: str, now_ms: int) -> dict[str, Any]:
    return {
        "key_id": key_id,
        "name": f"{DASHSCOPE.path} order-1",
        "body_sha256": hashlib.sha256(BODY).hexdigest(),
        "created_at_ms": now_ms,
        "status": 200,
        "headers": [["content-type", "application/json"]],
        "body": json.dumps({"output": {"task_status": "PENDING", "task_id": task_id}}).encode(),
    }


def found_by(base: str, secret: str, old: Old) -> dict[str, Any]:
    """What a key finds: tasks by a poll and in the list, the reply to `order-1`, images used."""
    headers = dict(DASHSCOPE.key(secret))
    get = {
        key_id: requests.get(base + DASHSCOPE.poll(task_id), headers=headers, timeout=10).json()
        for key_id, task_id in old.tasks.items()
    }
    listed = requests.get(f"{base}/api/v1/tasks", headers=headers, timeout=10).json()["data"]
    usage = requests.get(f"{base}/v1/usage", headers=dict(NATIVE.key(secret)), timeout=10).json()
    again = {**headers, "Idempotency-Key": "order-1", "Content-Type": "application/json"}
    replayed = requests.post(base + DASHSCOPE.path, data=BODY, headers=again, timeout=10)
    names = {task_id: key_id for key_id, task_id in old.tasks.items()}
    return {
        "polled": {key_id for key_id, reply in get.items() if reply["output"]["task_status"] == "PENDING"},
        "listed": {names[row["task_id"]] for row in listed if row["task_id"] in names},
        "replayed": names.get(replayed.json()["output"]["task_id"]),
        "images": usage["images"],
    }


def own(key_id: str) -> dict[str, Any]:
    return {"polled": {key_id}, "listed": {key_id}, "replayed": key_id, "images": len(key_id)}


NOTHING: Final[dict[str, Any]] = {"polled": set(), "listed": set(), "replayed": None, "images": 0}


def test_each_has_its_own_after_the_upgrade_and_wherever_its_key_stands(old: Old) -> None:
    for order in (("sk-ann", "sk-bob"), ("sk-bob", "sk-ann"), ("sk-new", "sk-bob")):
        with old.started(order) as base:
            for key_id, secret in SECRETS.items():
                if secret in (*order, SECRETS[STORED]):
                    assert found_by(base, secret, old) == own(key_id)
            if "sk-new" in order:
                assert found_by(base, "sk-new", old) == NOTHING
    with old.started(("sk-ann",)) as base:
        assert found_by(base, "sk-ann", old) == own("static-1")
