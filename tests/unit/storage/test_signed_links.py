import stat
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cleanplate.errors import SetupError
from cleanplate.storage.signed_links import Links, load_secret

KEY = "results/0b6f/1-1.png"
LINKS = Links(b"s" * 32)


def signed(key: str = KEY, expires_at_s: int = 1000) -> tuple[str, str, str]:
    parts = urlsplit(LINKS.sign(key, expires_at_s))
    query = parse_qs(parts.query, strict_parsing=True)
    return parts.path, query["expires"][0], query["signature"][0]


def test_the_path_ends_with_the_name_of_the_file() -> None:
    assert signed()[0] == "/results/0b6f/1-1.png"


def test_a_link_opens_its_own_key_until_it_expires() -> None:
    _, expires, signature = signed()
    assert LINKS.verify(KEY, expires, signature, 999.9)
    assert not LINKS.verify(KEY, expires, signature, 1000)


@pytest.mark.parametrize(
    ("key", "expires"),
    [("results/0b6f/1-2.png", "1000"), (KEY, "9999"), (KEY, "01000"), (KEY, " 1000"), (KEY, ""), (KEY, "x")],
)
def test_nothing_else_opens_with_its_signature(key: str, expires: str) -> None:
    assert not LINKS.verify(key, expires, signed()[2], 0)


@pytest.mark.parametrize("signature", ["", "A", "é", "\udc80", "=" * 500])
def test_forged_signatures(signature: str) -> None:
    assert not LINKS.verify(KEY, "1000", signature, 0)


def test_another_secret_signs_differently() -> None:
    assert not Links(b"t" * 32).verify(KEY, *signed()[1:], 0)


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    first = load_secret(path)
    assert len(first) == 32
    assert load_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_racing_processes_get_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load_secret(path))) for _ in range(8)]
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
