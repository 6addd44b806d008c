"""An image made by hand: a minimal Debian, and the instructions of a Dockerfile done in it by `chroot`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from tests.container.dockerfile import Instruction, Stage

ROOT: Final = Path(__file__).parents[2]
_BUILD_ENV: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
}
_NETWORK_FILES: Final = ("etc/resolv.conf", "etc/hosts")
_NETWORK_SETTINGS: Final = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_TRUSTED_HOST")
"""How this machine reaches package registries: a builder of images hands the same on."""
_CERTIFICATES: Final = "PIP_CERT"
_TOP: Final = PurePosixPath("/")


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Its output. Ends this program when it fails."""
    line = list(map(str, command))
    done = subprocess.run(line, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(line)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Image:
    """A root file system, and how its program is started."""

    root: Path
    env: Mapping[str, str]
    folder: PurePosixPath = _TOP
    user: str = "0:0"

    def inside(self, path: str) -> Path:
        """A path of the image, as this machine has it."""
        return self.root / (self.folder / path).relative_to("/")


def base(name: str, folder: Path) -> Path:
    """The root file system of `debian:trixie-slim`, or what comes nearest: a minimal Debian."""
    found = re.fullmatch(r"debian:(\w+)-slim", name)
    if not found:
        sys.exit(f"no way is known to make {name} by hand")
    if not folder.exists():
        run("debootstrap", "--variant=minbase", found[1], folder)
    return folder


@contextmanager
def layered(below: Path, work: Path) -> Iterator[Image]:
    """An image that changes while `below` stays; what is added is in `work / "upper"`."""
    root = work / "root"
    for part in (work / "upper", work / "work", root):
        part.mkdir(parents=True)
    options = f"lowerdir={below},upperdir={work / 'upper'},workdir={work / 'work'}"
    run("mount", "-t", "overlay", "overlay", "-o", options, root)
    try:
        yield Image(root, _BUILD_ENV)
    finally:
        run("umount", "-R", root)


def build(stage: Stage, image: Image, built: Mapping[str, Image]) -> Image:
    """The image after all instructions of a stage."""
    with _network(image.root) as settings:
        for one in stage.instructions:
            print(f"    {one.word} {one.rest[:90]}", flush=True)
            image = _step(one, image, built, settings)
    return image


@contextmanager
def _network(root: Path) -> Iterator[dict[str, str]]:
    """What a build needs of this machine to reach package registries; gone when it is built."""
    env = {name: os.environ[name] for name in _NETWORK_SETTINGS if name in os.environ}
    binds = [(Path("/") / path, root / path) for path in _NETWORK_FILES]
    if _CERTIFICATES in os.environ:
        env[_CERTIFICATES] = "/run/certificates.crt"
        binds.append((Path(os.environ[_CERTIFICATES]), root / "run/certificates.crt"))
    for theirs, ours in binds:
        ours.touch()
        run("mount", "--bind", theirs, ours)
    try:
        yield env
    finally:
        for _, ours in reversed(binds):
            run("umount", ours)


def _step(one: Instruction, image: Image, built: Mapping[str, Image], settings: Mapping[str, str]) -> Image:
    """The image after one instruction."""
    match one.word:
        case "RUN":
            spaces = ("unshare", "--mount", "--pid", "--fork", f"--mount-proc={image.root}/proc")
            line = f"cd {image.folder} && {one.text()}"
            run(*spaces, "chroot", image.root, "/bin/sh", "-c", line, env={**image.env, **settings})
        case "COPY":
            source = built[one.flags()["from"]].root if "from" in one.flags() else ROOT
            *names, target = one.words()
            for name in names:
                _copy(source / name.lstrip("/"), image.inside(target), into=target.endswith("/"))
        case "ENV" | "ARG":
            pairs = dict(word.split("=", 1) for word in one.words())
            return replace(image, env={**image.env, **pairs})
        case "WORKDIR":
            image.inside(one.rest).mkdir(exist_ok=True)
            return replace(image, folder=image.folder / one.rest)
        case "USER":
            return replace(image, user=one.rest)
    return image


def _copy(source: Path, target: Path, *, into: bool) -> None:
    """As COPY does: what a folder holds; a file, into a folder when the target ends in a slash."""
    if source.is_dir():
        # what .dockerignore leaves out of the checkout
        ignore = shutil.ignore_patterns("__pycache__") if source.is_relative_to(ROOT) else None
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=ignore)
    else:
        shutil.copy(source, target / source.name if into else target)
