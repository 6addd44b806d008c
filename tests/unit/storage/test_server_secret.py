"""The secret that signs: made once, private, and never shown."""

import stat
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from tests.s3_server import BUCKET, PATIENCE_S, use_server

from cleanplate.errors import SetupError
from cleanplate.storage.base import BlobStore
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.object_clients import connect
from cleanplate.storage.object_storage import ObjectStorage
from cleanplate.storage.server_secret import ServerSecret, load_secret, load_shared_secret


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    first = load_secret(path).mac("message")
    assert len(path.read_bytes()) == 32
    assert load_secret(path).mac("message") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_racing_processes_get_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load_secret(path).mac("x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_secret_is_a_clear_setup_error(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(SetupError, match="is damaged"):
        load_secret(tmp_path / "secret")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(SetupError, match="cannot read or write"):
        load_secret(tmp_path / "data" / "secret")


def test_codes_are_those_of_hmac() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert ServerSecret(b"Jefe").mac("what do ya want for nothing?").hex() == expected


def test_a_message_of_no_unicode() -> None:
    assert len(ServerSecret(b"s" * 32).mac("\udc80")) == 32


def test_what_receivers_of_callbacks_know_is_not_the_secret() -> None:
    told = ServerSecret(b"s" * 32).for_webhooks()
    assert told.startswith("whsec_")
    assert (b"s" * 32).hex() not in told
    assert told == ServerSecret(b"s" * 32).for_webhooks() != ServerSecret(b"t" * 32).for_webhooks()


class Cluster:
    """Several servers of one store, and the lock that they share.

    Args:
        locked: False: a lock that was lost.
    """

    def __init__(self, blobs: BlobStore, *, locked: bool = True) -> None:
        self.blobs = blobs
        self.entered = 0
        self._lock = threading.Lock() if locked else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.entered += 1
        with self._lock or nullcontext():
            yield

    def started(self, count: int) -> set[bytes]:
        """The codes that so many servers make which start at the same time."""
        with ThreadPoolExecutor(count) as pool:
            gate = threading.Barrier(count)

            def start(_: int) -> bytes:
                gate.wait()
                return load_shared_secret(self.blobs, self.alone).mac("x")

            return set(pool.map(start, range(count)))


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "lock lost"])
@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_servers_that_start_together_have_one_secret(
    kind: str, locked: bool, tmp_path: Path, moto_endpoint: str
) -> None:
    bucket = ObjectStorage(connect(f"s3://{BUCKET}/{uuid.uuid4()}", timeout_s=PATIENCE_S))
    cluster = Cluster(FolderStore(tmp_path) if kind == "folder" else bucket, locked=locked)
    (code,) = cluster.started(8)
    entered = cluster.entered
    assert entered >= 1
    assert cluster.started(3) == {code}
    assert cluster.entered == entered
    assert len(cluster.blobs.get("secret")) == 32


def test_servers_of_a_store_without_conditions(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the lock alone makes one of them the first."""
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    cluster = Cluster(ObjectStorage(connect(f"s3://{BUCKET}/{uuid.uuid4()}", timeout_s=PATIENCE_S)))
    assert len(cluster.started(8)) == 1


def test_a_shared_secret_that_is_damaged_or_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_server(monkeypatch, "http://127.0.0.1:1")
    cluster = Cluster(FolderStore(tmp_path))
    cluster.blobs.put("secret", b"short")
    with pytest.raises(SetupError, match="the blob `secret` of the store is damaged"):
        load_shared_secret(cluster.blobs, cluster.alone)
    away = ObjectStorage(connect("s3://bucket", timeout_s=0.2))
    with pytest.raises(SetupError, match="the servers' secret cannot be read or written"):
        load_shared_secret(away, cluster.alone)
