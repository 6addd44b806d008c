"""Which store the settings mean, and what is wrong with one that cannot be used."""

import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.s3_server import BUCKET, SLOW_DOWN, Gate

from cleanplate.errors import SetupError, StorageFull
from cleanplate.settings import Settings, load
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.object_storage import ObjectStorage
from cleanplate.storage.open_blobs import blobs_folder, disk_floor, open_blobs


def opened(**given: Any) -> FolderStore | ObjectStorage:
    store = open_blobs(Settings(**given))
    assert isinstance(store, FolderStore | ObjectStorage)
    return store


def test_the_data_directory_holds_them_unless_somebody_says_so(tmp_path: Path) -> None:
    opened(data=tmp_path).put("inputs/a/image", b"x")
    assert (tmp_path / "objects" / "inputs" / "a" / "image").read_bytes() == b"x"


def test_a_shared_folder(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    opened(data=tmp_path / "data", store=str(shared)).put("inputs/a/image", b"x")
    assert (shared / "inputs" / "a" / "image").read_bytes() == b"x"
    assert blobs_folder(Settings(data=tmp_path, store=str(shared))) == shared


def test_a_shared_folder_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"there is no folder .*; make it, or mount it"):
        opened(store=str(tmp_path / "shared"))
    assert not (tmp_path / "shared").exists()


def test_a_shared_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "probe").mkdir()
    with pytest.raises(SetupError, match=r"cannot be used: probe: .*Is a directory"):
        opened(store=str(tmp_path))


def test_object_storage(moto_endpoint: str, tmp_path: Path) -> None:
    address = f"s3://{BUCKET}/{uuid.uuid4()}"
    store = opened(data=tmp_path, store=address)
    assert isinstance(store, ObjectStorage)
    store.put("inputs/a/image", b"x")
    again = opened(data=tmp_path, store=address + "/")
    assert again.get("inputs/a/image") == b"x"
    assert not again.exists("probe")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("s3://no-such-bucket/prefix", "cannot be used: inputs: .*NoSuchBucket"),
        (f"s3://{BUCKET}/a//b", "cannot be used: .*contained empty path segment"),
    ],
)
def test_a_bucket_that_cannot_be_used(moto_endpoint: str, store: str, told: str) -> None:
    with pytest.raises(SetupError, match=told) as caught:
        opened(store=store)
    assert "\n" not in caught.value.public


def test_a_store_that_refuses(s3_gate: Gate) -> None:
    with s3_gate.closed(SLOW_DOWN), pytest.raises(SetupError, match="503 Service Unavailable"):
        opened(store=f"s3://{BUCKET}", store_timeout_s=0.3)


def test_links_of_the_store(moto_endpoint: str, tmp_path: Path) -> None:
    given = {"data": tmp_path, "store": f"s3://{BUCKET}/{uuid.uuid4()}", "result_links": "store"}
    there = opened(**given, store_public_url="https://files.example.com/")
    link = there.url("results/a/1/1.png", int(time.time()) + 60)
    assert (link or "").startswith(f"https://files.example.com/{BUCKET}/")
    (tmp_path / "shared").mkdir()
    with pytest.raises(SetupError, match="a folder has no links of its own"):
        opened(store=str(tmp_path / "shared"), result_links="store")
    with pytest.raises(SetupError, match="a folder has no links of its own"):
        opened(data=tmp_path, result_links="store")


def test_the_floor_is_that_of_the_disk_that_takes_the_files(tmp_path: Path) -> None:
    least = {"disk_floor_bytes": 2**50, "data": tmp_path}
    with pytest.raises(StorageFull):
        disk_floor(Settings(**least)).check()
    with pytest.raises(StorageFull):
        disk_floor(Settings(**least, store=str(tmp_path))).check()
    disk_floor(Settings(**least, store="s3://bucket")).check()
    assert disk_floor(Settings(**least, store="s3://bucket")).free_bytes() > 0


@pytest.mark.parametrize(
    "store",
    [
        "objects",
        "./objects",
        "http://bucket/prefix",
        "file:///srv/objects",
        "s3://",
        "s3:///prefix",
        "s3://user:word@bucket",
        "s3://bucket:80",
        "s3://bucket/prefix?region=x",
        "s3://bucket/prefix#x",
        "S3://bucket",
        "s3://bucket\nx",
    ],
    ids=ascii,
)
def test_what_is_no_store(store: str) -> None:
    with pytest.raises(SetupError, match="CLEANPLATE_STORE: must be like s3://bucket/prefix"):
        load(store=store)
