"""Addresses of object storage, and the variables that they are read with. No request is made here."""

import json
import os
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.s3_server import use_server

from cleanplate.errors import SetupError
from cleanplate.storage.object_clients import connect, connect_for_links
from cleanplate.storage.object_storage import ObjectStorage

KEY = "results/0b6f/1/1.png"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    use_server(monkeypatch, "http://127.0.0.1:1")


def link(address: str, public_url: str = "") -> str:
    client = connect_for_links(address, timeout_s=1.0, public_url=public_url)
    return ObjectStorage(client).url(KEY, int(time.time()) + 60) or ""


def test_links_of_s3() -> None:
    assert link("s3://bucket/some/prefix").startswith(f"http://127.0.0.1:1/bucket/some/prefix/{KEY}?X-Amz-")
    assert link("s3://bucket").startswith(f"http://127.0.0.1:1/bucket/{KEY}?X-Amz-")


@pytest.mark.parametrize("style", ["false", "true"])
def test_public_links_of_s3_name_the_bucket_in_their_path(
    style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", style)
    expected = f"https://files.example.com/bucket/prefix/{KEY}?X-Amz-Algorithm="
    assert link("s3://bucket/prefix", "https://files.example.com").startswith(expected)


def test_links_of_google(monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"client_email": "a@example.com", "private_key": pem, "private_key_id": "1", "client_id": "2"}
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps({"type": "service_account", **account}))
    assert link("gs://bucket/prefix").startswith(
        f"https://storage.googleapis.com/bucket/prefix/{KEY}?X-Goog-"
    )
    expected = f"https://files.example.com/bucket/prefix/{KEY}?X-Goog-"
    assert link("gs://bucket/prefix", "https://files.example.com").startswith(expected)


def test_links_of_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")
    assert "sig=" in link("az://container/prefix")
    expected = f"https://account.blob.core.windows.net/container/prefix/{KEY}?"
    assert link("az://container/prefix").startswith(expected)
    expected = f"https://files.example.com/container/prefix/{KEY}?"
    assert link("az://container/prefix", "https://files.example.com").startswith(expected)


def test_a_variable_that_wins_over_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that leads elsewhere than it says would be worse than none."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    with pytest.raises(SetupError, match="AWS_ENDPOINT_URL_S3 would win over it"):
        link("s3://bucket", "https://files.example.com")
    assert link("s3://bucket").startswith("http://127.0.0.1:1/bucket/")


@pytest.mark.parametrize("value", ["http://[::1", "127.0.0.1:9000", "http://", "nonsense"])
def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """obstore panics over it at its first request."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", value)
    with pytest.raises(SetupError, match="AWS_ENDPOINT_URL: it is no address of a store"):
        connect("s3://bucket", timeout_s=1.0)


def test_an_account_that_is_missing() -> None:
    with pytest.raises(SetupError) as caught:
        connect("az://container", timeout_s=1.0)
    told = "CLEANPLATE_STORE: az://container cannot be used: Generic MicrosoftAzure error: "
    assert str(caught.value) == told + "Account must be specified"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(SetupError, match=r"pip install 'cleanplate\[cluster\]'"):
        connect("s3://bucket", timeout_s=1.0)


def test_the_processes_for_tasks_never_import_it() -> None:
    """They are forked, and what obstore starts would not live on in them."""
    script = (
        "import sys\n"
        "from importlib import import_module\n"
        "from multiprocessing import forkserver\n"
        "from cleanplate.tasks.process_start import start_context\n"
        "start_context()\n"
        "for name in forkserver._forkserver._preload_modules: import_module(name)\n"
        "print(len(forkserver._forkserver._preload_modules) > 5, 'obstore' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
