"""Uploads: under which names they are found, by whom, for how long, and how many there may be."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import pytest
from sqlalchemy import Engine
from tests.memory_store import MemoryStore

from cleanplate.errors import InputTooLarge, StorageFailed, StorageFull
from cleanplate.uploads import UploadExists, UploadName, UploadQuota, UploadQuotaExceeded, Uploads

HOUR_MS = 3600 * 1000
NAME = UploadName("folder/photo.png", "static-1", "wanx2.1-imageedit")


class Clock(Protocol):
    now_ms: int

    def __call__(self) -> int: ...


@pytest.fixture
def blobs() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def uploads(engine: Engine, blobs: MemoryStore, clock: Clock) -> Uploads:
    return Uploads(engine, blobs, UploadQuota(files=3, bytes=1000), clock_ms=clock)


@pytest.fixture
def put(uploads: Uploads) -> Callable[..., UploadName]:
    """Puts a file; keywords replace parts of its name, which is returned."""

    def do(data: bytes = b"data", **parts: str) -> UploadName:
        name = replace(NAME, **parts)
        uploads.put(name, [data[:2], data[2:]], max_bytes=1000, keep_ms=HOUR_MS)
        return name

    return do


def read(uploads: Uploads, where: UploadName, **parts: str) -> bytes | None:
    return uploads.read(replace(where, **parts), max_bytes=100)


def count(blobs: MemoryStore) -> int:
    return len(list(blobs.groups("uploads")))


@pytest.mark.parametrize(
    "name", ["photo.png", "in put.png", "图片 é.png", "a/b.png", "..", "%2e", "'\"<&>", ""]
)
def test_a_file_is_found_by_its_very_name(
    uploads: Uploads, put: Callable[..., UploadName], name: str
) -> None:
    where = put(b"data", name=f"a/{name}")
    assert read(uploads, where) == b"data"
    assert read(uploads, where, name=f"a/{name} ") is None
    assert read(uploads, where, name=f"A/{name}") is None


def test_it_is_bound_to_key_and_model(uploads: Uploads, put: Callable[..., UploadName]) -> None:
    name = put()
    assert read(uploads, name, account="static-2") is None
    assert read(uploads, name, model="wanx-x-painting") is None
    assert read(uploads, name, name="x/y") is None


def test_it_can_be_used_for_its_time(uploads: Uploads, put: Callable[..., UploadName], clock: Clock) -> None:
    name = put()
    clock.now_ms += HOUR_MS - 1
    assert read(uploads, name) == b"data"
    clock.now_ms += 1
    assert read(uploads, name) is None


def test_a_file_that_is_too_large_is_not_read(uploads: Uploads, put: Callable[..., UploadName]) -> None:
    assert read(uploads, put(b"x" * 100)) == b"x" * 100
    with pytest.raises(InputTooLarge, match="101 bytes"):
        read(uploads, put(b"x" * 101, name="larger"))


def test_the_largest_file(uploads: Uploads, blobs: MemoryStore) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"1234"

    with pytest.raises(InputTooLarge, match="8 bytes, at most 5"):
        uploads.put(NAME, endless(), max_bytes=5, keep_ms=HOUR_MS)
    assert read(uploads, NAME) is None
    assert count(blobs) == 0
    uploads.put(NAME, [b"1234", b"5"], max_bytes=5, keep_ms=HOUR_MS)
    assert read(uploads, NAME) == b"12345"


def test_a_name_is_given_once(
    uploads: Uploads, put: Callable[..., UploadName], blobs: MemoryStore, clock: Clock
) -> None:
    name = put(b"first")
    for parts in ({}, {"account": "static-2"}, {"model": "another"}):
        with pytest.raises(UploadExists):
            put(b"second", **parts)
    assert read(uploads, name) == b"first"
    assert count(blobs) == 1
    clock.now_ms += HOUR_MS
    uploads.sweep(clock.now_ms)
    put(b"third")
    assert read(uploads, name) == b"third"


def test_of_two_at_the_same_time_one_has_the_name(uploads: Uploads, blobs: MemoryStore) -> None:
    gate, refused = threading.Barrier(8), list[UploadExists]()

    def put(number: int) -> None:
        gate.wait()
        try:
            uploads.put(NAME, [b"%d" % number], max_bytes=9, keep_ms=HOUR_MS)
        except UploadExists as error:
            refused.append(error)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert count(blobs) == 1
    assert read(uploads, NAME) is not None


def test_the_quota_counts_files_and_bytes_of_one_key(
    put: Callable[..., UploadName], blobs: MemoryStore
) -> None:
    put(b"x" * 900, name="a")
    with pytest.raises(UploadQuotaExceeded):
        put(b"x" * 101, name="b")
    put(b"x" * 100, name="b")
    put(b"", name="c")
    with pytest.raises(UploadQuotaExceeded):
        put(b"", name="d")
    put(b"x" * 900, name="d", account="static-2")
    assert count(blobs) == 4


def test_sweep_removes_what_is_over_and_what_nobody_owns(
    uploads: Uploads, put: Callable[..., UploadName], blobs: MemoryStore, clock: Clock
) -> None:
    put(name="old")
    clock.now_ms += 5
    young = put(name="young")
    blobs.put("uploads/orphan/file", b"left by a crash")
    assert uploads.sweep(clock.now_ms - 5 + HOUR_MS) == 1
    assert read(uploads, young) == b"data"
    assert {group.name for group in blobs.groups("uploads")} >= {"orphan"}
    assert uploads.sweep(10**15) == 1
    assert count(blobs) == 0
    for name in "abc":  # the quota is free again
        put(name=name)


def test_sweep_leaves_old_files_that_can_still_be_used(uploads: Uploads) -> None:
    uploads.put(NAME, [b"data"], max_bytes=9, keep_ms=10**15)
    assert uploads.sweep(10**14) == 0  # the file is far older than an hour then
    assert read(uploads, NAME) == b"data"


def test_a_full_disk(uploads: Uploads, put: Callable[..., UploadName], blobs: MemoryStore) -> None:
    blobs.free_bytes = 3
    with pytest.raises(StorageFull):
        put(b"data")
    blobs.free_bytes = None
    assert read(uploads, NAME) is None
    put(b"data")


def test_a_file_that_cannot_be_removed_waits_for_the_sweep(
    uploads: Uploads, put: Callable[..., UploadName], blobs: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(prefix: str) -> None:
        raise StorageFailed("storage refused the file")

    put()
    with monkeypatch.context() as patch:
        patch.setattr(blobs, "delete_group", refuse)
        with pytest.raises(UploadExists):
            put()
        assert uploads.sweep(10**15) == 1
    assert count(blobs) == 2
    assert uploads.sweep(10**15) == 0
    assert count(blobs) == 0
