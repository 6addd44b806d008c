"""Links that open one blob until they expire, and nothing else."""

from urllib.parse import parse_qs, urlsplit

import pytest

from cleanplate.storage.server_secret import ServerSecret
from cleanplate.storage.signed_links import LinkSigner

KEY = "results/0b6f/1-1.png"
LINKS = LinkSigner([ServerSecret(b"s" * 32)])


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


def test_a_secret_can_be_replaced() -> None:
    _, expires, signature = signed()
    old, new = ServerSecret(b"s" * 32), ServerSecret(b"t" * 32)
    assert LinkSigner([new, old]).verify(KEY, expires, signature, 0)
    assert not LinkSigner([new]).verify(KEY, expires, signature, 0)
    assert LinkSigner([new, old]).sign(KEY, 1000) == LinkSigner([new]).sign(KEY, 1000)


@pytest.mark.parametrize("signature", ["", "A", "é", "\udc80", "=" * 500])
def test_forged_signatures(signature: str) -> None:
    assert not LINKS.verify(KEY, "1000", signature, 0)


def test_another_secret_signs_differently() -> None:
    assert not LinkSigner([ServerSecret(b"t" * 32)]).verify(KEY, *signed()[1:], 0)
