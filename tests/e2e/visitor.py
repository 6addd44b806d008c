"""A client that leaves things on a server, and finds them again wherever that server has been moved to."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

import requests
from tests.api.dashscope.conftest import MODEL
from tests.api.servers import data_uri, png
from tests.e2e.cluster import Host
from tests.e2e.real_server import Receiver, wait

HELD: Final = 3
"""Tasks that take some seconds, of four pictures each."""
QUEUED: Final = 3
ENDED: Final = ("succeeded", "failed", "cancelled")
ERASE: Final = {"edit": "erase", "image": data_uri(png("photo")), "mask": data_uri(png("mask"))}
HOLD: Final = {
    "edit": "instruct",
    "image": data_uri(png("photo")),
    "parameters": {"prompt": "hold"},
    "count": 4,
}
SUBMIT: Final = "/api/v1/services/aigc/image2image/image-synthesis"
SIGNATURE: Final = "X-Cleanplate-Signature"


@dataclass
class Visitor:
    """It has the key of the environment, and one that is stored.

    Attributes:
        away: what is called back.
        stored: the secret of the other key.
        signed_with: the server's secret for callbacks.
    """

    away: Receiver
    stored: str
    signed_with: str
    name: str = "first"
    link: str = ""
    picture: bytes = b""
    reply: bytes = b""
    uploaded: str = ""
    called_back: str = ""
    images: int = 0
    open_tasks: tuple[str, ...] = ()
    open_tasks_of_stored: tuple[str, ...] = ()

    def leave_things(self, host: Host) -> None:
        """A task that has ended, one whose callback is not taken, a reply that is kept, an upload; and tasks
        that are not done yet when this returns.
        """
        done = self.ended(host, self.submit(host, ERASE))
        self.link = done["results"][0]["url"].removeprefix(host.base)
        self.picture = host.ask("GET", self.link).content
        assert self.picture.startswith(b"\x89PNG")
        kept = self.submit_once(host)
        self.reply = kept.content
        self.ended(host, kept.json()["id"])
        self.uploaded = self.upload(host)
        self.away.refusing = True
        self.called_back = self.submit(host, {**ERASE, "webhook": {"url": f"{self.away.address}/done"}})
        wait(lambda: any(self.called_back.encode() in body for body in self.away.bodies))
        self.images = self.used(host)
        self.open_tasks = tuple(self.submit(host, HOLD) for _ in range(HELD))
        self.open_tasks_of_stored = tuple(self.submit(host, ERASE, self.stored) for _ in range(QUEUED))

    def find_what_ended(self, host: Host) -> None:
        """The link and the reply."""
        assert host.ask("GET", self.link).content == self.picture
        again = self.submit_once(host)
        assert (again.status_code, again.content) == (202, self.reply)

    def find_things(self, host: Host) -> None:
        """All of them; what was open ends."""
        self.find_what_ended(host)
        self.hear_of_the_end()
        assert {self.ended(host, task)["state"] for task in self.open_tasks} == {"succeeded"}
        stored = [self.ended(host, task, self.stored)["state"] for task in self.open_tasks_of_stored]
        assert stored == ["succeeded"] * QUEUED
        assert self.used(host) == self.images + 4 * HELD, "no picture was lost, none counted twice"
        self.use_the_upload(host)

    def submit(self, host: Host, body: dict[str, Any], secret: str = "") -> str:
        reply = host.ask("POST", "/v1/edits", json=body, **_as(secret))
        assert reply.status_code == 202, reply.text
        return str(reply.json()["id"])

    def submit_once(self, host: Host) -> requests.Response:
        return host.ask("POST", "/v1/edits", json=ERASE, headers={"Idempotency-Key": self.name})

    def ended(self, host: Host, task: str, secret: str = "") -> dict[str, Any]:
        def found() -> dict[str, Any]:
            return dict(host.ask("GET", f"/v1/edits/{task}", **_as(secret)).json())

        wait(lambda: found()["state"] in ENDED)
        return found()

    def state(self, host: Host, task: str) -> str:
        return str(host.ask("GET", f"/v1/edits/{task}").json()["state"])

    def used(self, host: Host) -> int:
        """Images, of the account of the environment's key."""
        reply = host.ask("GET", "/v1/usage")
        assert reply.ok, reply.text
        return int(reply.json()["images"])

    def upload(self, host: Host) -> str:
        asked = {"action": "getPolicy", "model": MODEL}
        granted = host.ask("GET", "/api/v1/uploads", params=asked).json()["data"]
        form = {
            "OSSAccessKeyId": granted["oss_access_key_id"],
            "Signature": granted["signature"],
            "policy": granted["policy"],
            "key": f"{granted['upload_dir']}/photo.png",
            "x-oss-object-acl": granted["x_oss_object_acl"],
            "x-oss-forbid-overwrite": granted["x_oss_forbid_overwrite"],
            "success_action_status": "200",
        }
        file = {"file": ("photo.png", png("photo"))}
        reply = requests.post(granted["upload_host"], data=form, files=file, timeout=60)
        assert reply.ok, reply.text
        return f"oss://{form['key']}"

    def use_the_upload(self, host: Host) -> None:
        """As the picture of a task, which ends well."""
        headers = {"X-DashScope-OssResourceResolve": "enable", "X-DashScope-Async": "enable"}
        source = {"image_url": self.uploaded, "mask_url": data_uri(png("mask"))}
        reply = host.ask("POST", SUBMIT, headers=headers, json={"model": MODEL, "input": source})
        assert reply.ok, reply.text
        path = f"/api/v1/tasks/{reply.json()['output']['task_id']}"

        def status() -> str:
            return str(host.ask("GET", path).json()["output"]["task_status"])

        wait(lambda: status() not in ("PENDING", "RUNNING"))
        assert status() == "SUCCEEDED"

    def hear_of_the_end(self) -> None:
        """The callback comes, signed as ever."""
        refused = len(self.away.callbacks)
        self.away.refusing = False
        wait(lambda: len(self.away.callbacks) > refused)
        headers, body = self.away.callbacks[-1][1], self.away.bodies[-1]
        assert self.called_back.encode() in body
        sent = dict(part.split("=", 1) for part in headers[SIGNATURE].split(","))
        signed = hmac.new(self.signed_with.encode(), sent["t"].encode() + b"." + body, hashlib.sha256)
        assert sent["v1"] == signed.hexdigest()


def _as(secret: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {secret}"}} if secret else {}
