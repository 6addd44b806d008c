"""Nobody but the owner gets into a data directory, old or new."""

import stat
from pathlib import Path

import pytest
from tests.api.servers import settings_for

from cleanplate.app import build
from cleanplate.cli.entry import main
from cleanplate.private_files import close_to_others, make_folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_data_directory_is_private(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    app = build(settings_for(data))
    app.state.services.objects.put("inputs/a/b/image", b"x")
    modes = {path.relative_to(data).as_posix(): oct(_mode(path)) for path in (data, *data.rglob("*"))}
    app.state.close()
    folders = (".", "objects", "objects/inputs", "objects/inputs/a", "objects/inputs/a/b")
    assert {name for name, mode in modes.items() if mode == "0o700"} == set(folders)
    assert {mode for name, mode in modes.items() if name not in folders} == {"0o600"}
    assert {"cleanplate.db", "cleanplate.db-wal", "cleanplate.db-shm", "secret", "lock"} <= set(modes)


def test_an_old_one_is_closed_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = tmp_path / "data"
    build(settings_for(data)).state.close()
    assert "open to other users" not in caplog.text
    for path in (data, data / "objects"):
        path.chmod(0o755)
    for name in ("cleanplate.db", "secret"):
        (data / name).chmod(0o644)
    build(settings_for(data)).state.close()
    assert [_mode(path) for path in (data, data / "objects")] == [0o700, 0o700]
    assert [_mode(data / name) for name in ("cleanplate.db", "secret")] == [0o600, 0o600]
    assert "the data directory was open to other users; it is closed now (4 of its modes)" in caplog.text


def test_what_cannot_be_closed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch(mode=0o644)
    tmp_path.chmod(0o700)

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert close_to_others(tmp_path, ["a"]) == (0, [tmp_path / "a"])


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "index.html").touch(mode=0o644)
    (tmp_path / "pages").mkdir(mode=0o755)
    (tmp_path / "objects").mkdir(mode=0o755)
    build(settings_for(tmp_path)).state.close()
    assert [_mode(tmp_path / name) for name in (".", "index.html", "pages")] == [0o755, 0o644, 0o755]
    assert [_mode(tmp_path / name) for name in ("objects", "cleanplate.db", "secret")] == [
        0o700,
        0o600,
        0o600,
    ]
    assert f"{tmp_path} is open to other users, and not ours to close" in caplog.text


def test_folders_above_are_made_too(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert _mode(tmp_path / "a") == _mode(tmp_path / "a" / "b" / "c") == 0o700


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["usage"],
        ["revoke", "x"],
        ["limit", "x", "--rate", "1"],
        ["webhook-secret"],
    ],
)
def test_a_typing_error_makes_no_folder(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *words, "--data", str(tmp_path / "typo")])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"there is no database in {tmp_path / 'typo'}" in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_key_may_be_made_before_the_first_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", "create", "--data", str(tmp_path / "new")])
    assert not ended.value.code
    assert _mode(tmp_path / "new") == 0o700
    assert _mode(tmp_path / "new" / "cleanplate.db") == 0o600
