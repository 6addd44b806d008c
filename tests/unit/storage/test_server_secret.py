"""The secret that signs: made once, private, and never shown."""

import stat
import threading
from pathlib import Path

import pytest

from cleanplate.errors import SetupError
from cleanplate.storage.server_secret import ServerSecret, load_secret


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
