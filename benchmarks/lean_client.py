"""A client that costs little: clients, servers and workers share the cores on which they are measured."""

import base64
import json
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.cluster import KEY

ENDED: Final = ("succeeded", "failed", "cancelled")
_PATIENCE_S: Final = 60.0
_PART_BYTES: Final = 2**16
_SIDE_PX: Final = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """One task as its client has seen it. Times are seconds since 1970."""

    id: str
    sent_s: float
    accepted_s: float
    ended_s: float = 0.0


class LeanClient:
    """One connection that is kept, and one request on it after another. Not thread-safe."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"

    def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """The JSON of a good reply. Raises `AssertionError` for any other."""
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._socket.sendall(f"{method} {path}{self._head}{length}\r\n".encode() + body)
        told = b""
        while (end := told.find(b"\r\n\r\n")) < 0:
            told += self._part()
        head = told[:end].lower()
        rest = end + 4 + int(head.partition(b"content-length:")[2].split(maxsplit=1)[0])
        while len(told) < rest:
            told += self._part()
        assert head.startswith(b"http/1.1 2"), told
        return json.loads(told[end + 4 :])

    def submit(self, body: bytes) -> Seen:
        """Ask for an edit."""
        sent_s = time.time()
        return Seen(self.ask("POST", "/v1/edits", body)["id"], sent_s, time.time())

    def state(self, edit_id: str) -> str:
        """Of one edit, now."""
        return str(self.ask("GET", f"/v1/edits/{edit_id}")["state"])

    def close(self) -> None:
        self._socket.close()

    def _part(self) -> bytes:
        part = self._socket.recv(_PART_BYTES)
        assert part, "the server has closed the connection"
        return part


def small_edit(edit: str, **parameters: object) -> bytes:
    """The body of an edit of a picture of 16 x 16 pixels."""
    grey = np.full((_SIDE_PX, _SIDE_PX, 3), 128, np.uint8)
    image = base64.b64encode(cv2.imencode(".png", grey)[1].tobytes()).decode()
    return json.dumps({"edit": edit, "image": {"base64": image}, "parameters": parameters}).encode()
