"""The JDK's own client, which offers HTTP/2 with every request; and the program of the vendor's page."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.api.dashscope.conftest import erase_body
from tests.api.raw import submit_of
from tests.api.servers import KEY, served, settings_for
from tests.api.vendors import VENDORS, Client, Vendor

from cleanplate.app import build

HERE = Path(__file__).parent
JAVAC = shutil.which("javac")

pytestmark = pytest.mark.skipif(JAVAC is None or shutil.which("java") is None, reason="there is no JDK")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(build(settings_for(tmp_path_factory.mktemp("live"))), lifespan="on") as base:
        yield base


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled programs are."""
    folder = tmp_path_factory.mktemp("classes")
    sources = [str(HERE / "Ask.java"), str(HERE / "dashscope" / "Sample.java")]
    subprocess.run([str(JAVAC), "-d", str(folder), *sources], check=True, timeout=120)
    return folder


def java(classes: Path, *arguments: str) -> str:
    command = ["java", "-cp", str(classes), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_of_the_vendors_page(live: str, classes: Path, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps(erase_body()))
    made = tmp_path / "made.png"
    told = java(classes, "Sample", f"{live}/api/v1", KEY, str(tmp_path / "body.json"), str(made))
    assert told.split() == ["SUCCEEDED"]
    with Image.open(made) as picture:
        assert picture.size == (96, 64)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("how", ["length", "chunks", "expect"])
def test_a_submit(live: str, classes: Path, tmp_path: Path, vendor: Vendor, how: str) -> None:
    headers, body = submit_of(vendor)
    (tmp_path / "body").write_bytes(body)
    flat = [text for pair in headers.items() for text in pair]
    replies = java(classes, "Ask", live + vendor.path, str(tmp_path / "body"), how, *flat).splitlines()
    for reply in replies:
        status, _, told = reply.partition(" ")
        assert status in ("200", "202"), told
        with Client(vendor, live, KEY) as client:
            assert client.polled(vendor.task_id(json.loads(told))).ok
    assert len(replies) == 2


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("how", ["length", "chunks", "expect"])
def test_nine_megabytes_with_a_wrong_key(
    live: str, classes: Path, tmp_path: Path, vendor: Vendor, how: str
) -> None:
    (tmp_path / "body").write_bytes(b"x" * (9 * 2**20))
    flat = [text for pair in vendor.key("sk-wrong").items() for text in pair]
    replies = java(classes, "Ask", live + vendor.path, str(tmp_path / "body"), how, *flat).splitlines()
    assert [reply[:4] for reply in replies] == ["403 " if vendor.name in {"novita", "bfl"} else "401 "] * 2
