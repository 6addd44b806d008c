"""Models whose files are a commit of a repository on the model hub: which files those are, and their hashes.

A card names repository and commit. What the commit holds is asked once, when the model is pulled, and kept
in a manifest beside the weights; from then on every file is pinned by its SHA-256, as those of other cards
are. The hub says the SHA-256 of large files; a small one is fetched and checked against git's hash of it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from cleanplate.errors import DownloadFailed, SetupError
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import HUB
from cleanplate.storage.atomic_write import atomic_write
from cleanplate.weights.files import WeightFile, folder
from cleanplate.weights.hub_mirror import HTTPS, allowed, mirror_url

TIMEOUT_S = 60.0
MOST_SMALL_BYTES: Final = 16 << 20
"""Files of which the hub gives no SHA-256 are small; a larger one is refused."""
_MOST_LIST_BYTES: Final = 64 << 20
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


@dataclass(frozen=True, slots=True)
class HubRepo:
    """A commit of a repository, or a part of it.

    Attributes:
        repo: "owner/name".
        revision: the commit, 40 hexadecimal digits; a branch is refused, for it moves.
        include: patterns of the paths that are wanted; "*" matches "/" too.
        folder: where they lie below the model's own folder; "" is right in it.
        address: of the hub. Manifests have it as it is here; it is the mirror that is asked.
    """

    repo: str
    revision: str
    include: tuple[str, ...]
    folder: str = ""
    address: str = HUB

    def __post_init__(self) -> None:
        if not _COMMIT.fullmatch(self.revision):
            raise ValueError(f"{self.repo}: a revision is a commit of 40 hexadecimal digits")

    def wants(self, path: str) -> bool:
        """True when the file at `path` of the repository belongs to the model."""
        return any(fnmatch(path, pattern) for pattern in self.include)


def manifest_files(model: str, repos: Sequence[HubRepo], runtime: Runtime) -> tuple[WeightFile, ...]:
    """The files of a model as its manifests say; empty while one of them is not here or of another commit."""
    found: list[WeightFile] = []
    for repo in repos:
        files = _read(_manifest(model, repo, runtime), repo)
        if not files:
            return ()
        found += files
    return tuple(found)


def resolve(
    model: str, repos: Sequence[HubRepo], runtime: Runtime, schemes: frozenset[str] = HTTPS
) -> tuple[WeightFile, ...]:
    """The same, asking the hub for what is not known yet; the answer is kept.

    Args:
        schemes: of addresses that may be asked, redirects included.

    Raises:
        SetupError: downloads are switched off, and it is not known yet.
        DownloadFailed: no network, no such commit, or an answer that does not fit.
    """
    found: list[WeightFile] = []
    for repo in repos:
        files = _read(_manifest(model, repo, runtime), repo)
        if not files:
            if runtime.offline:
                raise SetupError(f"CLEANPLATE_OFFLINE is set: {model} is not downloaded")
            files = _asked(repo, _Home(runtime.hub, schemes))
            if not files:
                raise DownloadFailed(f"{repo.repo}: nothing of {repo.revision} fits the card")
            _write(_manifest(model, repo, runtime), repo, files)
        found += files
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Home:
    """Who is asked: a mirror's address, or the hub's own, and the schemes that other addresses may have."""

    mirror: str
    schemes: frozenset[str]


def _asked(repo: HubRepo, home: _Home) -> list[WeightFile]:
    return [_file(repo, entry, home) for entry in _tree(repo, home)]


def _manifest(model: str, repo: HubRepo, runtime: Runtime) -> Path:
    return folder(model, runtime) / f"hub-{repo.folder or 'files'}.json"


def _read(manifest: Path, repo: HubRepo) -> list[WeightFile]:
    """Of the manifest; empty when there is none, or one of another commit."""
    try:
        stored = json.loads(manifest.read_text())
        if (stored["repo"], stored["revision"]) != (repo.repo, repo.revision):
            return []
        return [WeightFile(**file) for file in stored["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _write(target: Path, repo: HubRepo, files: Sequence[WeightFile]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    stored = {"repo": repo.repo, "revision": repo.revision, "files": [asdict(file) for file in files]}
    with atomic_write(target) as file:
        file.write(json.dumps(stored, indent=1).encode())


def _tree(repo: HubRepo, home: _Home) -> Iterator[dict[str, Any]]:
    """The wanted files of the commit as the hub describes them, page by page."""
    url = f"{repo.address}/api/models/{repo.repo}/tree/{repo.revision}?recursive=true"
    while url:
        data, link = _get(url, _MOST_LIST_BYTES, home)
        try:
            entries = [entry for entry in json.loads(data) if entry["type"] == "file"]
            wanted = [entry for entry in entries if repo.wants(entry["path"])]
        except (ValueError, KeyError, TypeError):
            raise DownloadFailed(f"{url}: the hub answered something else than a list of files") from None
        yield from wanted
        following = _NEXT.search(link)
        url = following[1] if following else ""


def _file(repo: HubRepo, entry: dict[str, Any], home: _Home) -> WeightFile:
    try:
        path, size, large = str(entry["path"]), int(entry["size"]), entry.get("lfs")
        sha256 = str(large["oid"]) if large else ""
        blob = str(entry["oid"])
    except (KeyError, TypeError, ValueError):
        raise DownloadFailed(f"{repo.repo}: the hub described a file without its size or hash") from None
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise DownloadFailed(f"{repo.repo}: {path!r} lies outside of the repository")
    url = f"{repo.address}/{repo.repo}/resolve/{repo.revision}/{quote(path)}"
    if not sha256:
        sha256 = _small(url, size, blob, home)
    return WeightFile(f"{repo.folder}/{path}".lstrip("/"), size, sha256, url=url)


def _small(url: str, size: int, blob: str, home: _Home) -> str:
    """SHA-256 of a small file, once it is what the commit says by git's own hash."""
    if size > MOST_SMALL_BYTES:
        raise DownloadFailed(f"{url}: {size} bytes, and the hub gives no SHA-256")
    data, _ = _get(url, MOST_SMALL_BYTES, home)
    found = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    if len(data) != size or found != blob:
        raise DownloadFailed(f"{url}: it is not the file of this commit")
    return hashlib.sha256(data).hexdigest()


def _get(url: str, most_bytes: int, home: _Home) -> tuple[bytes, str]:
    """The body and its header `Link`; of the mirror where there is one."""
    from http.client import HTTPException  # every erase imports this file, and hardly one pulls
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    url = mirror_url(url, home.mirror)
    if not allowed(url, home.schemes, home.mirror):
        raise DownloadFailed(f"{url} is not {' or '.join(sorted(home.schemes))}")
    try:
        request = Request(url, headers={"User-Agent": "cleanplate"})  # noqa: S310 - the scheme is checked above
        with urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            data: bytes = response.read(most_bytes + 1)
            link = response.headers.get("Link", "")
    except HTTPError as error:
        error.close()
        raise DownloadFailed(f"{url}: the server answered {error.code}") from error
    except URLError as error:
        raise DownloadFailed(f"{url}: cannot be reached ({error.reason})") from error
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadFailed(f"{url}: cannot be reached ({error})") from error
    if len(data) > most_bytes:
        raise DownloadFailed(f"{url}: more than {most_bytes} bytes")
    return data, link
