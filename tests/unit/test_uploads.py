"""Uploads: who may put what where, for how long, and who may read it."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Engine

from cleanplate.errors import InputTooLarge, StorageFailed
from cleanplate.storage.folder import FileStore
from cleanplate.uploads import (
    EXISTS,
    EXPIRED,
    FORGED,
    GRANT_S,
    KEEP_MS,
    OUTSIDE,
    QUOTA,
    TOO_LARGE,
    Grant,
    Quota,
    UploadRefused,
    Uploads,
)

MODEL, KEY = "wanx2.1-imageedit", "static-1"


class Clock(Protocol):
    now_ms: int

    def __call__(self) -> int: ...


@pytest.fixture
def uploads(engine: Engine, objects: FileStore, clock: Clock) -> Uploads:
    return Uploads(engine, objects, b"s" * 32, Quota(files=3, bytes=1000), clock_ms=clock)


@pytest.fixture
def put(uploads: Uploads) -> Callable[..., str]:
    """Puts a file with a fresh permission; returns its name."""

    def do(data: bytes = b"data", name: str = "photo.png", key_id: str = KEY, model: str = MODEL) -> str:
        grant = uploads.grant(key_id, model)
        uploads.put(grant.policy, grant.signature, f"{grant.folder}/{name}", data)
        return f"{grant.folder}/{name}"

    return do


def read(uploads: Uploads, name: str, **other: Any) -> bytes | None:
    who: Mapping[str, Any] = {"key_id": KEY, "model": MODEL, "max_bytes": 100} | other
    return uploads.read(name, **who)


@pytest.mark.parametrize("name", ["photo.png", "in put.png", "图片 é.png", "a/b.png", "..", "%2e", "'\"<&>"])
def test_a_file_is_found_by_its_very_name(uploads: Uploads, put: Callable[..., str], name: str) -> None:
    where = put(b"data", name)
    assert read(uploads, where) == b"data"
    assert read(uploads, where + " ") is None
    assert read(uploads, where.upper()) is None


def test_it_is_bound_to_key_and_model(uploads: Uploads, put: Callable[..., str]) -> None:
    name = put()
    assert read(uploads, name, key_id="static-2") is None
    assert read(uploads, name, model="wanx-x-painting") is None
    assert read(uploads, "dashscope-instant/x/y") is None


def test_it_can_be_used_for_48_hours(uploads: Uploads, put: Callable[..., str], clock: Clock) -> None:
    name = put()
    clock.now_ms += KEEP_MS - 1
    assert read(uploads, name) == b"data"
    clock.now_ms += 1
    assert read(uploads, name) is None


def test_a_file_over_the_field_s_limit_is_not_read(uploads: Uploads, put: Callable[..., str]) -> None:
    assert read(uploads, put(b"x" * 100)) == b"x" * 100
    with pytest.raises(InputTooLarge, match="101 bytes"):
        read(uploads, put(b"x" * 101))


def test_every_permission_has_a_folder_of_its_own(uploads: Uploads) -> None:
    first, second = uploads.grant(KEY, MODEL), uploads.grant(KEY, MODEL)
    assert first.folder != second.folder
    assert KEY not in first.folder
    said = json.loads(base64.b64decode(first.policy))
    assert said["expiration"] == "2023-11-14T22:18:20.000Z"
    assert said["conditions"] == [
        ["content-length-range", 0, 104857600],
        ["starts-with", "$key", first.folder],
    ]


def refused(uploads: Uploads, grant: Grant, word: str, **other: Any) -> None:
    given = {"policy": grant.policy, "signature": grant.signature, "name": f"{grant.folder}/a", "data": b"x"}
    with pytest.raises(UploadRefused) as caught:
        uploads.put(**given | other)
    assert caught.value.word == word
    assert caught.value.public


def test_forged_permissions(uploads: Uploads, engine: Engine, objects: FileStore) -> None:
    grant, other = uploads.grant(KEY, MODEL), uploads.grant(KEY, MODEL)
    longer = json.loads(base64.b64decode(grant.policy))
    longer["bounds"]["expires_at_s"] += 9999
    refused(uploads, grant, FORGED, policy=base64.b64encode(json.dumps(longer).encode()).decode())
    for signature in ("", "x", other.signature, "é\ud800"):
        refused(uploads, grant, FORGED, signature=signature)
    refused(uploads, grant, FORGED, policy="\ud800")
    stranger = Uploads(engine, objects, b"t" * 32, Quota(3, 1000)).grant(KEY, MODEL)
    refused(uploads, stranger, FORGED)


def test_expired_permissions(uploads: Uploads, clock: Clock) -> None:
    grant = uploads.grant(KEY, MODEL)
    clock.now_ms += GRANT_S * 1000 - 1
    uploads.put(grant.policy, grant.signature, f"{grant.folder}/in time", b"")
    clock.now_ms += 1
    refused(uploads, grant, EXPIRED)


def test_names_outside_the_folder(uploads: Uploads) -> None:
    grant, other = uploads.grant(KEY, MODEL), uploads.grant(KEY, MODEL)
    for name in ("", "a", grant.folder, grant.folder + "/", grant.folder + "/ ", other.folder + "/a"):
        refused(uploads, grant, OUTSIDE, name=name)
    refused(uploads, grant, OUTSIDE, name=f"{grant.folder}/{'x' * 1024}")


def test_a_name_is_given_once(uploads: Uploads, objects: FileStore) -> None:
    grant = uploads.grant(KEY, MODEL)
    uploads.put(grant.policy, grant.signature, f"{grant.folder}/a", b"first")
    refused(uploads, grant, EXISTS, data=b"second")
    assert read(uploads, f"{grant.folder}/a") == b"first"
    assert len(list(objects.groups("uploads"))) == 1


def test_the_largest_file(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.uploads.MAX_FILE_BYTES", 5)
    grant = uploads.grant(KEY, MODEL)
    refused(uploads, grant, TOO_LARGE, data=b"123456")
    uploads.put(grant.policy, grant.signature, f"{grant.folder}/a", b"12345")


def test_the_quota_counts_files_and_bytes_of_one_key(
    uploads: Uploads, put: Callable[..., str], objects: FileStore
) -> None:
    put(b"x" * 900)
    refused(uploads, uploads.grant(KEY, MODEL), QUOTA, data=b"x" * 101)
    put(b"x" * 100)
    put(b"")
    refused(uploads, uploads.grant(KEY, MODEL), QUOTA, data=b"")
    put(b"x" * 900, key_id="static-2")
    assert len(list(objects.groups("uploads"))) == 4


def test_sweep_removes_what_is_over_and_what_nobody_owns(
    uploads: Uploads, put: Callable[..., str], objects: FileStore, clock: Clock, tmp_path: Path
) -> None:
    put()
    clock.now_ms += 5
    young = put()
    objects.put("uploads/orphan/file", b"left by a crash")
    assert uploads.sweep(clock.now_ms - 5 + KEEP_MS) == 1
    assert read(uploads, young) == b"data"
    assert {name for name, _ in objects.groups("uploads")} >= {"orphan"}
    assert uploads.sweep(10**15) == 1
    assert not list(objects.groups("uploads"))
    put()  # the quota is free again


def test_a_disk_that_refuses(uploads: Uploads, put: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir(exist_ok=True)
    (tmp_path / "objects" / "uploads").write_text("a file where the folder should be")
    with pytest.raises(StorageFailed):
        put()
