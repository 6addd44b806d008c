"""A new vendor is one file: a plug-in here, a module of `api/` in the package. Nothing else changes.

The file is the one that docs/adding-a-vendor.md shows.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
from tests.api.dashscope.conftest import data_uri, png

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-vendor.md"


def shown_file() -> str:
    """The Python file of the page."""
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_one_file_is_a_vendor(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(shown_file())
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
    def ask(method: str, path: str, key: str = "sk-acme", **options: Any) -> Any:
        headers = {"X-Acme-Key": key}
        return requests.request(method, base + path, headers=headers, timeout=10, **options)

    assert ask("GET", "/acme/rub/x", key="").json()["oops"] == 401
    unknown = ask("GET", "/acme/elsewhere").json()
    assert unknown == {
        "oops": 404,
        "why": "This server serves: PUT /acme/rub, GET /acme/rub/{ticket}.",
    }
    body = {"picture": data_uri(png("photo")), "where": data_uri(png("mask"))}
    assert ask("PUT", "/acme/rub", data="{").json()["oops"] == 400
    assert ask("PUT", "/acme/rub", json={"picture": "x"}).json() == {"oops": 400, "why": "where: is required"}
    wrong = ask("PUT", "/acme/rub", json={**body, "where": "file:///etc/passwd"}).json()
    assert wrong["oops"] == 400
    assert wrong["why"].startswith("where: ")
    ticket = ask("PUT", "/acme/rub", json=body).json()["ticket"]
    end = time.monotonic() + 30
    while (answer := ask("GET", f"/acme/rub/{ticket}").json())["is"] != "done":
        assert answer["is"] in ("waiting", "rubbing"), answer
        assert time.monotonic() < end
        time.sleep(0.05)
    picture = requests.get(answer["look"][0], timeout=10)
    assert picture.headers["content-type"] == "image/png"
    assert ask("GET", "/acme/rub/x").json() == {"oops": 404, "why": "There is no such ticket."}
