"""Uses of keys that cannot be written just now are written later."""

import shutil
from pathlib import Path

import pytest

from cleanplate.access import Access
from cleanplate.database import open_database
from cleanplate.errors import StorageFailed


def test_what_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    opened = open_database(tmp_path / "data" / "a.db")
    access = Access(opened, [])
    _, secret = access.create("")
    access.caller(secret)
    (tmp_path / "data").rename(tmp_path / "parked")
    with pytest.raises(StorageFailed):
        access.uses.write()
    shutil.move(tmp_path / "parked", tmp_path / "data")
    access.uses.write()
    assert access.keys()[0].used_at_ms is not None
