"""Signed links: whoever holds one may read one blob until it expires, without an API key."""

import base64
import hmac
from collections.abc import Sequence

from cleanplate.storage.server_secret import ServerSecret


class LinkSigner:
    """Signs and checks paths of blobs.

    Args:
        secrets: at least one. The first signs, links of all of them are good: so a secret can be replaced.
    """

    def __init__(self, secrets: Sequence[ServerSecret]) -> None:
        self._secrets = tuple(secrets)

    def sign(self, key: str, expires_at_s: int) -> str:
        """Path and query for a blob's key: `/results/<task>/<attempt>/<file>.png?expires=..&signature=..`.

        `expires_at_s` is Unix seconds, UTC.
        """
        return (
            f"/{key}?expires={expires_at_s}&signature={_signature(self._secrets[0], key, str(expires_at_s))}"
        )

    def verify(self, key: str, expires: str, signature: str, now_s: float) -> bool:
        """Whether `expires` and `signature`, as they came in a query, open this key now. Constant time."""
        given = signature.encode(errors="replace")
        expected = [_signature(secret, key, expires).encode() for secret in self._secrets]
        genuine = any(hmac.compare_digest(one, given) for one in expected)
        return genuine and now_s < int(expires)


def _signature(secret: ServerSecret, key: str, expires: str) -> str:
    return base64.urlsafe_b64encode(secret.mac(f"{key}\n{expires}")).rstrip(b"=").decode()
