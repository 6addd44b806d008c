"""What only this server knows: made at the first start, it signs all that is to come back unchanged."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from cleanplate.errors import BlobMissing, SetupError, StorageFailed, refused_start
from cleanplate.private_files import FILE_MODE, make_folder
from cleanplate.storage.atomic_write import atomic_write
from cleanplate.storage.base import BlobStore

SECRET_BYTES: Final = 32
_KEY: Final = "secret"
_LOST: Final = "(old result links then stop working, and static keys find nothing of theirs)"


class ServerSecret:
    """Makes message authentication codes.

    Args:
        secret: 32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def mac(self, message: str) -> bytes:
        """HMAC-SHA256 of the message, 32 bytes. Messages of different purposes must never be the same."""
        return hmac.digest(self._secret, message.encode(errors="replace"), hashlib.sha256)

    def for_webhooks(self) -> str:
        """What signs callbacks, derived from the secret: receivers may know it, it opens nothing."""
        return "whsec_" + self.mac("webhooks").hex()


def load_secret(path: Path) -> ServerSecret:
    """Read the secret; the first caller makes it, readable by the owner alone.

    Raises:
        SetupError: the file cannot be made or read, or holds something else.
    """
    try:
        if not path.exists():
            _create(path)
        secret = path.read_bytes()
    except OSError as error:
        raise SetupError(f"cannot read or write {path}: {error.strerror}") from error
    if len(secret) != SECRET_BYTES:
        raise SetupError(f"{path} is damaged: delete it, and a new one is made {_LOST}")
    return ServerSecret(secret)


def load_shared_secret(blobs: BlobStore, alone: Callable[[], AbstractContextManager[object]]) -> ServerSecret:
    """Read the secret of all servers that share this store; the first caller makes it.

    Args:
        alone: a block that only one of these servers is in at a time. It is entered when there is no secret
            yet. Where it is lost half way, the first secret stays all the same, in every store that has
            conditional writes.

    Raises:
        SetupError: the store refuses, or holds something else under its key.
    """
    try:
        secret = _shared(blobs)
        if secret is None:
            with alone():
                if (secret := _shared(blobs)) is None:
                    blobs.create(_KEY, secrets.token_bytes(SECRET_BYTES))
                    secret = blobs.get(_KEY)  # of two that wrote, both go by what is there
    except StorageFailed as error:
        public = f"the servers' secret cannot be read or written: {error.log}"
        raise refused_start(error, public) from error
    if len(secret) != SECRET_BYTES:
        raise SetupError(
            f"the blob `{_KEY}` of the store is damaged: delete it, and a new one is made {_LOST}"
        )
    return ServerSecret(secret)


def _shared(blobs: BlobStore) -> bytes | None:
    try:
        return blobs.get(_KEY)
    except BlobMissing:
        return None


def _create(path: Path) -> None:
    """When two processes race, the first one's secret stays."""
    make_folder(path.parent)
    with (
        suppress(FileExistsError),
        atomic_write(path, durable=True, mode=FILE_MODE, overwrite=False) as file,
    ):
        file.write(secrets.token_bytes(SECRET_BYTES))
