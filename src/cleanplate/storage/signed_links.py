"""Signed links: whoever holds one may read one blob until it expires, without an API key."""

import base64
import hmac

from cleanplate.storage.server_secret import ServerSecret


class LinkSigner:
    """Signs and checks paths of blobs.

    Args:
        secret: the server's own.
    """

    def __init__(self, secret: ServerSecret) -> None:
        self._secret = secret

    def sign(self, key: str, expires_at_s: int) -> str:
        """Path and query for a blob's key: `/results/<task>/<attempt>/<file>.png?expires=..&signature=..`.

        `expires_at_s` is Unix seconds, UTC.
        """
        return f"/{key}?expires={expires_at_s}&signature={self._signature(key, str(expires_at_s))}"

    def verify(self, key: str, expires: str, signature: str, now_s: float) -> bool:
        """Whether `expires` and `signature`, as they came in a query, open this key now. Constant time."""
        expected = self._signature(key, expires)
        genuine = hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
        return genuine and now_s < int(expires)

    def _signature(self, key: str, expires: str) -> str:
        return base64.urlsafe_b64encode(self._secret.mac(f"{key}\n{expires}")).rstrip(b"=").decode()
