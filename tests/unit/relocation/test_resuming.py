"""A move that was broken off is gone on with, whatever happened since; half of one is never served from."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from tests.unit.relocation.conftest import contents, filled, moved, opened, serving

from cleanplate.database import Purpose, transaction
from cleanplate.database.tables import TASKS, USAGE
from cleanplate.errors import SetupError
from cleanplate.relocation import move
from cleanplate.relocation.moving import FILES, ROWS
from cleanplate.settings import Settings
from cleanplate.storage.folder import FolderStore


class BrokeOffError(Exception):
    pass


def broken_off_at(part: str, done: int = 0) -> Callable[[str, int, int], None]:
    """Ends a move when so much of a part is there."""

    def tell(now: str, here: int, _total: int) -> None:
        if now == part and here >= done:
            raise BrokeOffError

    return tell


def half_moved(source: Settings, target: Settings, part: str = FILES, done: int = 1) -> None:
    with pytest.raises(BrokeOffError):
        moved(source, target, broken_off_at(part, done))


@pytest.fixture(params=["to a cluster", "to a folder"])
def ways(request: pytest.FixtureRequest, here: Settings, there: Settings) -> tuple[Settings, Settings]:
    """Settings of a source and a target."""
    return (here, there) if request.param == "to a cluster" else (there, here)


@pytest.mark.parametrize(("part", "done"), [(FILES, 0), (FILES, 1), (ROWS, 1), (ROWS, 300)])
def test_what_was_broken_off_is_gone_on_with(ways: tuple[Settings, Settings], part: str, done: int) -> None:
    source, target = ways
    before = filled(source)
    half_moved(source, target, part, done)
    with ExitStack() as opening, pytest.raises(SetupError, match="has not filled this database to its end"):
        serving(target, opening)
    assert contents(source) == before, "the old place works as ever"
    assert moved(source, target).resumed
    assert contents(target) == before


def test_what_a_killed_copy_left_half_written_goes(here: Settings, there: Settings) -> None:
    filled(here)
    half_moved(here, there)
    store = Path(there.store)
    left = [store / ".cleanplate-0.tmp", store / "inputs" / "a" / ".cleanplate-1.tmp"]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    assert moved(here, there).resumed
    assert not any(path.exists() for path in left)


def test_what_was_copied_is_not_copied_again(here: Settings, there: Settings) -> None:
    filled(here)
    half_moved(here, there, ROWS, 1)
    copied = Path(there.store) / "inputs" / "a" / "image"
    before = copied.stat().st_ino
    moved(here, there)
    assert copied.stat().st_ino == before


def test_the_source_goes_on_before_the_second_try(ways: tuple[Settings, Settings]) -> None:
    source, target = ways
    filled(source)
    half_moved(source, target, ROWS, 1)
    with ExitStack() as opening:
        data = serving(source, opening)
        data.objects.delete_group("inputs/a")
        data.objects.put("results/new/1/0.png", b"new")
        time.sleep(0.05)  # longer than a tick of the kernel's
        data.objects.put("results/a/1/0.png", b"tluser")
        with transaction(data.engine) as connection:
            connection.execute(delete(USAGE))
            connection.execute(update(TASKS).values(progress=0.25))
    after = contents(source)
    moved(source, target)
    assert contents(target) == after
    assert "inputs/a/image" not in after.blobs


def test_half_of_another_installation(here: Settings, there: Settings) -> None:
    filled(here)
    half_moved(here, there)
    other = here.model_copy(update={"data": here.data.with_name("other")})
    filled(other)
    with pytest.raises(SetupError, match="half filled, from another installation"):
        moved(other, there)
    moved(here, there)


def test_half_with_another_store(here: Settings, there: Settings, tmp_path: Path) -> None:
    """What is in a store that this move has not filled may be somebody's."""
    filled(here)
    half_moved(here, there)
    (tmp_path / "new").mkdir()
    with pytest.raises(SetupError, match=r"half filled, .* or with the store"):
        moved(here, there.model_copy(update={"store": str(tmp_path / "new")}))


def test_a_store_of_this_very_installation_beside_a_new_database(
    here: Settings, there: Settings, tmp_path: Path
) -> None:
    """It may be served from elsewhere: nothing is removed there."""
    filled(here)
    moved(here, there)
    back = here.model_copy(update={"data": tmp_path / "new", "store": there.store})
    with pytest.raises(SetupError, match=r"the store .* is not empty"), ExitStack() as opening:
        move(
            opened(here, opening, Purpose.MOVE_FROM),
            opened(back, opening, Purpose.MOVE_INTO),
            lambda *_: None,
        )


def test_a_store_that_was_emptied_since(here: Settings, there: Settings) -> None:
    before = filled(here)
    half_moved(here, there, ROWS, 1)
    for path in Path(there.store).iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    moved(here, there)
    assert contents(there) == before


KILLED = """
import os, signal, sys
from cleanplate.relocation import row_copy, moving
from cleanplate.cli.entry import main

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

moving.copy_rows = killed
main(sys.argv[1:])
"""


def test_a_kill(here: Settings, there: Settings) -> None:
    before = filled(here)
    words = ["migrate", "--to", there.database_url, "--store", there.store, "--data", str(here.data)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)
    assert killed.returncode == -signal.SIGKILL
    listed = subprocess.run(
        [sys.executable, "-m", "cleanplate", "keys", "list"],
        env=os.environ | {"CLEANPLATE_DATABASE_URL": there.database_url},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (listed.returncode, listed.stdout) == (2, "")
    assert "has not filled this database to its end: run it again" in listed.stderr
    done = subprocess.run(
        [sys.executable, "-m", "cleanplate", *words], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(there) == before


def test_somebody_else_writes_to_the_target_store(here: Settings, there: Settings) -> None:
    filled(here)

    def intrude(part: str, done: int, total: int) -> None:
        if part == FILES and done == total:
            FolderStore(Path(there.store)).put("inputs/theirs/image", b"x")

    with pytest.raises(SetupError, match=r"5 files with .* are there, of 4"):
        moved(here, there, intrude)
