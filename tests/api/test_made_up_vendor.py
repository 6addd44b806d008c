"""A new vendor is one file: a plug-in here, a module of `wire/` in the package. Nothing else changes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import requests
from tests.api.dashscope.conftest import data_uri, png

ACME = '''
"""Acme: PUT /acme/rub {"picture", "where"} -> {"ticket"}; GET /acme/rub/{ticket} -> {"is", "look"}."""

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import parse_source
from cleanplate.tasks.task import Submission
from cleanplate.api.base import CompactJson, Dialect, parse_json, read_body, result_url

RULES = PictureRules(formats=("png",), max_bytes=2**20, max_side_px=512, max_pixels=2**18)


def routes(services):
    async def rub(request):
        body = parse_json(await read_body(request, 2**21))
        inputs = {
            role: (parse_source(body[field], max_bytes=2**20), RULES)
            for role, field in (("image", "picture"), ("mask", "where"))
        }
        task = await run_in_threadpool(
            services.tasks.submit,
            Submission(
                dialect="acme", model="rub", edit="erase", parameters={}, inputs=inputs,
                key_id=request.state.caller.key_id, request_id=request.state.request_id,
            ),
        )
        return CompactJson({"ticket": task.id})

    async def look(request):
        task = await run_in_threadpool(services.tasks.get, request.path_params["ticket"])
        return CompactJson(
            {"is": task.state.value, "look": [result_url(services, request, task, o) for o in task.outputs]}
        )

    return [Route("/acme/rub", rub, methods=["PUT"]), Route("/acme/rub/{ticket}", look)]


DIALECT = Dialect(
    name="acme",
    prefix="/acme",
    secret=lambda request: request.headers.get("x-acme-key"),
    routes=routes,
    error=lambda request, status, text: CompactJson({"oops": status}, status),
)
'''


def test_one_file_is_a_vendor(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(ACME)
    environment = {
        **os.environ,
        "CLEANPLATE_PLUGINS": str(tmp_path),
        "CLEANPLATE_API_KEYS": "sk-acme",
    }
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            base = next(m.group() for line in server.stdout if (m := re.search(r"http://[\w.:]+", line)))
            _use(base)
        finally:
            server.terminate()


def _use(base: str) -> None:
    assert requests.get(base + "/acme/rub/x", timeout=10).json() == {"oops": 401}
    key = {"X-Acme-Key": "sk-acme"}
    assert requests.get(base + "/acme/elsewhere", headers=key, timeout=10).json() == {"oops": 404}
    body = {"picture": data_uri(png("photo")), "where": data_uri(png("mask"))}
    ticket = requests.put(base + "/acme/rub", json=body, headers=key, timeout=10).json()["ticket"]
    end = time.monotonic() + 30
    while (answer := requests.get(f"{base}/acme/rub/{ticket}", headers=key, timeout=10).json())[
        "is"
    ] != "succeeded":
        assert answer["is"] in ("queued", "running")
        assert time.monotonic() < end
        time.sleep(0.05)
    picture = requests.get(answer["look"][0], timeout=10)
    assert picture.headers["content-type"] == "image/png"
