"""Damaged pictures in every dialect: its own code, and never a success with a part of the picture."""

import time
from collections.abc import Iterator
from typing import Final

import pytest
from tests.api.servers import KEY, data_uri, png, served, settings_for
from tests.api.vendors import PICWISH, VENDORS, Client, Vendor

from cleanplate.app import build

TIMEOUT_S: Final = 20.0
ORDER: Final = [vendor.name for vendor in VENDORS]
REFUSED: Final = (
    "FAILED:InvalidParameter.ImageFormat",
    "TASK_STATUS_FAILED:INVALID_IMAGE_FORMAT",
    "-7",
    "failed:not-a-picture",
    "Error:not-a-picture",
)
DONE: Final = ("SUCCEEDED", "TASK_STATUS_SUCCEED", "1", "succeeded", "Ready")
WAITING: Final = (
    "PENDING",
    "RUNNING",
    "TASK_STATUS_QUEUED",
    "TASK_STATUS_PROCESSING",
    "queued",
    "running",
    "Pending",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(build(settings_for(tmp_path_factory.mktemp("damaged"))), lifespan="on") as url:
        yield url


def flipped(data: bytes) -> bytes:
    """One byte of the rows is another; nothing is missing, and no decoder needs to notice."""
    at = data.index(b"IDAT") + len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


@pytest.mark.parametrize("vendor", VENDORS, ids=ORDER)
def test_a_damaged_picture_has_the_code_of_the_vendor(base: str, vendor: Vendor) -> None:
    for data in (flipped(png("photo")), png("photo")[:300], flipped(png("photo", 300, 200))):
        with Client(vendor, base, KEY) as client:
            assert _end(client, client.submitted(data_uri(data))) == REFUSED[ORDER.index(vendor.name)]


@pytest.mark.parametrize(
    "vendor", [vendor for vendor in VENDORS if vendor is not PICWISH], ids=lambda vendor: vendor.name
)
def test_base64_that_lost_its_plus_signs(base: str, vendor: Vendor) -> None:
    text = data_uri(png("photo"))
    assert "+" in text.partition(",")[2]
    lost = text.partition(",")[2].replace("+", " ")
    with Client(vendor, base, KEY) as client:
        for image in ("data:image/png;base64," + lost, lost):
            assert _end(client, client.submitted(image)) == DONE[ORDER.index(vendor.name)]


def _end(client: Client, task_id: str) -> str:
    """What polls say once they say something final."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        word = client.word(task_id)
        if word not in WAITING and not (client.vendor is PICWISH and word == "4"):
            return word
        time.sleep(0.02)
    raise AssertionError(f"task {task_id} never ended")
