"""The policy and the rule that docs/object-storage.md shows, tried as they stand."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.s3_server import PATIENCE_S, direct, moto_server, use_server

from cleanplate.errors import StorageFailed
from cleanplate.storage.object_clients import connect
from cleanplate.storage.object_storage import ObjectStorage

PAGE = Path(__file__).parents[3] / "docs" / "object-storage.md"
MIB = 2**20


def shown(word: str) -> Any:
    """The JSON of the page that has this word in it."""
    (found,) = (
        text for text in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL) if word in text
    )
    return json.loads(found)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server of its own: who may do what is everybody's."""
    with moto_server() as endpoint:
        use_server(monkeypatch, endpoint)
        yield endpoint


def client(service: str) -> Any:
    return import_module("boto3").client(service, region_name="us-east-1")


def broken_off() -> Iterator[bytes]:
    yield from (bytes(MIB) for _ in range(12))
    raise KeyError


def test_the_rights_are_enough_and_no_more(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    iam = client("iam")
    client("s3").create_bucket(Bucket="other")
    iam.create_user(UserName="cleanplate")
    iam.put_user_policy(
        UserName="cleanplate", PolicyName="plates", PolicyDocument=json.dumps(shown("s3:ListBucket"))
    )
    key = iam.create_access_key(UserName="cleanplate")["AccessKey"]
    direct("POST", f"{endpoint}/moto-api/reset-auth", data="0").raise_for_status()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    # Of a delete of several moto holds the policy against the bucket, Amazon against each object
    monkeypatch.setenv("AWS_DISABLE_BULK_DELETE", "true")

    store = ObjectStorage(connect("s3://plates/production", timeout_s=PATIENCE_S))
    store.put("inputs/a/image", b"x")
    assert store.create("secret", b"x")
    store.put("results/a/1", (bytes(MIB) for _ in range(12)))
    assert b"".join(store.open_range("results/a/1", 5, 10)) == bytes(10)
    assert store.info("inputs/a/image") is not None
    assert [group.name for group in store.groups("inputs")] == ["a"]
    with pytest.raises(KeyError):
        store.put("results/b/1", broken_off())
    store.delete("inputs/a/image")
    store.delete_group("results/a")
    for elsewhere in ("s3://plates/development", "s3://other/production"):
        with pytest.raises(StorageFailed, match="refused"):
            ObjectStorage(connect(elsewhere, timeout_s=PATIENCE_S)).put("inputs/a/image", b"x")


def test_the_rule_of_expiry_is_taken_and_spares_what_has_to_stay(endpoint: str) -> None:
    rule = shown("Expiration")
    s3 = client("s3")
    s3.put_bucket_lifecycle_configuration(Bucket="plates", LifecycleConfiguration=rule)
    kept = s3.get_bucket_lifecycle_configuration(Bucket="plates")["Rules"]
    prefixes = [one["Filter"]["Prefix"] for one in kept]
    assert prefixes == [f"production/{kind}/" for kind in ("inputs", "results", "uploads")]
    assert all(one["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1 for one in kept)
