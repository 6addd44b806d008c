"""Where the files of tasks lie: in the data directory, a folder that machines share, or object storage."""

import time
from pathlib import Path
from typing import Final

from cleanplate.errors import ServiceAway, SetupError, StorageFailed, refused_start
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.object_clients import connect, connect_for_links
from cleanplate.storage.object_storage import ObjectStorage
from cleanplate.storage.probing import probe

OBJECTS: Final = "objects"
"""The folder for them in the data directory."""
_LISTED: Final = "inputs"
_SIGNED_S: Final = 60


def open_blobs(settings: Settings) -> BlobStore:
    """The store of the setting `store`; one outside of the data directory is tried at once.

    Raises:
        SetupError: it cannot be used; `ServiceAway`: it is not reached, or not mounted.
    """
    folder = blobs_folder(settings)
    blobs = _object_storage(settings) if folder is None else _folder(settings, folder)
    if settings.store or settings.result_links == "store":
        _try(blobs, settings)
    return blobs


def blobs_folder(settings: Settings) -> Path | None:
    """Where they lie on a disk; None: in object storage."""
    if not settings.store:
        return settings.data / OBJECTS
    return None if "://" in settings.store else Path(settings.store)


def disk_floor(settings: Settings) -> DiskFloor:
    """The floor of the disk that takes the files of tasks; without a least where that is none of ours."""
    if not settings.store:
        return DiskFloor(settings.data, settings.disk_floor_bytes)
    folder = blobs_folder(settings)
    return DiskFloor(folder or settings.data, settings.disk_floor_bytes if folder else 0)


def _object_storage(settings: Settings) -> ObjectStorage:
    address, timeout_s = settings.store, settings.store_timeout_s
    client = connect(address, timeout_s=timeout_s)
    if not settings.store_public_url:
        return ObjectStorage(client)
    links = connect_for_links(address, timeout_s=timeout_s, public_url=settings.store_public_url)
    return ObjectStorage(client, links=links)


def _folder(settings: Settings, folder: Path) -> FolderStore:
    if settings.store and not folder.is_dir():
        # Not made here: where a share is not mounted, the files would go to this machine's own disk
        raise ServiceAway(f"CLEANPLATE_STORE: there is no folder {folder}; make it, or mount it")
    return FolderStore(folder, durable=settings.sqlite_synchronous == "FULL")


def _try(blobs: BlobStore, settings: Settings) -> None:
    """List, write, delete, and sign where links are to be the store's."""
    link: str | None = ""
    try:
        next(iter(blobs.groups(_LISTED)), None)
        probe(blobs)
        if settings.result_links == "store":
            link = blobs.url(_LISTED, int(time.time()) + _SIGNED_S)
    except StorageFailed as error:
        public = f"CLEANPLATE_STORE: {settings.store} cannot be used: {error.log}"
        raise refused_start(error, public) from error
    if link is None:
        raise SetupError("CLEANPLATE_RESULT_LINKS: a folder has no links of its own: leave it at `server`")
