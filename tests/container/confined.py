"""A program started from an image as compose.yaml has it, by namespaces instead of a container runtime."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.container.image import Image

_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_SPACES: Final = ("unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
_STOP_S: Final = 60


@dataclass(frozen=True, slots=True)
class Container:
    """A started image: its first process, by this machine's number."""

    image: Image
    pid: int

    @property
    def root(self) -> Path:
        """Its file systems, as it sees them."""
        return Path(f"/proc/{self.pid}/root")

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in it, as `docker exec` would."""
        entered = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", f"--root={self.root}"]
        line = [*entered, *_dropped(self.image.user), *command]
        return subprocess.run(line, env=dict(self.image.env), capture_output=True, text=True, check=False)


@contextmanager
def started(
    image: Image, command: Sequence[str], service: dict[str, Any], data: Path, log: Path
) -> Iterator[Container]:
    """The image's program, until the end of the block; then stopped by SIGTERM as `docker stop` does.

    Args:
        service: of compose.yaml; what it says of rights and file systems is done, or this program ends.
        data: stands for the volume.
    """
    _check_known(service)
    user, group = map(int, image.user.split(":"))
    os.chown(data, user, group)
    script = _mounts(image.root, data, service["tmpfs"]) + 'exec "$@"\n'
    line = ["/bin/sh", "-c", script, "sh", "chroot", str(image.root), *_dropped(image.user), *command]
    env = {**image.env, "PATH": f"{image.env['PATH']}:{os.environ['PATH']}"}
    with log.open("w") as out:
        outer = subprocess.Popen([*_SPACES, *line], env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield Container(image, _child(outer))
    finally:
        if outer.poll() is None:
            os.kill(_child(outer), signal.SIGTERM)
        print(f"ok  stopped by SIGTERM, exit code {outer.wait(_STOP_S)}")


def _check_known(service: dict[str, Any]) -> None:
    """End this program when compose.yaml is less strict than what is tried here."""
    as_tried = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    if other := [name for name, value in as_tried.items() if service[name] != value]:
        sys.exit(f"compose.yaml: {', '.join(other)} is not what is tried here")


def _dropped(user: str) -> list[str]:
    """`user`, `cap_drop: [ALL]` and `no-new-privileges`."""
    uid, gid = user.split(":")
    ids = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    return ["setpriv", *ids, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]


def _mounts(root: Path, data: Path, in_memory: Sequence[str]) -> str:
    """Shell lines that make the file systems, in a mount namespace of their own; all else is read-only."""
    at = shlex.quote(str(root))
    lines = [
        "set -e",
        "mount --make-rprivate /",
        f"mount --bind {at} {at}",
        f"mount -t tmpfs -o mode=755,nosuid tmpfs {at}/dev",
        *(f"touch {at}/dev/{name}; mount --bind /dev/{name} {at}/dev/{name}" for name in _DEVICES),
        f"mount -t proc proc {at}/proc",
        *(f"mount -t tmpfs -o {line.split(':')[1]} tmpfs {at}{line.split(':')[0]}" for line in in_memory),
        f"mount --bind {shlex.quote(str(data))} {at}/data",
        f"mount -o remount,bind,ro {at}",
        "ip link set lo up",
    ]
    return "\n".join([*lines, ""])


def _child(process: subprocess.Popen[bytes]) -> int:
    """The process that `unshare` has forked."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(100):
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.05)
    sys.exit("the namespaces could not be made")
