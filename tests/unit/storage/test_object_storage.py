"""Object storage over HTTP: links, and a store that refuses, hangs, breaks off or is not there."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import obstore
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from obstore.store import LocalStore, S3Store
from tests.s3_server import (
    BUCKET,
    PATIENCE_S,
    SILENCE,
    SLOW_DOWN,
    Asked,
    Fault,
    Gate,
    ask_for_credentials,
    direct,
    open_uploads,
)

from cleanplate.errors import BlobMissing, StorageFailed, StorageFull
from cleanplate.storage import circuit_breaker
from cleanplate.storage.object_clients import connect, connect_for_links
from cleanplate.storage.object_storage import ObjectStorage

KEY = "results/0b6f/1/1.png"
MIB = 2**20
LARGE = bytes(range(256)) * (12 * MIB // 256)
SOON_S = 0.5
"""What a store that never answers may take here."""

USES: dict[str, Callable[[ObjectStorage], object]] = {
    "put": lambda store: store.put(KEY, b"new"),
    "put of pieces": lambda store: store.put(KEY, (LARGE[at : at + MIB] for at in range(0, 12 * MIB, MIB))),
    "create": lambda store: store.create("results/new/1/1.png", b"new"),
    "get": lambda store: store.get(KEY),
    "open_range": lambda store: b"".join(store.open_range(KEY, 1)),
    "info": lambda store: store.info(KEY),
    "delete": lambda store: store.delete("results/other/1/1.png"),
    "delete_group": lambda store: store.delete_group("results/0b6f"),
    "groups": lambda store: list(store.groups("results")),
}


@pytest.fixture
def address() -> str:
    return f"s3://{BUCKET}/{uuid.uuid4()}"


def opened(address: str, timeout_s: float = PATIENCE_S) -> ObjectStorage:
    return ObjectStorage(connect(address, timeout_s=timeout_s))


def in_a_minute() -> int:
    return int(time.time()) + 60


# Links


def test_a_link_gives_the_picture_to_anybody(moto_endpoint: str, address: str) -> None:
    store = opened(address)
    store.put(KEY, b"a picture")
    link = store.url(KEY, in_a_minute())
    assert link is not None
    assert link.startswith(f"{moto_endpoint}/{BUCKET}/")
    reply = direct("GET", link)
    assert (reply.status_code, reply.content) == (200, b"a picture")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-disposition"] == 'inline; filename="1.png"'


def test_a_large_picture_of_pieces_is_shown_too(moto_endpoint: str, address: str) -> None:
    store = opened(address)
    store.put(KEY, (LARGE[at : at + MIB] for at in range(0, len(LARGE), MIB)))
    reply = direct("GET", store.url(KEY, in_a_minute()) or "")
    assert reply.content == LARGE
    assert reply.headers["content-type"] == "image/png"


def test_what_strangers_sent_is_never_shown(moto_endpoint: str, address: str) -> None:
    store = opened(address)
    store.put("inputs/0b6f/image", b"<script>")
    reply = direct("GET", store.url("inputs/0b6f/image", in_a_minute()) or "")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"].startswith("attachment")


def test_links_lead_to_the_public_address(moto_endpoint: str, s3_gate: Gate, address: str) -> None:
    """Clients reach the store at another address than this server does: it is signed with the host in it."""
    links = connect_for_links(address, timeout_s=PATIENCE_S, public_url=moto_endpoint)
    store = ObjectStorage(connect(address, timeout_s=PATIENCE_S), links=links)
    store.put(KEY, b"a picture")
    link = store.url(KEY, in_a_minute())
    assert link is not None
    assert link.startswith(f"{moto_endpoint}/{BUCKET}/")
    assert direct("GET", link).content == b"a picture"
    assert [asked.method for asked in s3_gate.asked] == ["PUT"]


@pytest.mark.parametrize("ahead_s", [-1, 0, 7 * 24 * 3600 + 1])
def test_no_link_can_be_that_old_or_live_so_long(moto_endpoint: str, address: str, ahead_s: int) -> None:
    store = ObjectStorage(connect(address, timeout_s=PATIENCE_S), clock_s=lambda: 1_800_000_000.5)
    assert store.url(KEY, 1_800_000_000 + ahead_s) is None


@pytest.mark.parametrize("ahead_s", [1, 7 * 24 * 3600])
def test_a_link_ends_when_its_task_does(moto_endpoint: str, address: str, ahead_s: int) -> None:
    store = ObjectStorage(connect(address, timeout_s=PATIENCE_S), clock_s=lambda: 1_800_000_000.5)
    assert f"X-Amz-Expires={ahead_s}&" in (store.url(KEY, 1_800_000_000 + ahead_s) or "")


# A store that is ill


def refusing_first(count: int) -> Callable[[Asked], Fault | None]:
    """The first requests are refused, whatever they are."""
    left = iter(range(count))
    return lambda _asked: SLOW_DOWN if next(left, None) is not None else None


@pytest.mark.parametrize("use", USES)
def test_a_store_that_is_soon_well_again_is_not_noticed(s3_gate: Gate, address: str, use: str) -> None:
    store = opened(address)
    store.put(KEY, b"old")
    with s3_gate.closed(refusing_first(3)):
        USES[use](store)


@pytest.mark.parametrize("fault", [SLOW_DOWN, SILENCE], ids=["503", "silence"])
@pytest.mark.parametrize("use", USES)
def test_a_store_that_stays_ill_is_an_error(s3_gate: Gate, address: str, use: str, fault: Fault) -> None:
    opened(address).put(KEY, b"old")
    store = opened(address, SOON_S)
    with s3_gate.closed(fault):
        with pytest.raises(StorageFailed) as caught:
            USES[use](store)
        assert not isinstance(caught.value, BlobMissing)
        assert ("503" if fault.status else "TimedOut") in caught.value.log
        assert "http" not in caught.value.public
    assert opened(address).get(KEY) == b"old"


def test_a_server_that_is_not_there(
    address: str, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(StorageFailed) as caught:
        opened(address, SOON_S).put(KEY, b"new")
    assert "Connection refused" in caught.value.log


def test_replies_that_break_off_are_fetched_on(s3_gate: Gate, address: str) -> None:
    store = opened(address)
    store.put(KEY, LARGE)
    left = iter([Fault(200, sent_bytes=3 * MIB), Fault(200, sent_bytes=MIB)])
    with s3_gate.closed(lambda _asked: next(left, None)):
        assert store.get(KEY) == LARGE
    left = iter([Fault(200, sent_bytes=3 * MIB), Fault(200, sent_bytes=MIB)])
    with s3_gate.closed(lambda _asked: next(left, None)):
        assert b"".join(store.open_range(KEY, 1000, 10 * MIB)) == LARGE[1000 : 1000 + 10 * MIB]


@pytest.mark.parametrize("use", ["get", "open_range", "groups"])
def test_replies_that_always_break_off_are_no_short_ones(s3_gate: Gate, address: str, use: str) -> None:
    opened(address).put(KEY, LARGE)
    with s3_gate.closed(Fault(200, sent_bytes=0)), pytest.raises(StorageFailed):
        USES[use](opened(address, SOON_S))


@pytest.mark.parametrize("fault", [SLOW_DOWN, SILENCE], ids=["503", "silence"])
def test_who_comes_later_hears_it_at_once(
    s3_gate: Gate, address: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "_OPEN_S", 3600.0)
    store = opened(address, SOON_S)
    with s3_gate.closed(fault):
        with pytest.raises(StorageFailed):
            store.get(KEY)
        count = len(s3_gate.asked)
        for use in USES.values():
            with pytest.raises(StorageFailed, match=r"refused|could not be read") as caught:
                use(store)
            assert "did not answer just now" in caught.value.log
            assert not isinstance(caught.value, BlobMissing)
        assert len(s3_gate.asked) == count


@pytest.mark.parametrize("status", [403, 404])
def test_a_store_that_refuses_is_asked_again(s3_gate: Gate, address: str, status: int) -> None:
    store = opened(address)
    store.put(KEY, b"old")
    with s3_gate.closed(Fault(status, "NoSuchBucket")):
        for _ in range(2):
            with pytest.raises(StorageFailed, match="could not be read"):
                store.get(KEY)
    assert store.get(KEY) == b"old"


def test_credentials_that_are_not_known(moto_endpoint: str, address: str) -> None:
    store = opened(address)
    ask_for_credentials(moto_endpoint, wanted=True)
    try:
        for use in USES.values():
            with pytest.raises(StorageFailed) as caught:
                use(store)
            assert not isinstance(caught.value, BlobMissing | StorageFull)
            assert "403 Forbidden" in caught.value.log
            for secret in ("AKIAEXAMPLE", "not-to-be-seen", "Signature="):
                assert secret not in caught.value.log + caught.value.public
    finally:
        ask_for_credentials(moto_endpoint, wanted=False)


@pytest.mark.parametrize("use", [name for name in USES if name != "info"])
def test_a_bucket_that_is_not_there(moto_endpoint: str, use: str) -> None:
    """It is no blob that is gone: that would end a task at once, where others wait for the store."""
    with pytest.raises(StorageFailed) as caught:
        USES[use](opened(f"s3://no-such-bucket/{uuid.uuid4()}"))
    assert not isinstance(caught.value, BlobMissing)
    assert "NoSuchBucket" in caught.value.log


# Large blobs


def test_a_small_blob_of_pieces_is_one_request(s3_gate: Gate, address: str) -> None:
    opened(address).put(KEY, iter([b"abc"] * 1000))
    assert [asked.method for asked in s3_gate.asked] == ["PUT"]
    assert len(s3_gate.asked[0].body) == 3000


def test_a_large_one_goes_in_parts(s3_gate: Gate, address: str) -> None:
    opened(address).put(KEY, (LARGE[at : at + MIB] for at in range(0, len(LARGE), MIB)))
    assert sorted(len(asked.body) for asked in s3_gate.asked if asked.method == "PUT") == [
        2 * MIB,
        5 * MIB,
        5 * MIB,
    ]


def test_nothing_is_left_of_a_large_source_that_breaks_off(moto_endpoint: str, address: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (bytes(MIB) for _ in range(12))
        raise KeyError

    with pytest.raises(KeyError):
        opened(address).put(KEY, pieces())
    assert address.rpartition("/")[2] not in open_uploads(moto_endpoint)


def test_nothing_is_left_of_a_large_blob_that_the_store_refuses(
    moto_endpoint: str, s3_gate: Gate, address: str
) -> None:
    store = opened(address)
    store.put(KEY, b"old")
    full = Fault(403, "QuotaExceeded")
    with (
        s3_gate.closed(lambda asked: full if "partNumber=3" in asked.path else None),
        pytest.raises(StorageFull),
    ):
        store.put(KEY, (bytes(MIB) for _ in range(40)))
    assert store.get(KEY) == b"old"
    assert address.rpartition("/")[2] not in open_uploads(moto_endpoint)


def test_memory_while_a_hundred_megabytes_are_put(moto_endpoint: str, address: str) -> None:
    """In a process of its own, whose greatest size before and after tells."""
    script = (
        "import resource\n"
        "from cleanplate.storage.object_clients import connect\n"
        "from cleanplate.storage.object_storage import ObjectStorage\n"
        f"store = ObjectStorage(connect({address!r}, timeout_s={PATIENCE_S}))\n"
        "def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "store.put('results/a/1', (bytes(2**16) for _ in range(160)))\n"
        "before = most()\n"
        "store.put('results/a/1', (bytes(2**16) for _ in range(1600)))\n"
        "print(most() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    store = opened(address)
    info = store.info("results/a/1")
    assert info is not None
    assert info.size_bytes == 100 * MIB
    assert int(done.stdout) < 50


@hypothesis_settings(max_examples=30)
@given(start=st.integers(0, 800_000), length=st.none() | st.integers(0, 800_000))
def test_any_range_is_the_slice(moto_endpoint: str, start: int, length: int | None) -> None:
    data = LARGE[:700_000]
    store = opened(f"s3://{BUCKET}/ranges")
    if not store.exists(KEY):
        store.put(KEY, data)
    assert b"".join(store.open_range(KEY, start, length)) == data[start:][:length]


# Groups


def test_groups_are_a_thousand_blobs_a_request(s3_gate: Gate, address: str) -> None:
    store = opened(address)
    keys = [f"inputs/{number}/{role}" for number in range(20) for role in ("image", "mask")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, b"x"), keys))
    s3_gate.asked.clear()
    assert len(list(store.groups("inputs"))) == 20
    assert len(s3_gate.asked) == 1


def test_more_than_a_page(moto_endpoint: str, address: str) -> None:
    store = opened(address)
    keys = [f"inputs/{number // 600}/{number}" for number in range(1200)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: store.put(key, b"x"), keys))
    store.put("inputs-of-others/0/image", b"x")
    store.put("inputs/0-1/image", b"x")
    assert sorted(group.name for group in store.groups("inputs")) == ["0", "0-1", "1"]
    store.delete_group("inputs/0")
    assert sorted(group.name for group in store.groups("inputs")) == ["0-1", "1"]
    store.delete_group("inputs")
    assert list(store.groups("inputs")) == []
    assert store.exists("inputs-of-others/0/image")


def test_what_others_put_beside_is_left_alone(moto_endpoint: str, address: str) -> None:
    client = connect(address, timeout_s=PATIENCE_S)
    for path in ("inputs/.hidden/x", "inputs/a b/x", "inputs/good/x", "inputs/é/x"):
        obstore.put(client, path, b"x")
    assert [group.name for group in ObjectStorage(client).groups("inputs")] == ["good"]


def test_several_who_delete_one_group(tmp_path: Path) -> None:
    """Google's and Azure's storage refuse to delete what is gone already; so do folders of obstore's."""
    store = ObjectStorage(cast("S3Store", LocalStore(tmp_path, mkdir=True)))
    for number in range(300):
        obstore.put(LocalStore(tmp_path), f"inputs/a/{number}", b"x")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.delete_group, ["inputs/a"] * 4))
    assert list(store.groups("inputs")) == []
    store.delete("inputs/a/1")


# Create


def test_create_where_the_store_has_no_conditions(
    moto_endpoint: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    store = opened(address)
    assert store.create(KEY, b"first")
    assert not store.create(KEY, b"second")
    assert store.get(KEY) == b"first"
