"""Signed links: whoever holds one may read one object until it expires, without a key."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cleanplate.errors import SetupError

_SECRET_BYTES = 32


class Links:
    """Signs and checks paths of objects.

    Args:
        secret: the server's own key for HMAC-SHA256.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, key: str, expires_at_s: int) -> str:
        """Path and query for an object key: `/results/<task>/<attempt>/<file>.png?expires=..&signature=..`.

        `expires_at_s` is Unix seconds, UTC.
        """
        return f"/{key}?expires={expires_at_s}&signature={self._signature(key, str(expires_at_s))}"

    def verify(self, key: str, expires: str, signature: str, now_s: float) -> bool:
        """Whether `expires` and `signature`, as they came in a query, open this key now. Constant time."""
        wanted = self._signature(key, expires)
        genuine = hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
        return genuine and now_s < int(expires)

    def _signature(self, key: str, expires: str) -> str:
        digest = hmac.new(self._secret, f"{key}\n{expires}".encode(errors="replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def load_secret(path: Path) -> bytes:
    """Read the 32 bytes that sign links; the first caller makes them, readable by the owner alone.

    Raises:
        SetupError: the file cannot be made or read, or holds something else.
    """
    try:
        if not path.exists():
            _create_once(path, secrets.token_bytes(_SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise SetupError(f"cannot read or write {path}: {error.strerror}") from error
    if len(secret) != _SECRET_BYTES:
        raise SetupError(
            f"{path} is damaged: delete it, and a new one is made (old result links then stop working)"
        )
    return secret


def webhook_secret(secret: bytes) -> str:
    """What signs callbacks, derived from the server's own secret: receivers may know it, it opens nothing."""
    return "whsec_" + hmac.new(secret, b"webhooks", hashlib.sha256).hexdigest()


def _create_once(path: Path, content: bytes) -> None:
    """Create the file whole or not at all; when two processes race, the first one's content stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fsync(descriptor)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
