"""What every `BlobStore` does. A new implementation is one more `Harness`."""

import os
import resource
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.memory_store import MemoryStore
from tests.s3_server import BUCKET, PATIENCE_S, Asked, Fault, Gate

from cleanplate.errors import BlobMissing, StorageFailed
from cleanplate.storage.base import BlobStore
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.object_clients import connect
from cleanplate.storage.object_storage import ObjectStorage

KEY = "inputs/0b6f/mask"
MIB = 2**20


@dataclass(frozen=True)
class Harness:
    """A store, empty and fresh.

    Attributes:
        full: fills its disk: less than 1 MiB is free inside of the block.
        tick_s: longer than the steps in which it tells the time.
    """

    store: BlobStore
    full: Callable[[], AbstractContextManager[None]] = nullcontext
    tick_s: float = 0.05


@contextmanager
def file_size_limit() -> Iterator[None]:
    """To `write` a limit of the kernel looks as a full disk does: it fails half way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB - 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def folder(path: Path, *, durable: bool) -> Harness:
    return Harness(FolderStore(path / "objects", durable=durable), file_size_limit)


def memory(path: Path) -> Harness:
    store = MemoryStore()

    @contextmanager
    def full() -> Iterator[None]:
        store.free_bytes = MIB - 1
        yield
        store.free_bytes = None

    return Harness(store, full)


GIVEN_S3 = os.environ.get("CLEANPLATE_TEST_S3")
"""`s3://bucket/prefix`: a bucket of any server, which is tried too."""
LOCAL: dict[str, Callable[[Path], Harness]] = {
    "folder": lambda path: folder(path, durable=False),
    "durable folder": lambda path: folder(path, durable=True),
    "memory": memory,
}


def s3() -> ObjectStorage:
    """A bucket of the server that the environment names."""
    return ObjectStorage(connect(f"s3://{BUCKET}/odd ü+&=%25/{uuid.uuid4()}", timeout_s=PATIENCE_S))


@contextmanager
def given_s3() -> Iterator[Harness]:
    """The bucket that the environment names, with its own AWS_* variables. It is left as it was."""
    client = connect(f"{GIVEN_S3}/{uuid.uuid4()}", timeout_s=PATIENCE_S)
    try:
        yield Harness(ObjectStorage(client), tick_s=1.1)
    finally:
        for page in obstore.list(client):
            obstore.delete(client, [found["path"] for found in page])


@pytest.fixture(params=[*LOCAL, "s3", *(["given s3"] if GIVEN_S3 else [])])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    if request.param == "s3":
        request.getfixturevalue("moto_endpoint")
        yield Harness(s3(), tick_s=1.1)
    elif request.param == "given s3":
        with given_s3() as given:
            yield given
    else:
        yield LOCAL[request.param](tmp_path)


@pytest.fixture(params=[*LOCAL, "s3"])
def fillable(request: pytest.FixtureRequest, tmp_path: Path) -> Harness:
    """A store whose disk can be filled; a bucket's is by a gate before it."""
    if request.param in LOCAL:
        return LOCAL[request.param](tmp_path)
    gate: Gate = request.getfixturevalue("s3_gate")

    def too_large(asked: Asked) -> Fault | None:
        large = asked.method == "PUT" and len(asked.body) >= MIB
        return Fault(403, "QuotaExceeded") if large else None

    return Harness(s3(), partial(gate.closed, too_large))


@pytest.fixture
def store(harness: Harness) -> BlobStore:
    return harness.store


def names(store: BlobStore, prefix: str = "inputs") -> set[str]:
    return {group.name for group in store.groups(prefix)}


def run_all(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run them at the same time; returns what they raised."""
    raised: list[BaseException] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:  # handed to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


# Put and get


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\xff" * 1000, bytes(3 * MIB + 1)], ids=len)
def test_what_was_put_comes_back(store: BlobStore, data: bytes) -> None:
    store.put(KEY, data)
    assert store.get(KEY) == data
    assert store.exists(KEY)


def test_pieces_are_joined_in_their_order(store: BlobStore) -> None:
    store.put(KEY, (bytes([number]) * 3 for number in range(5)))
    assert store.get(KEY) == b"\0\0\0\1\1\1\2\2\2\3\3\3\4\4\4"
    store.put(KEY, [])
    assert store.get(KEY) == b""


def test_put_replaces(store: BlobStore) -> None:
    store.put(KEY, b"a longer one")
    store.put(KEY, b"short")
    assert store.get(KEY) == b"short"
    assert b"".join(store.open_range(KEY)) == b"short"


def test_keys_are_apart(store: BlobStore) -> None:
    keys = ["inputs/a/image", "inputs/a/image2", "inputs/a2/image", "results/a/image", "inputs/A/image"]
    for key in keys:
        store.put(key, key.encode())
    assert [store.get(key) for key in keys] == [key.encode() for key in keys]


def test_what_is_not_there(store: BlobStore) -> None:
    for key in (KEY, f"{KEY}/below", "inputs"):
        with pytest.raises(BlobMissing) as caught:
            store.get(key)
        assert key not in caught.value.public
        assert key in caught.value.log
        with pytest.raises(BlobMissing):
            store.open_range(key)
        assert store.info(key) is None
        assert not store.exists(key)


def test_a_group_is_no_blob_and_a_blob_no_group(store: BlobStore) -> None:
    store.put(KEY, b"data")
    for other in ("inputs/0b6f", "inputs", f"{KEY}/below"):
        assert not store.exists(other)
        assert store.info(other) is None
        with pytest.raises(BlobMissing):
            store.get(other)
        with pytest.raises(BlobMissing):
            store.open_range(other)
        store.delete(other)
    assert store.get(KEY) == b"data"


def test_size_and_age(store: BlobStore) -> None:
    before_s = time.time()
    store.put(KEY, b"12345")
    info = store.info(KEY)
    assert info is not None
    assert info.size_bytes == 5
    # file systems keep time in ticks of the kernel's
    assert before_s - 1 < info.modified_s < time.time() + 1


def test_an_address_is_one_of_the_web_or_none(store: BlobStore) -> None:
    store.put(KEY, b"data")
    url = store.url(KEY, int(time.time()) + 60)
    assert url is None or url.startswith(("http://", "https://"))


# Create


def test_create_keeps_what_is_there(store: BlobStore) -> None:
    assert store.create(KEY, b"first")
    assert not store.create(KEY, b"second")
    assert store.get(KEY) == b"first"
    store.delete(KEY)
    assert store.create(KEY, b"third")
    assert store.get(KEY) == b"third"


def test_of_many_that_create_at_the_same_time_one_wins(store: BlobStore) -> None:
    won: list[bytes] = []

    def create(data: bytes) -> None:
        if store.create(KEY, data):
            won.append(data)

    assert run_all(*(partial(create, bytes([number]) * 32) for number in range(16))) == []
    assert [store.get(KEY)] == won


# Large


def test_a_large_blob_of_pieces_that_ask_the_store_themselves(store: BlobStore) -> None:
    """As a copy from one prefix to another does."""
    data = bytes(range(256)) * (12 * MIB // 256)
    store.put(KEY, data)
    store.put("inputs/copy/mask", store.open_range(KEY))
    assert store.get("inputs/copy/mask") == data


@pytest.mark.parametrize("error", [OSError("of the source"), ValueError("of the source")], ids=repr)
def test_a_large_source_that_breaks_off(store: BlobStore, error: Exception) -> None:
    """What the store itself raises is of these kinds as well."""

    def pieces() -> Iterator[bytes]:
        yield from (bytes(MIB) for _ in range(12))
        raise error

    store.put(KEY, b"old")
    with pytest.raises((type(error), StorageFailed)) as caught:
        store.put(KEY, pieces())
    assert caught.value is error or caught.value.__cause__ is error
    assert store.get(KEY) == b"old"


def test_thirty_two_threads(store: BlobStore) -> None:
    def work(number: int) -> None:
        for turn in range(5):
            key, data = f"inputs/t{number}/{turn}", bytes([number, turn]) * 20_000
            store.put(key, data)
            assert store.get(key) == data
            assert b"".join(store.open_range(key, 10, 1000)) == data[10:1010]
        store.delete_group(f"inputs/t{number}")

    assert run_all(*(partial(work, number) for number in range(32))) == []
    assert names(store) == set()


def test_pieces_that_are_closed_early(store: BlobStore) -> None:
    store.put(KEY, bytes(MIB))
    pieces = store.open_range(KEY)
    assert next(pieces)
    pieces.close()
    assert list(pieces) == []
    store.open_range(KEY).close()


# Ranges


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (0, 10, b"0123456789"),
        (0, 0, b""),
        (0, 1, b"0"),
        (9, 1, b"9"),
        (9, None, b"9"),
        (3, 4, b"3456"),
        (5, 10**12, b"56789"),
        (10, None, b""),
        (10, 1, b""),
        (10**12, None, b""),
        (10**12, 5, b""),
    ],
)
def test_ranges(store: BlobStore, start: int, length: int | None, expected: bytes) -> None:
    store.put(KEY, b"0123456789")
    assert b"".join(store.open_range(KEY, start, length)) == expected


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1), (-5, 2)])
def test_negative_ranges_are_refused(store: BlobStore, start: int, length: int | None) -> None:
    store.put(KEY, b"0123456789")
    with pytest.raises(ValueError, match="not a range"):
        store.open_range(KEY, start, length)


@given(size=st.integers(0, 700_000), start=st.integers(0, 800_000), length=st.integers(0, 800_000))
def test_any_range_is_the_slice(
    tmp_path_factory: pytest.TempPathFactory, size: int, start: int, length: int
) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    for make in (LOCAL["folder"], LOCAL["memory"]):
        store = make(tmp_path_factory.mktemp("range")).store
        store.put(KEY, data)
        assert b"".join(store.open_range(KEY, start, length)) == data[start : start + length]


def test_a_large_blob_comes_in_pieces(store: BlobStore) -> None:
    data = bytes(range(256)) * (4 * MIB // 256)
    store.put(KEY, data)
    pieces = list(store.open_range(KEY))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= MIB
    assert all(pieces)


@pytest.mark.parametrize("end", ["delete", "put", "delete_group"])
def test_an_open_range_outlives_the_blob(store: BlobStore, end: str) -> None:
    data = b"old" * MIB
    store.put(KEY, data)
    opened = store.open_range(KEY)
    first = next(opened)
    match end:
        case "delete":
            store.delete(KEY)
        case "put":
            store.put(KEY, bytes(MIB))
        case _:
            store.delete_group("inputs")
    assert first + b"".join(opened) == data


def test_ranges_that_nobody_reads_to_the_end(store: BlobStore) -> None:
    """An open file that is left behind would be a `ResourceWarning`, which fails the run."""
    store.put(KEY, bytes(MIB))
    for _ in range(3):
        store.open_range(KEY)
        next(store.open_range(KEY))
    store.delete(KEY)


# Delete


def test_delete_removes_one_and_delete_group_all(store: BlobStore) -> None:
    for key in ("inputs/a/image", "inputs/a/mask", "inputs/a/1/deep", "inputs/ab/image", "results/a/image"):
        store.put(key, b"x")
    store.delete("inputs/a/mask")
    assert not store.exists("inputs/a/mask")
    assert store.exists("inputs/a/image")
    store.delete_group("inputs/a")
    assert not store.exists("inputs/a/image")
    assert not store.exists("inputs/a/1/deep")
    assert store.exists("inputs/ab/image")
    assert store.exists("results/a/image")


def test_deleting_twice_is_no_error(store: BlobStore) -> None:
    store.delete(KEY)
    store.delete_group("inputs/0b6f")
    store.put(KEY, b"x")
    for _ in range(2):
        store.delete(KEY)
    store.put(KEY, b"x")
    for _ in range(2):
        store.delete_group("inputs/0b6f")
    assert not store.exists(KEY)
    store.put(KEY, b"again")
    assert store.get(KEY) == b"again"


# Groups


def test_groups_are_named_by_one_segment(store: BlobStore) -> None:
    assert names(store) == set()
    for key in ("inputs/a/image", "inputs/a/mask", "inputs/b/1/deep", "results/c/image"):
        store.put(key, b"x")
    assert names(store) == {"a", "b"}
    assert sorted(group.name for group in store.groups("inputs")) == ["a", "b"]
    store.delete_group("inputs/a")
    assert names(store) == {"b"}


def test_a_group_is_as_old_as_its_newest_blob(harness: Harness) -> None:
    store = harness.store
    store.put("results/a/1/one", b"x")
    (first,) = store.groups("results")
    time.sleep(harness.tick_s)
    store.put("results/a/1/two", b"x")
    (then,) = store.groups("results")
    info = store.info("results/a/1/two")
    assert info is not None
    assert then.modified_s >= info.modified_s
    assert then.modified_s > first.modified_s
    assert abs(then.modified_s - time.time()) < 60


def test_groups_while_they_come_and_go(store: BlobStore) -> None:
    for number in range(50):
        store.put(f"inputs/stays{number}/image", b"x")

    def churn() -> None:
        for number in range(100):
            store.put(f"inputs/goes{number}/image", b"x")
            store.delete_group(f"inputs/goes{number}")

    seen: list[set[str]] = []
    assert run_all(churn, lambda: seen.extend(names(store) for _ in range(50))) == []
    assert all({f"stays{number}" for number in range(50)} <= found for found in seen)


# All blobs


def test_all_blobs_below_a_prefix(store: BlobStore) -> None:
    assert list(store.blobs("inputs")) == []
    sizes = {"inputs/a/image": 1, "inputs/a/mask": 0, "inputs/b/1/deep": 3, "inputs/c": 4}
    for key, size in sizes.items():
        store.put(key, bytes(size))
    for key in ("inputs2/a/image", "results/a/image", "inputs-/x"):
        store.put(key, b"x")
    store.put("inputs/gone/x", b"x")
    store.delete("inputs/gone/x")
    found = list(store.blobs("inputs"))
    assert {key: info.size_bytes for key, info in found} == sizes
    assert len(found) == len(sizes)
    assert all(info == store.info(key) for key, info in found)
    assert [key for key, _ in store.blobs("inputs/a/image")] == []
    assert sorted(key for key, _ in store.blobs("inputs/a")) == ["inputs/a/image", "inputs/a/mask"]


def test_more_blobs_than_a_page(store: BlobStore) -> None:
    keys = {f"inputs/{number % 7}/{number}" for number in range(1203)}
    for key in keys:
        store.put(key, b"x")
    assert {key for key, _ in store.blobs("inputs")} == keys


def test_all_blobs_while_they_come_and_go(store: BlobStore) -> None:
    stays = {f"inputs/stays{number}/image" for number in range(50)}
    for key in stays:
        store.put(key, b"x")

    def churn() -> None:
        for number in range(100):
            store.put(f"inputs/goes{number}/image", b"x")
            store.delete_group(f"inputs/goes{number}")

    seen: list[set[str]] = []

    def look() -> None:
        seen.extend({key for key, _ in store.blobs("inputs")} for _ in range(50))

    assert run_all(churn, look) == []
    assert all(stays <= found for found in seen)


# Keys

HOSTILE = [
    "",
    "/",
    "/etc/passwd",
    "..",
    ".",
    "../secret",
    "inputs/../../secret",
    "inputs/./x",
    "inputs//x",
    "inputs/x/",
    "/inputs/x",
    "inputs/.hidden",
    "inputs/.cleanplate-0.tmp",
    "inputs/a b",
    "inputs/a\\b",
    "inputs\\..\\secret",
    "inputs/a\n",
    "inputs/é",
    "inputs/\u0661",
    "inputs/\x00",
    "inputs/%2e%2e",
    "inputs/C:x",
    "inputs/\ud800",
    "inputs/" + "x" * 201,
]


@pytest.mark.parametrize("key", HOSTILE, ids=ascii)
def test_hostile_keys_are_refused(store: BlobStore, key: str) -> None:
    for use in (
        store.get,
        store.open_range,
        store.info,
        store.exists,
        store.delete,
        store.delete_group,
        lambda key: list(store.groups(key)),
        lambda key: list(store.blobs(key)),
        lambda key: store.put(key, b""),
        lambda key: store.create(key, b""),
        lambda key: store.url(key, 0),
    ):
        with pytest.raises(ValueError, match="not a blob key"):
            use(key)


@pytest.mark.parametrize(
    "key", ["a/b", "a/b.png", "_/-", "a/" + "x" * 200, "a/b..c", "a/b.", "A/con", "0/1/2/3/4"]
)
def test_odd_keys_that_are_fine(store: BlobStore, key: str) -> None:
    store.put(key, b"data")
    assert store.get(key) == b"data"


# Whole or absent


class BrokeOffError(Exception):
    pass


def broken_off() -> Iterator[bytes]:
    yield bytes(MIB)
    raise BrokeOffError


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_source_that_breaks_off(store: BlobStore, before: bytes | None) -> None:
    if before is not None:
        store.put(KEY, before)
    with pytest.raises(BrokeOffError):
        store.put(KEY, broken_off())
    assert store.exists(KEY) == (before is not None)
    if before is not None:
        assert store.get(KEY) == before


def test_half_a_blob_is_never_seen(store: BlobStore) -> None:
    store.put(KEY, b"old")
    seen: list[bytes] = []

    def slowly() -> Iterator[bytes]:
        for _ in range(3):
            yield b"new"
            seen.append(store.get(KEY))
            info = store.info(KEY)
            assert info is not None
            assert info.size_bytes == 3
            assert names(store) == {"0b6f"}

    store.put(KEY, slowly())
    assert seen == [b"old"] * 3
    assert store.get(KEY) == b"newnewnew"


def test_readers_among_writers(store: BlobStore) -> None:
    versions = [bytes([number]) * 50_000 for number in range(8)]
    store.put(KEY, versions[0])

    def read() -> None:
        for _ in range(100):
            assert store.get(KEY) in versions
            assert b"".join(store.open_range(KEY)) in versions

    def write(version: bytes) -> None:
        for _ in range(5):
            store.put(KEY, version)

    assert run_all(read, read, *(partial(write, version) for version in versions)) == []
    assert store.get(KEY) in versions


def test_put_get_and_delete_of_one_key_at_the_same_time(store: BlobStore) -> None:
    store.put("inputs/0b6f/other", b"stays")

    def put() -> None:
        for _ in range(50):
            store.put(KEY, [b"x" * 1000] * 20)

    def read() -> None:
        for _ in range(200):
            try:
                assert store.get(KEY) == b"x" * 20_000
            except BlobMissing:
                continue

    def delete() -> None:
        for _ in range(200):
            store.delete(KEY)

    assert run_all(put, put, read, read, delete, delete) == []
    assert store.get("inputs/0b6f/other") == b"stays"
    store.put(KEY, b"in the end")
    assert store.get(KEY) == b"in the end"


def test_a_group_that_is_deleted_while_it_is_written_to(store: BlobStore) -> None:
    """Either side may fail, but only as a store does, and what is there is whole."""

    def put() -> None:
        for _ in range(50):
            store.put(KEY, b"x" * 20_000)

    def delete() -> None:
        for _ in range(50):
            store.delete_group("inputs/0b6f")

    raised = run_all(put, delete, delete)
    assert all(isinstance(error, StorageFailed) for error in raised)
    if store.exists(KEY):
        assert store.get(KEY) == b"x" * 20_000
    store.delete_group("inputs/0b6f")
    assert names(store) == set()


# A full disk


@pytest.mark.parametrize("pieces", [False, True], ids=["at once", "in pieces"])
def test_a_full_disk_loses_nothing(fillable: Harness, pieces: bool) -> None:
    store = fillable.store
    store.put(KEY, b"old")
    store.put("inputs/other/image", b"other")
    new = [bytes(MIB // 2)] * 4
    with fillable.full():
        for key in (KEY, "inputs/0b6f/new", "inputs/fresh/image"):
            with pytest.raises(StorageFailed) as caught:
                store.put(key, new if pieces else b"".join(new))
            assert key not in caught.value.public
        store.put("inputs/small/image", b"there is room for this")
    assert store.get(KEY) == b"old"
    assert store.get("inputs/other/image") == b"other"
    assert store.get("inputs/small/image") == b"there is room for this"
    assert not store.exists("inputs/0b6f/new")
    assert not store.exists("inputs/fresh/image")
    store.put(KEY, new)
    assert store.get(KEY) == bytes(2 * MIB)
