"""A server whose files lie in a bucket: links of both kinds, and what clients hear while it is ill."""

import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from tests.api.dashscope.conftest import Client as DashScope
from tests.api.servers import KEY, served, settings_for, waiting
from tests.api.test_unavailable import refused
from tests.api.vendors import VENDORS, Client, Vendor
from tests.s3_server import BUCKET, PATIENCE_S, SILENCE, SLOW_DOWN, Fault, Gate, direct

from cleanplate.app import build
from cleanplate.settings import Settings


def in_bucket(data: Path, **more: Any) -> Settings:
    return settings_for(data, store=f"s3://{BUCKET}/{uuid.uuid4()}", **more)


def erased(app: Starlette) -> str:
    """The link of a picture that was erased there and then."""
    with served(app, lifespan="on") as base, DashScope.opened(base) as client:
        link: str = client.ended(client.submitted())["output"]["output_image_url"]
        reply = direct("GET", link)
        assert reply.content.startswith(b"\x89PNG")
        assert reply.headers["content-type"] == "image/png"
        assert reply.headers["content-disposition"].startswith("inline")
        return link.removeprefix(base)


def accepted(client: Client) -> str:
    """The id of a new task; on a machine that is busy even a store that is well takes longer than it may."""
    until_s = time.monotonic() + PATIENCE_S
    while not (reply := client.submit()).ok and time.monotonic() < until_s:
        assert reply.status_code == 503
    return client.vendor.task_id(reply.json())


@pytest.mark.parametrize("links", ["server", "store"])
def test_a_picture_goes_through_the_bucket(
    moto_endpoint: str, s3_gate: Gate, tmp_path: Path, links: str
) -> None:
    settings = in_bucket(tmp_path, result_links=links, store_public_url=moto_endpoint)
    link = erased(build(settings))
    begin = "/results/" if links == "server" else f"{moto_endpoint}/{BUCKET}/"
    assert link.startswith(begin)
    assert not (tmp_path / "objects").exists()


@pytest.mark.parametrize("fault", [SLOW_DOWN, SILENCE], ids=["503", "silence"])
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_submits_while_the_store_is_ill(s3_gate: Gate, tmp_path: Path, vendor: Vendor, fault: Fault) -> None:
    settings = in_bucket(tmp_path, store_timeout_s=0.5)
    with waiting(settings) as server, Client(vendor, server.base, KEY) as client:
        task_id = accepted(client)
        with s3_gate.closed(fault):
            refused(client.submit(), vendor)
            assert client.polled(task_id).status_code == 200
        accepted(client)


def test_results_while_the_store_is_ill(s3_gate: Gate, tmp_path: Path) -> None:
    with waiting(in_bucket(tmp_path, store_timeout_s=3)) as server:
        key = f"results/{uuid.uuid4()}/1/1.png"
        server.objects.put(key, b"a picture")
        link = server.base + server.services.links.sign(key, int(time.time()) + 600)
        with s3_gate.closed(SLOW_DOWN):
            reply = direct("GET", link)
            assert (reply.status_code, reply.json()["code"]) == (503, "ServiceUnavailable")
            assert int(reply.headers["retry-after"]) >= 1
        until_s = time.monotonic() + PATIENCE_S
        while (reply := direct("GET", link)).status_code == 503 and time.monotonic() < until_s:
            time.sleep(0.1)
        assert reply.content == b"a picture"
        assert direct("GET", link, headers={"Range": "bytes=2-4"}).content == b"pic"


def test_a_store_that_is_ill_takes_no_server_out(s3_gate: Gate, tmp_path: Path) -> None:
    """All servers have the same store: without any of them not even polls would be answered."""
    with served(build(in_bucket(tmp_path, store_timeout_s=0.5)), lifespan="on") as base:
        with s3_gate.closed(SLOW_DOWN):
            reply = direct("GET", f"{base}/readyz")
        assert (reply.status_code, reply.json()["status"]) == (200, "degraded")
        assert reply.json()["objects"] == "cannot be written"
