"""Permission to upload: OSS's signed policies (https://help.aliyun.com/document_detail/31988.html).

A policy is JSON in base64, signed by this server. It names a folder of its own; what is posted with it must
have a name below that folder. Beside the vendor's own conditions it carries, under `bounds`, whose it is and
for which model.
"""

import base64
import binascii
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cleanplate.storage.server_secret import ServerSecret
from cleanplate.uploads import UploadName

GRANT_S: Final = 300
"""How long a permission to upload is good."""
MAX_FILE_BYTES: Final = 100 * 2**20
KEEP_MS: Final = 48 * 3600 * 1000
"""How long an uploaded file can be used."""
_MAX_NAME_BYTES: Final = 1023
_BOUNDS: Final = "folder", "account", "model", "expires_at_s"


class OssError(Exception):
    """A form that is refused: HTTP status, OSS's code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to upload files below `folder` until `expires_at_s`, Unix seconds."""

    policy: str
    signature: str
    folder: str
    expires_at_s: int


def issue_grant(secret: ServerSecret, account: str, model: str, now_s: int) -> Grant:
    """Permission for this account to upload files for this model, into a folder of its own."""
    expires_at_s = now_s + GRANT_S
    now, end = (datetime.fromtimestamp(time_s, UTC) for time_s in (now_s, expires_at_s))
    tag = hashlib.sha256(account.encode()).hexdigest()[:32]
    folder = f"dashscope-instant/{tag}/{now:%Y-%m-%d}/{uuid.uuid4()}"
    document = {
        "expiration": f"{end:%Y-%m-%dT%H:%M:%S}.000Z",
        "conditions": [
            ["content-length-range", 0, MAX_FILE_BYTES],
            ["starts-with", "$key", folder],
        ],
        "bounds": {"folder": folder, "account": account, "model": model, "expires_at_s": expires_at_s},
    }
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    return Grant(policy, _signature(secret, policy), folder, expires_at_s)


def check_policy(secret: ServerSecret, policy: str, signature: str, key: str, now_s: float) -> UploadName:
    """What a form may put there: whose the file is and what it is for.

    Args:
        key: the form's field, the name that the file is to have.

    Raises:
        OssError: forged or expired policy, or a name outside of its folder.
    """
    if not hmac.compare_digest(_signature(secret, policy).encode(), signature.encode("utf-8", "replace")):
        raise access_denied("The request signature we calculated does not match the one provided.")
    bounds = _bounds(policy)
    if bounds["expires_at_s"] <= now_s:
        raise policy_expired()
    folder = bounds["folder"]
    below = key.removeprefix(f"{folder}/")
    if below == key or not below.strip() or len(key.encode("utf-8", "replace")) > _MAX_NAME_BYTES:
        condition = f'["starts-with", "$key", "{folder}"]'
        raise access_denied(f"Invalid according to Policy: Policy Condition failed: {condition}")
    return UploadName(key, bounds["account"], bounds["model"])


def access_denied(message: str) -> OssError:
    """The permission is none, or not for this."""
    return OssError(403, "AccessDenied", message)


def policy_expired() -> OssError:
    """The permission was good once."""
    return access_denied("Invalid according to Policy: Policy expired.")


def _signature(secret: ServerSecret, policy: str) -> str:
    return base64.b64encode(secret.mac(f"upload policy\n{policy}")).decode()


def _bounds(policy: str) -> dict[str, Any]:
    try:
        bounds = json.loads(base64.b64decode(policy, validate=True))["bounds"]
        return {name: bounds[name] for name in _BOUNDS}
    except (binascii.Error, ValueError, KeyError) as error:
        # It bears our signature: another version wrote it.
        raise policy_expired() from error
