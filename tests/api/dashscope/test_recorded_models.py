"""Pairs for painting and image editing: the SDK's request as recorded, and the reply that it must get.

`recorded_models.json` holds requests of the vendor's Python package against a logging stub, and this
server's replies with ids and signatures replaced by `normalised`. `RECORD=1 pytest <this file>` writes the
replies anew: look at the difference before it is committed.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.api.dashscope.test_recorded import replay

FILE = Path(__file__).with_name("recorded_models.json")
RECORDED = json.loads(FILE.read_text())
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VARYING = {"policy", "signature", "upload_dir", "upload_host"}


def normalised(value: Any) -> Any:
    """The reply without what is another one each time."""
    match value:
        case dict():
            return {
                name: f"<{name}>" if name in _VARYING else normalised(part) for name, part in value.items()
            }
        case list():
            return [normalised(part) for part in value]
        case str():
            return "<url>" if value.startswith("http://127.") else _UUID.sub("<uuid>", value)
        case _:
            return value


@pytest.mark.parametrize(
    "number", range(len(RECORDED["pairs"])), ids=lambda n: f"{RECORDED['pairs'][n]['client']}, {n}"
)
def test_pair(number: int, packed_live: str, pictures: str) -> None:
    pair = RECORDED["pairs"][number]
    reply = replay(pair, packed_live, pictures)
    found = {"status": reply.status_code, "body": normalised(reply.json())}
    if os.environ.get("RECORD"):
        pair["reply"] = found
        FILE.write_text(json.dumps(RECORDED, indent=1, ensure_ascii=False) + "\n")
    assert found == pair["reply"]
    assert reply.headers["content-type"] == "application/json"
