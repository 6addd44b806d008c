"""Permission to upload: what it says, and every way to bend it."""

import base64
import json
from typing import Any

import pytest

from cleanplate.api.dashscope.upload_policy import GRANT_S, Grant, OssError, check_policy, issue_grant
from cleanplate.storage.server_secret import ServerSecret
from cleanplate.uploads import UploadName

MODEL, KEY = "wanx2.1-imageedit", "static-1"
NOW_S = 1_700_000_000
SECRET = ServerSecret(b"s" * 32)


@pytest.fixture
def grant() -> Grant:
    return issue_grant(SECRET, KEY, MODEL, NOW_S)


def check(grant: Grant, **other: Any) -> UploadName:
    given: dict[str, Any] = {
        "policy": grant.policy,
        "signature": grant.signature,
        "key": f"{grant.folder}/a",
        "now_s": NOW_S,
    }
    return check_policy(SECRET, **given | other)


def denied(grant: Grant, message: str, **other: Any) -> None:
    with pytest.raises(OssError, match=message) as caught:
        check(grant, **other)
    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")


def test_it_says_what_may_be_put_for_whom(grant: Grant) -> None:
    assert check(grant) == UploadName(f"{grant.folder}/a", KEY, MODEL)
    assert check(grant, key=f"{grant.folder}/图片/..") == UploadName(f"{grant.folder}/图片/..", KEY, MODEL)


def test_every_permission_has_a_folder_of_its_own(grant: Grant) -> None:
    assert issue_grant(SECRET, KEY, MODEL, NOW_S).folder != grant.folder
    assert grant.folder.startswith("dashscope-instant/")
    assert "/2023-11-14/" in grant.folder
    assert KEY not in grant.folder
    said = json.loads(base64.b64decode(grant.policy))
    assert said["expiration"] == "2023-11-14T22:18:20.000Z"
    assert said["conditions"] == [
        ["content-length-range", 0, 104857600],
        ["starts-with", "$key", grant.folder],
    ]


def test_forged_permissions(grant: Grant) -> None:
    forged = "signature we calculated does not match"
    longer = json.loads(base64.b64decode(grant.policy))
    longer["bounds"]["expires_at_s"] += 9999
    denied(grant, forged, policy=base64.b64encode(json.dumps(longer).encode()).decode())
    other = issue_grant(SECRET, KEY, MODEL, NOW_S)
    for signature in ("", "x", other.signature, "é\ud800"):
        denied(grant, forged, signature=signature)
    denied(grant, forged, policy="\ud800")
    denied(issue_grant(ServerSecret(b"t" * 32), KEY, MODEL, NOW_S), forged)


def test_expired_permissions(grant: Grant) -> None:
    assert check(grant, now_s=NOW_S + GRANT_S - 0.001)
    denied(grant, "Policy expired", now_s=NOW_S + GRANT_S)


def test_a_policy_of_another_version_counts_as_expired(grant: Grant) -> None:
    for policy in ("eyJ9", base64.b64encode(b"{}").decode(), "not base64"):
        signature = base64.b64encode(SECRET.mac(f"upload policy\n{policy}")).decode()
        denied(grant, "Policy expired", policy=policy, signature=signature)


def test_names_outside_the_folder(grant: Grant) -> None:
    other = issue_grant(SECRET, KEY, MODEL, NOW_S)
    outside = ("", "a", grant.folder, f"{grant.folder}/", f"{grant.folder}/ ", f"{other.folder}/a")
    for key in (*outside, f"{grant.folder}/{'x' * 1024}", f"{grant.folder}x/a"):
        denied(grant, "Policy Condition failed", key=key)
