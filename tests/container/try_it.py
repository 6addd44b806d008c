"""The steps of the Dockerfile where no container runtime is, and the image that comes of them, tried.

`make test-container` runs it: some minutes, as root, on Linux, with debootstrap and Debian's packages at
hand. The stages are built in fresh roots, by the instructions that the Dockerfile has; then its own command
starts as its own user in namespaces, with the rights and file systems that compose.yaml gives, and no
network but a loopback of its own. `CLEANPLATE_TEST_BASE` names a folder that keeps the minimal Debian for
the next time.
"""

import os
import re
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml
from tests.container.confined import Container, started
from tests.container.dockerfile import Stage, stages
from tests.container.image import ROOT, Image, base, build, layered, run

CLIENT: Final = Path(__file__).with_name("client.py")
NEEDED: Final = ("debootstrap", "unshare", "nsenter", "mount", "ip", "chroot")
START_TIMEOUT_S: Final = 90
KERNELS: Final = "app/kernels"


def expect(name: str, holds: object, why: str = "no") -> None:
    """Say that it holds, or end this program."""
    if not holds:
        sys.exit(f"{name}: {why}")
    print(f"ok  {name}", flush=True)


def check(image: Image, stage: Stage, service: dict[str, Any], work: Path) -> None:
    """Start it, and try what docs/docker.md promises."""
    data, log = work / "data", work / "log"
    data.mkdir()
    command = [*stage.last("ENTRYPOINT").words(), *stage.last("CMD").words()]
    with started(image, command, service, data, log) as container:
        wait_until_healthy(container, stage, log)
        check_rights(container)
        wait_until_warm(container)
        key = re.search(r"API key, shown this once:\s+(\S+)", log.read_text())
        expect("an API key is printed at the first start", key, log.read_text())
        assert key
        print(run("nsenter", f"--target={container.pid}", "--net", sys.executable, CLIENT, key[1]).strip())
        of_clusters = container.execute("python", "-c", "import obstore, opentelemetry.sdk, psycopg")
        expect("Postgres, object storage and traces", of_clusters.returncode == 0, of_clusters.stderr)
        doctor = container.execute("cleanplate", "doctor")
        expect("cleanplate doctor", doctor.returncode == 0, doctor.stdout + doctor.stderr)
        in_build = kernels(image.root / KERNELS)
        now = kernels(container.root / image.env["NUMBA_CACHE_DIR"].lstrip("/"))
        expect(f"{len(in_build)} kernels compiled in the build, none after", in_build and in_build == now)
    expect("the volume has the database", list((data / "server").glob("*.db*")), str(list(data.rglob("*"))))


def wait_until_healthy(container: Container, stage: Stage, log: Path) -> None:
    """Until the image's own HEALTHCHECK is content."""
    start = time.monotonic()
    while container.execute(*stage.health()).returncode:
        if time.monotonic() > start + START_TIMEOUT_S:
            sys.exit(f"not healthy after {START_TIMEOUT_S} s\n{log.read_text()}")
        time.sleep(0.25)
    print(f"ok  healthy after {time.monotonic() - start:.1f} s", flush=True)


def check_rights(container: Container) -> None:
    """Who it is, and what it may."""
    status = Path(f"/proc/{container.pid}/status").read_text()
    uid, gid = container.image.user.split(":")
    expect(f"runs as user {uid}", re.search(rf"^Uid:\t{uid}\t{uid}\t{uid}", status, re.M), status)
    expect(f"runs in group {gid}", re.search(rf"^Gid:\t{gid}\t{gid}\t{gid}", status, re.M), status)
    expect("has no capability", re.search(r"^CapBnd:\t0+$", status, re.M), status)
    expect("gets no new privileges", re.search(r"^NoNewPrivs:\t1$", status, re.M), status)
    for path in ("/app/x", "/etc/x", "/x"):
        refused = container.execute("/bin/sh", "-c", f"touch {path}")
        expect(f"cannot write {path}", "Read-only file system" in refused.stderr, refused.stderr)


def wait_until_warm(container: Container) -> None:
    """Until its thread that compiles has ended: an erase would hide what it does."""
    for _ in range(200):
        names = [path.read_text() for path in Path(f"/proc/{container.pid}/task").glob("*/comm")]
        if len(names) > 1 and not any("warm-up" in name for name in names):
            return
        time.sleep(0.2)


def kernels(folder: Path) -> set[str]:
    """Names of the compiled code in a folder."""
    return {path.name for path in folder.rglob("*.kernel")}


def megabytes(folder: Path) -> int:
    """What a folder takes on disk."""
    return int(run("du", "-sm", folder).split()[0])


def main() -> None:
    if os.geteuid():
        sys.exit("needs root: it mounts file systems")
    if absent := [name for name in NEEDED if shutil.which(name) is None]:
        sys.exit(f"needs {', '.join(absent)}")
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["cleanplate"]
    first, last = stages(ROOT / "Dockerfile")
    expect("both stages have one base", first.base == last.base)
    with TemporaryDirectory(prefix="cleanplate-container-") as made:
        work = Path(made)
        below = base(first.base, Path(os.environ.get("CLEANPLATE_TEST_BASE", work / "base")))
        with layered(below, work / "first") as one, layered(below, work / "last") as two:
            built = {first.name: build(first, one, {})}
            image = build(last, two, built)
            added = megabytes(work / "last" / "upper")
            print(f"ok  built: {megabytes(below)} MB of Debian and {added} MB on top of it")
            check(image, last, service, work)


if __name__ == "__main__":
    main()
