"""A database that is locked or gone: submits are refused in each vendor's words, and polls are answered."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import requests
from tests.api.servers import KEY, Api, settings_for, waiting
from tests.api.vendors import BFL, DASHSCOPE, NATIVE, NOVITA, PICWISH, VENDORS, Client, Vendor

from cleanplate.database import sqlite
from cleanplate.database.write_turn import Writers

CODES = {
    DASHSCOPE.name: "ModelUnavailable",
    NOVITA.name: "SERVICE_NOT_AVAILABLE",
    PICWISH.name: "503",
    NATIVE.name: "storage-failed",
    BFL.name: "Service Unavailable",
}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(sqlite, "Writers", partial(Writers, 0.1))
    with waiting(settings_for(tmp_path)) as api:
        yield api


def refused(reply: requests.Response, vendor: Vendor) -> None:
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) >= 1
    assert vendor.code(reply.json()) == CODES[vendor.name]


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_locked_database(server: Api, tmp_path: Path, vendor: Vendor) -> None:
    with Client(vendor, server.base, KEY) as client:
        task_id = client.submitted()
        with closing(sqlite3.connect(tmp_path / "cleanplate.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for _ in range(2):
                refused(client.submit(), vendor)
                assert client.polled(task_id).status_code == 200
            other.execute("ROLLBACK")
        client.submitted()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_disk_below_its_floor(tmp_path: Path, vendor: Vendor) -> None:
    with waiting(settings_for(tmp_path, disk_floor_bytes=2**50)) as server:
        with Client(vendor, server.base, KEY) as client:
            reply = client.submit()
        refused(reply, vendor)
        assert int(reply.headers["retry-after"]) >= 30
        assert not list(server.objects.groups("inputs"))


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_database_that_is_gone(server: Api, tmp_path: Path, vendor: Vendor) -> None:
    with Client(vendor, server.base, KEY) as client:
        task_id = client.submitted()
        (tmp_path / "cleanplate.db").rename(tmp_path / "elsewhere.db")
        refused(client.submit(), vendor)
        # A stored key: it cannot even be looked up
        with Client(vendor, server.base, "cp-stored") as stored:
            refused(stored.submit(), vendor)
        # The Java client of this vendor asks again at once after a 503, for ever
        poll = client.polled(task_id)
        assert poll.status_code == (500 if vendor in (DASHSCOPE, NOVITA) else 503)
        (tmp_path / "elsewhere.db").rename(tmp_path / "cleanplate.db")
        assert client.polled(task_id).status_code == 200
