"""Signing in by a link: its word is good once, for minutes; what it is exchanged for ends by itself.

The newest word is in the memory of the process that made it, as SHA-256: no other process knows it, and it
cannot be used twice. A session names its key and its end, and is signed: every process with the server's
secret knows it again, and none has to keep it. It is worth what its key is, and nothing once that is revoked.
"""

import hmac
import math
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cleanplate.access.static_keys import sha256_of
from cleanplate.clock import unix_ms
from cleanplate.errors import LimitReached, Unauthorized

LINK_MS: Final = 10 * 60 * 1000
SESSION_MS: Final = 7 * 24 * 3600 * 1000
_TRIES: Final = 30
_REFILL_MS: Final = 2000
"""So many words may be tried at once, and one more each time so long has passed: by all who try."""
_SESSION = re.compile(r"cps\.([A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,14})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class KeySession:
    """What stands in for a key for a time.

    Attributes:
        expires_at_ms: Unix milliseconds.
    """

    token: str = field(repr=False)
    expires_at_ms: int


class SignInLinks:
    """The word of the newest link. Thread-safe.

    Args:
        clock_ms: milliseconds since whenever.
    """

    def __init__(self, clock_ms: Callable[[], int] = unix_ms) -> None:
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._sha256, self._key_id, self._until_ms = "", "", 0
        self._tries, self._since_ms = float(_TRIES), clock_ms()

    def make(self, key_id: str) -> str:
        """A word that signs this key in, once. The one before is good no more."""
        word = secrets.token_urlsafe(32)
        with self._lock:
            self._sha256, self._key_id = sha256_of(word), key_id
            self._until_ms = self._clock_ms() + LINK_MS
        return word

    def take(self, word: str) -> str:
        """The id of the key that this word signs in; the word is used up.

        Raises:
            LimitReached: too many were tried.
            Unauthorized: it is no such word, was used, or is too old; the text says nothing more.
        """
        given = sha256_of(word)
        with self._lock:
            self._count()
            fits = hmac.compare_digest(given, self._sha256 or sha256_of(secrets.token_urlsafe(32)))
            if not fits or self._clock_ms() >= self._until_ms:
                raise Unauthorized("The link has been used already, or is too old.")
            self._sha256 = ""
            return self._key_id

    def give_back(self, word: str) -> None:
        """Nothing came of a word that was taken: it is good again, for as long as it was."""
        with self._lock:
            self._sha256 = self._sha256 or sha256_of(word)

    def _count(self) -> None:
        now_ms = self._clock_ms()
        self._tries = min(float(_TRIES), self._tries + max(0, now_ms - self._since_ms) / _REFILL_MS)
        self._since_ms = now_ms
        if self._tries < 1:
            wait_s = math.ceil((1 - self._tries) * _REFILL_MS / 1000)
            raise LimitReached("too many links were tried", kind="rate", retry_after_s=max(1, wait_s))
        self._tries -= 1


class Sessions:
    """Makes sessions of keys, and knows them again. Thread-safe.

    Args:
        mac: the server's, 32 bytes.
        clock_ms: Unix milliseconds.
    """

    def __init__(self, mac: Callable[[str], bytes], clock_ms: Callable[[], int] = unix_ms) -> None:
        self._mac = mac
        self._clock_ms = clock_ms

    def make(self, key_id: str) -> KeySession:
        """A session of this key, which lasts `SESSION_MS`."""
        expires_at_ms = self._clock_ms() + SESSION_MS
        return KeySession(f"cps.{key_id}.{expires_at_ms}.{self._sign(key_id, expires_at_ms)}", expires_at_ms)

    def key_id(self, token: str) -> str | None:
        """Whose session this is; None where it is none, or has ended. Constant time.

        Whether the key is still good is for the caller to find out.
        """
        found = _SESSION.fullmatch(token)
        if found is None:
            return None
        key_id, expires_at_ms = found[1], int(found[2])
        genuine = hmac.compare_digest(self._sign(key_id, expires_at_ms), found[3])
        return key_id if genuine and self._clock_ms() < expires_at_ms else None

    def _sign(self, key_id: str, expires_at_ms: int) -> str:
        return self._mac(f"session\n{key_id}\n{expires_at_ms}").hex()
