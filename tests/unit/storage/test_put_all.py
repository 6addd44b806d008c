"""Several blobs at once."""

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from cleanplate.errors import StorageFailed
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.put_all import put_all

_PATIENCE_S = 20.0


class _Together(FolderStore):
    """Keeps nothing until as many come at the same time as were promised."""

    def __init__(self, root: Path, parties: int) -> None:
        super().__init__(root)
        self._met = threading.Barrier(parties)

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        self._met.wait(_PATIENCE_S)
        if key.endswith("refused"):
            raise StorageFailed("no")
        super().put(key, data)


def test_all_are_kept_at_the_same_time(tmp_path: Path) -> None:
    store = _Together(tmp_path, 3)
    put_all(store, {"inputs/a/image": b"1", "inputs/a/mask": b"2", "inputs/a/keep": b"3"})
    assert [store.get(f"inputs/a/{role}") for role in ("image", "mask", "keep")] == [b"1", b"2", b"3"]


def test_none_is_nothing(tmp_path: Path) -> None:
    put_all(FolderStore(tmp_path), {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("refused", [0, 1])
def test_one_that_is_refused_is_told_and_the_others_have_ended(tmp_path: Path, refused: int) -> None:
    names = ["inputs/a/image", "inputs/a/mask"]
    names[refused] += "-refused"
    store = _Together(tmp_path, 2)
    with pytest.raises(StorageFailed):
        put_all(store, dict.fromkeys(names, b"x"))
    assert store.get(names[1 - refused]) == b"x"
