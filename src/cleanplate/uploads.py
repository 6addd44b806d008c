"""Files that clients put here before they submit: signed permission, a file under a name, and its end.

The names, the signature and the rules are those of Alibaba's OSS PostObject, as one vendor's clients use it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from cleanplate.clock import unix_ms
from cleanplate.database import transaction
from cleanplate.database.tables import UPLOADS
from cleanplate.errors import BadInput, InputTooLarge, StorageFailed
from cleanplate.storage.folder import FileStore

LOG = logging.getLogger(__name__)

GRANT_S: Final = 300
"""How long a permission to upload is good."""
KEEP_MS: Final = 48 * 3600 * 1000
"""How long an uploaded file can be used."""
MAX_FILE_BYTES: Final = 100 * 2**20
_ORPHAN_S: Final = 3600
_MAX_NAME_BYTES: Final = 1023  # OSS's own
_ROW = UPLOADS.c


class UploadRefused(BadInput):
    """An upload that may not be. `word` is the machine-readable one of `PolicyExpired`, ..."""

    code = "upload-refused"

    def __init__(self, word: str, public: str) -> None:
        super().__init__(public)
        self.word = word


EXPIRED: Final = "PolicyExpired"
FORGED: Final = "SignatureDoesNotMatch"
OUTSIDE: Final = "KeyOutsidePolicy"
EXISTS: Final = "FileAlreadyExists"
TOO_LARGE: Final = "EntityTooLarge"
QUOTA: Final = "QuotaExceeded"


@dataclass(frozen=True, slots=True)
class Quota:
    """What the living uploads of one key may be together."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to upload files below `folder` until `expires_at_s`, Unix seconds."""

    policy: str
    signature: str
    folder: str
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What a genuine policy says."""

    folder: str
    key_id: str
    model: str


class Uploads:
    """Uploads of one data directory. Thread-safe. Every method raises `StorageFailed` when storage refuses.

    Args:
        secret: the server's own; signatures are HMAC-SHA256.
        quota: for each API key.
        clock_ms: Unix milliseconds.
    """

    def __init__(
        self,
        engine: Engine,
        objects: FileStore,
        secret: bytes,
        quota: Quota,
        *,
        clock_ms: Callable[[], int] = unix_ms,
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._secret = secret
        self._quota = quota
        self._clock_ms = clock_ms

    def grant(self, key_id: str, model: str) -> Grant:
        """Permission for this key to upload files for this model, into a folder of its own."""
        now_s = self._clock_ms() // 1000
        expires_at_s = now_s + GRANT_S
        now, end = (datetime.fromtimestamp(time_s, UTC) for time_s in (now_s, expires_at_s))
        tag = hashlib.sha256(key_id.encode()).hexdigest()[:32]
        folder = f"dashscope-instant/{tag}/{now:%Y-%m-%d}/{uuid.uuid4()}"
        text = {
            "expiration": f"{end:%Y-%m-%dT%H:%M:%S}.000Z",
            "conditions": [
                ["content-length-range", 0, MAX_FILE_BYTES],
                ["starts-with", "$key", folder],
            ],
            "bounds": {"folder": folder, "key_id": key_id, "model": model, "expires_at_s": expires_at_s},
        }
        policy = base64.b64encode(json.dumps(text).encode()).decode()
        return Grant(policy, self._signature(policy), folder, expires_at_s)

    def put(self, policy: str, signature: str, name: str, data: bytes) -> None:
        """Keep a file under its name; it never replaces one.

        Raises:
            UploadRefused: forged or expired policy, a name outside its folder or taken, the file or all
                files of the key too large.
        """
        bounds = self._bounds(policy, signature, name)
        if len(data) > MAX_FILE_BYTES:
            raise UploadRefused(TOO_LARGE, "Your proposed upload exceeds the maximum allowed object size.")
        now_ms = self._clock_ms()
        row = {
            "name": name,
            "object_key": f"uploads/{uuid.uuid4()}/file",
            "key_id": bounds.key_id,
            "model": bounds.model,
            "size_bytes": len(data),
            "created_at_ms": now_ms,
            "expires_at_ms": now_ms + KEEP_MS,
        }
        self._objects.put(str(row["object_key"]), data)
        try:
            self._insert(row, bounds.key_id)
        except BaseException:
            self._drop(str(row["object_key"]))
            raise

    def read(self, name: str, *, key_id: str, model: str, max_bytes: int) -> bytes | None:
        """The file that this key uploaded for this model under this very name; None when there is none.

        Raises:
            InputTooLarge: it has more than `max_bytes`.
        """
        wanted = select(_ROW.object_key, _ROW.size_bytes).where(
            _ROW.name == name,
            _ROW.key_id == key_id,
            _ROW.model == model,
            _ROW.expires_at_ms > self._clock_ms(),
        )
        with transaction(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        if row.size_bytes > max_bytes:
            raise InputTooLarge(f"the file has {row.size_bytes} bytes, at most {max_bytes} are accepted")
        return self._objects.get(row.object_key)

    def sweep(self, now_ms: int) -> int:
        """Remove what has expired, and files older than an hour that no row names; returns how many rows."""
        with transaction(self._engine) as connection:
            gone = connection.execute(
                delete(UPLOADS).where(_ROW.expires_at_ms <= now_ms).returning(_ROW.object_key)
            ).scalars()
            keys = list(gone)
            kept = set(connection.execute(select(_ROW.object_key)).scalars())
        for key in keys:
            self._drop(key)
        for group, changed_s in self._objects.groups("uploads"):
            key = f"uploads/{group}/file"
            if changed_s < now_ms / 1000 - _ORPHAN_S and key not in kept:
                self._drop(key)
        return len(keys)

    def _insert(self, row: dict[str, object], key_id: str) -> None:
        totals = select(func.count(), func.sum(_ROW.size_bytes)).where(_ROW.key_id == key_id)
        with transaction(self._engine) as connection:
            # The write comes first: a transaction that begins with reading may find itself too late to write.
            if not connection.execute(insert(UPLOADS).values(row).on_conflict_do_nothing()).rowcount:
                raise UploadRefused(
                    EXISTS, "The object you specified already exists and can not be overwritten."
                )
            files, size = connection.execute(totals).one()
            if files > self._quota.files or size > self._quota.bytes:
                raise UploadRefused(QUOTA, "The uploads of this API key are more than the server keeps.")

    def _bounds(self, policy: str, signature: str, name: str) -> _Bounds:
        if not hmac.compare_digest(self._signature(policy).encode(), signature.encode("utf-8", "replace")):
            raise UploadRefused(
                FORGED, "The request signature we calculated does not match the one provided."
            )
        said = _decoded(policy)
        if said["expires_at_s"] * 1000 <= self._clock_ms():
            raise UploadRefused(EXPIRED, "Invalid according to Policy: Policy expired.")
        folder = said["folder"]
        tail = name.removeprefix(f"{folder}/")
        if tail == name or not tail.strip() or len(name.encode("utf-8", "replace")) > _MAX_NAME_BYTES:
            raise UploadRefused(
                OUTSIDE,
                f'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "{folder}"]',
            )
        return _Bounds(folder, said["key_id"], said["model"])

    def _signature(self, policy: str) -> str:
        message = b"upload policy\n" + policy.encode("utf-8", "replace")
        return base64.b64encode(hmac.new(self._secret, message, hashlib.sha256).digest()).decode()

    def _drop(self, object_key: str) -> None:
        try:
            self._objects.delete_group(object_key.removesuffix("/file"))
        except StorageFailed as error:  # the next sweep finds it without a row
            LOG.warning("upload %s: %s", object_key, error.log)


def _decoded(policy: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(base64.b64decode(policy, validate=True))["bounds"]
    except (binascii.Error, ValueError, KeyError) as error:
        # It bears our signature: another version wrote it.
        raise UploadRefused(EXPIRED, "Invalid according to Policy: Policy expired.") from error
    return said
