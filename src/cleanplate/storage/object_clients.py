"""Clients of object storage, made from an address and the variables that each cloud's programs go by."""

import os
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from cleanplate.errors import SetupError
from cleanplate.storage.object_errors import why

if TYPE_CHECKING:  # obstore is an extra, and its threads must be in no process that forks: see `connect`
    from obstore.store import (
        AzureConfig,
        AzureStore,
        ClientConfig,
        GCSConfig,
        GCSStore,
        RetryConfig,
        S3Config,
        S3Store,
    )

    ObjectClient: TypeAlias = S3Store | GCSStore | AzureStore

EXTRA: Final = "pip install 'cleanplate[cluster]'"
_CONNECT_S: Final = 2.0
_LONGEST_REPLY_S: Final = 3600.0
"""A result goes to its client as it comes, however slow that is; what stands still ends much sooner."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0
_MOST_RETRIES: Final = 20
_ENDPOINTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
        "gs": ("GOOGLE_BASE_URL",),
        "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    }
)
"""Variables that name another address than the cloud's own, by scheme."""
_FIRM: Final = "AWS_ENDPOINT_URL_S3"
"""obstore lets nothing win over it."""


def connect(address: str, *, timeout_s: float, endpoint: str = "") -> "ObjectClient":
    """A client of the bucket, below the address's path. Nothing is asked of it yet.

    From its first request on there are threads: a process that is forked later must not use it, and the
    processes for tasks, which are forked, never import it.

    Args:
        address: `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.
        timeout_s: what a store may take for one request, and how long one that refuses is asked again.
        endpoint: where the store is reached; empty: where its variables say.

    Raises:
        SetupError: the extra is not installed, or the address or a variable cannot be used.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError as error:
        raise SetupError(f"CLEANPLATE_STORE: {address} needs obstore: {EXTRA}") from error
    scheme = urlsplit(address).scheme
    _check_endpoints(scheme)
    client, retries = _options(_is_plain(scheme, endpoint), timeout_s), _retries(timeout_s)
    try:
        if scheme == "gs":
            gcs: GCSConfig = {"base_url": endpoint} if endpoint else {}
            return GCSStore.from_url(address, config=gcs, client_options=client, retry_config=retries)
        if scheme == "az":
            azure: AzureConfig = {"endpoint": endpoint} if endpoint else {}
            return AzureStore.from_url(address, config=azure, client_options=client, retry_config=retries)
        s3: S3Config = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
        return S3Store.from_url(address, config=s3, client_options=client, retry_config=retries)
    except (BaseError, ValueError) as error:
        raise SetupError(f"CLEANPLATE_STORE: {address} cannot be used: {why(error)}") from error


def connect_for_links(address: str, *, timeout_s: float, public_url: str) -> "ObjectClient":
    """The same by the address that clients reach it at, for links: they are signed with the host in them.

    Raises:
        SetupError: as `connect`; or a variable is set that wins over any address.
    """
    if public_url and urlsplit(address).scheme == "s3" and os.environ.get(_FIRM):
        raise SetupError(
            f"CLEANPLATE_STORE_PUBLIC_URL: {_FIRM} would win over it; set AWS_ENDPOINT_URL instead of that"
        )
    return connect(address, timeout_s=timeout_s, endpoint=public_url)


def _check_endpoints(scheme: str) -> None:
    """The client itself panics over one that is none, and then at its first request. Raises `SetupError`."""
    for name in _ENDPOINTS[scheme]:
        try:
            value = os.environ.get(name, "")
            usable = not value or bool(urlsplit(value).hostname)
        except ValueError:
            usable = False
        if not usable:
            raise SetupError(f"{name}: it is no address of a store, as http://127.0.0.1:9000 is one")


def _is_plain(scheme: str, endpoint: str) -> bool:
    """Whether the store is reached without TLS, because somebody said so."""
    named = [endpoint] if endpoint else [os.environ.get(name, "") for name in _ENDPOINTS[scheme]]
    return any(one.lower().startswith("http://") for one in named)


def _options(plain: bool, timeout_s: float) -> "ClientConfig":
    return {
        "allow_http": plain,
        "connect_timeout": timedelta(seconds=min(_CONNECT_S, timeout_s)),
        # Until a reply begins, the request's own bytes included; then for each piece of it
        "read_timeout": timedelta(seconds=timeout_s),
        "timeout": timedelta(seconds=_LONGEST_REPLY_S),
    }


def _retries(timeout_s: float) -> "RetryConfig":
    return {
        "max_retries": _MOST_RETRIES,
        "retry_timeout": timedelta(seconds=timeout_s),
        "backoff": {
            "init_backoff": timedelta(seconds=_FIRST_PAUSE_S),
            "max_backoff": timedelta(seconds=_LONGEST_PAUSE_S),
            "base": 2,
        },
    }
