"""What a start makes of a data directory, and what one that is refused leaves of it."""

import shutil
from pathlib import Path

import pytest
from tests.api.servers import settings_for
from tests.runtimes import here

from cleanplate.app import build
from cleanplate.errors import SetupError


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_start_that_is_refused_leaves_no_database(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path))
    app.state.services.objects.put("inputs/a/image", b"x")
    app.state.close()
    for path in tmp_path.glob("cleanplate.db*"):
        path.unlink()
    before = names(tmp_path)
    with pytest.raises(SetupError, match="put its backup back"):
        build(settings_for(tmp_path))
    assert names(tmp_path) == before
    build(settings_for(tmp_path), new_database=True).state.close()


def test_a_start_that_is_refused_leaves_a_database_that_was_there(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(settings_for(tmp_path / name)).state.close()
    shutil.rmtree(tmp_path / "a" / "objects")
    shutil.copytree(tmp_path / "b" / "objects", tmp_path / "a" / "objects")
    with pytest.raises(SetupError, match="put its backup back"):
        build(settings_for(tmp_path / "a"))
    assert "cleanplate.db" in names(tmp_path / "a")


def test_a_secret_that_is_lost_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    build(settings_for(tmp_path)).state.close()
    assert "secret" not in caplog.text
    (tmp_path / "secret").unlink()
    build(settings_for(tmp_path)).state.close()
    assert "no file `secret`: a new one is made" in caplog.text


@pytest.mark.skipif(here().has_gpu, reason="there is a GPU, which is then used")
def test_a_gpu_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="CLEANPLATE_DEVICE: there is no GPU"):
        build(settings_for(tmp_path, device="cuda"))
