"""Results are new files in one folder."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from pathlib import Path

from cleanplate.errors import BadInput, StorageFailed
from cleanplate.mcp_server.result_folder import SCHEME, ResultFolder


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "photo-erase.png").write_bytes(b"mine")
    folder = ResultFolder(tmp_path)
    first, second = folder.save("photo-erase", ".png", b"1"), folder.save("photo-erase", ".png", b"2")
    assert (tmp_path / "photo-erase.png").read_bytes() == b"mine"
    assert [first.path.name, second.path.name] == ["photo-erase-2.png", "photo-erase-3.png"]
    assert first.uri == (tmp_path / "photo-erase-2.png").as_uri()
    assert folder.read(second.uri) == b"2"
    assert folder.saved == [first, second]


def test_only_own_results_are_read(tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(b"secret")
    folder = ResultFolder(tmp_path, served=True)
    for uri in (other.as_uri(), SCHEME + "other.png", SCHEME + "../other.png", ""):
        with pytest.raises(BadInput, match="there is no result"):
            folder.read(uri)


def test_a_result_that_was_taken_away_is_told(tmp_path: Path) -> None:
    folder = ResultFolder(tmp_path)
    saved = folder.save("a", ".png", b"1")
    saved.path.unlink()
    with pytest.raises(BadInput, match="gone"):
        folder.read(saved.uri)


def test_without_a_folder_a_temporary_one_is_made_for_the_first_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = ResultFolder(None)
    assert list(tmp_path.iterdir()) == []
    saved = folder.save("a", ".png", b"1")
    folder.close()
    assert saved.path.read_bytes() == b"1"  # it is the user's
    assert saved.path.parent.stat().st_mode & 0o077 == 0


def test_what_is_served_is_bounded_unguessable_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = ResultFolder(None, served=True, most_bytes=10)
    first = folder.save("a", ".png", b"123456")
    second = folder.save("a", ".png", b"123456")
    assert first.uri.startswith(SCHEME + "a-")
    assert len(first.path.stem) > 20
    assert folder.read(second.uri) == b"123456"
    with pytest.raises(BadInput):
        folder.read(first.uri)
    assert [one.name for one in second.path.parent.iterdir()] == [second.path.name]
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="there is no folder"):
        ResultFolder(tmp_path / "gone").save("a", ".png", b"1")
